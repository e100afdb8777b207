"""Unpacking an archive of source code: nothing lands outside of its folder, and a bomb is refused."""

import shutil
import tarfile
import zipfile
from pathlib import Path

from registry.disk import storage
from registry.fetch.transfer import TransferError

_LARGEST = 4 << 30
"""Most bytes that an archive of source code may unpack to."""


def unpack(archive: Path, into: Path, lift: bool = True) -> None:
    """Unpack a .zip or .tar(.gz, .bz2, .xz) into an empty folder; a single folder at its top is left out with `lift`.

    Raises TransferError for a damaged or dangerous archive, StorageError on a full disk.
    """
    try:
        with storage(into):
            if zipfile.is_zipfile(archive):
                _unzip(archive, into)
            else:
                _untar(archive, into)
            if lift:
                _lift(into)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError) as error:
        raise TransferError(f"it is not an archive that can be unpacked ({error})") from error


def _unzip(archive: Path, into: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        _check_total(sum(entry.file_size for entry in opened.infolist()))
        opened.extractall(into)  # the library drops `..` and drive letters, and never makes links


def _untar(archive: Path, into: Path) -> None:
    with tarfile.open(archive) as opened:
        _check_total(sum(entry.size for entry in opened.getmembers()))
        opened.extractall(into, filter="data")  # PEP 706: no links, devices or paths leading out


def _check_total(size: int) -> None:
    if size > _LARGEST:
        raise TransferError(f"it unpacks to {size:,} bytes, more than source code ever has")


def _lift(into: Path) -> None:
    entries = list(into.iterdir())
    if len(entries) != 1 or not entries[0].is_dir():
        return
    top = entries[0].rename(into / f".{into.name}.top")
    for entry in list(top.iterdir()):
        shutil.move(entry, into / entry.name)
    top.rmdir()
