"""Unpacking an archive of source code: nothing lands outside of its folder, and a bomb is refused before it goes off."""

import lzma
import shutil
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from registry.disk import storage
from registry.fetch.links import leads_out
from registry.fetch.streams import decompressed
from registry.fetch.transfer import TransferError


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive of source code may come to."""

    size: int = 4 << 30
    """Bytes of all its files."""
    members: int = 200_000
    ratio: int = 200
    """Bytes unpacked for each byte of the archive, once they are more than `small`."""
    small: int = 256 << 20
    depth: int = 64
    """Folders within each other."""


DEFAULT = Limits()


def unpack(archive: Path, into: Path, lift: bool = True, limits: Limits = DEFAULT) -> None:
    """Unpack a .zip or .tar(.gz, .bz2, .xz) into an empty folder; a single folder at its top is left out with `lift`.

    Raises TransferError for a damaged or dangerous archive, StorageError on a full disk.
    """
    budget = _Budget(limits, archive.stat().st_size)
    try:
        with storage(into):
            if zipfile.is_zipfile(archive):
                _unzip(archive, into, budget)
            else:
                _untar(archive, into, budget)
            if lift:
                _lift(into)
    except TransferError:
        raise
    except (
        tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError, OverflowError,
    ) as error:  # fmt: skip
        raise _refused(str(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _refused(str(error)) from error  # bz2 and gzip say so of damaged data


def is_archive(path: Path) -> bool:
    """Whether a file is one that `unpack` takes; the user may have given a model file in an archive's place."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def _refused(why: str) -> TransferError:
    return TransferError(f"it is not an archive that can be unpacked ({why})")


class _Budget:
    """What has been promised so far, and the names that are taken."""

    def __init__(self, limits: Limits, packed: int) -> None:
        self._limits = limits
        self._most = min(limits.size, max(limits.small, limits.ratio * packed))
        self._size = self._members = 0
        self._files: set[str] = set()
        self._folders: set[str] = set()

    @property
    def most(self) -> int:
        """The largest sum of bytes that is unpacked."""
        return self._most

    def admit(self, name: str, size: int, folder: bool) -> PurePosixPath:
        """The member's path within the folder. Raises TransferError for a name that leads out or stands twice, and for too much."""
        self._size += size
        self._members += 1
        if self._size > self._most:
            raise TransferError(f"it unpacks to {self._size:,} bytes or more, more than source code ever has")
        if self._members > self._limits.members:
            raise TransferError(f"it has more than {self._limits.members:,} members")
        path = _inside(name, self._limits.depth)
        if not folder and not path.parts:
            raise _refused(f"a file is named {name!a}")
        self._place(path, name, folder)
        return path

    def _place(self, path: PurePosixPath, name: str, folder: bool) -> None:
        """Take the path, as a file system sees it that folds case."""
        folded = [_folded(one) for one in (path, *path.parents)]
        self._folders.update(folded if folder else folded[1:])
        if folder:
            clash = bool(self._files.intersection(folded))
        else:
            clash = folded[0] in self._folders or bool(self._files.intersection(folded))
            self._files.add(folded[0])
        if clash:
            raise _refused(f"two members are named {name!a}, or differ in case alone")


def _folded(path: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", path.as_posix()).casefold()


def _inside(name: str, depth: int) -> PurePosixPath:
    """A member's name as a path that cannot lead out. Raises TransferError."""
    path = PurePosixPath(name)
    bad = (
        not name
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or any(ord(character) < 32 or character == "\x7f" for character in name)
        or (len(name) > 1 and name[1] == ":")
    )
    if bad:
        raise _refused(f"a member is named {name!a}, which could lead out of the folder")
    if len(path.parts) > depth or any(len(part.encode("utf-8", "replace")) > 255 for part in path.parts):
        raise _refused("a member's path is too long")
    return path


def _unzip(archive: Path, into: Path, budget: _Budget) -> None:
    with zipfile.ZipFile(archive) as opened:
        entries = [
            (entry, budget.admit(entry.orig_filename, entry.file_size, entry.is_dir()))
            for entry in opened.infolist()
        ]
        for entry, path in entries:
            if entry.is_dir():
                _folder(into / path)
            else:
                with opened.open(entry) as source:
                    _file(source, into / path, entry.external_attr >> 16)


def _untar(archive: Path, into: Path, budget: _Budget) -> None:
    """Folders and files, then what hard links name as files of their own, then symbolic links: nothing is written through one."""
    links: list[tuple[tarfile.TarInfo, PurePosixPath]] = []
    with (
        decompressed(archive, budget.most + (1 << 30)) as stream,
        tarfile.open(fileobj=stream, mode="r:") as opened,
    ):
        for entry in opened:
            path = budget.admit(entry.name, entry.size, entry.isdir())
            if entry.isdir():
                _folder(into / path)
            elif entry.isfile():
                source = opened.extractfile(entry)
                assert source is not None
                _file(source, into / path, entry.mode)
            elif entry.issym() or entry.islnk():
                links.append((entry, path))
            else:
                raise _refused(f"{entry.name!a} is a device or a pipe")
    for entry, path in links:
        if entry.islnk():
            named = into / _inside(entry.linkname, 64)
            if not named.is_file():
                raise _refused(f"{entry.name!a} is a link to what is not in it")
            budget.admit(f"{entry.name}.", named.stat().st_size, folder=True)  # its bytes count once more
            with named.open("rb") as source:
                _file(source, into / path, entry.mode)
    _link(into, [(path, entry.linkname) for entry, path in links if entry.issym()])


def _link(into: Path, links: Iterable[tuple[PurePosixPath, str]]) -> None:
    made = []
    for path, target in links:
        place = into / path
        _folder(place.parent)
        place.symlink_to(target)
        made.append(place)
    for place in made:
        if leads_out(place, into):
            raise _refused(f"{place.relative_to(into).as_posix()!a} is a link that leads out of the folder")


def _folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


def _file(source: IO[bytes], path: Path, mode: int) -> None:
    _folder(path.parent)
    with path.open("xb") as made:
        shutil.copyfileobj(source, made, 1 << 20)
    path.chmod(0o755 if mode & 0o100 else 0o644)


def _lift(into: Path) -> None:
    entries = list(into.iterdir())
    if len(entries) != 1 or not entries[0].is_dir() or entries[0].is_symlink():
        return
    top = entries[0].rename(into / f".{into.name}.top")
    for entry in list(top.iterdir()):
        entry.rename(into / entry.name)
    top.rmdir()
