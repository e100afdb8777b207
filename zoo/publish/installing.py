"""Putting a finished publication in its place on this machine in one step, and never losing what lies there.

DIR                     the publication
.DIR.zoo-staging        the next one while it is put together (kept after a cut; hashes decide what is used of it)
.DIR.zoo-old            the last one, for a moment, where the kernel cannot exchange two folders
.DIR.zoo-lock           one process at a time
"""

import ctypes
import os
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.disk import storage, sync
from registry.errors import InputError, StorageError
from zoo.publish import lock
from zoo.publish.copying import has
from zoo.publish.lock import LOCK, Lock

_OURS = (".zoo-lock", ".zoo-staging")
"""What other commands may leave in a folder of artifacts (see `zoo.workspace`)."""
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
"""Of renameat2(2)."""


def resolved(path: Path) -> Path:
    """The folder itself, links followed. Raises InputError for what can be no publication's folder."""
    place = path.absolute().resolve()
    if not place.name:
        raise InputError(f"{path} cannot be a publication: name a folder inside of it.")
    if place.exists() and not place.is_dir():
        raise InputError(f"{place} is a file: name a folder.")
    return place


@contextmanager
def held(place: Path) -> Iterator[Path]:
    """The folder for this process alone, with the staging folder beside it; what a killed process left is set right first."""
    from filelock import FileLock, Timeout

    with storage(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        guard = FileLock(_beside(place, "lock"))
        try:
            guard.acquire(timeout=0)
        except Timeout:
            raise StorageError(f"another zoo process is writing {place}: wait for it.") from None
    try:
        old = _beside(place, "old")
        with storage(place):
            if old.exists() and not place.exists():
                old.replace(place)
            elif old.exists():
                shutil.rmtree(old)
            _beside(place, "staging").mkdir(exist_ok=True)
        yield _beside(place, "staging")
    finally:
        staging = _beside(place, "staging")
        if staging.is_dir() and not any(staging.iterdir()):
            staging.rmdir()
        _beside(place, "lock").unlink(missing_ok=True)
        guard.release()


def occupant(place: Path, name: str) -> Lock | None:
    """The publication that lies there, unchanged since it was put there; None where there is nothing.

    Raises InputError where something else lies there: another publication, files that are of none, a file that was changed.
    """
    entries = [one for one in place.iterdir() if one.name not in _OURS] if place.is_dir() else []
    if not entries:
        return None
    if not (place / LOCK).is_file():
        raise InputError(
            f"{place} holds {_some([one.name for one in entries])} and no {LOCK}, so it is no publication: nothing was overwritten; "
            "name an empty folder."
        )
    found = read(place)
    if found.name != name:
        raise InputError(f"{place} holds the publication `{found.name}`, not `{name}`: name another folder.")
    here = {
        path.relative_to(place).as_posix()
        for path in place.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }
    foreign = sorted(path for path in here - {LOCK} - set(found.files) if path.split("/")[0] not in _OURS)
    if foreign:
        raise InputError(
            f"{place} holds {_some(foreign)} besides the publication: move that away first, or name another folder."
        )
    changed = [
        path
        for path, one in found.files.items()
        if path in here and not has(place / path, one.sha256, one.size)
    ]
    if changed:
        raise InputError(
            f"{place} was changed since it was written ({_some(changed)}): nothing was overwritten; move it away, or name another folder."
        )
    return found


def read(folder: Path) -> Lock:
    """The lock of a folder. Raises InputError where there is none that can be read."""
    path = folder / LOCK
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{folder} holds no {LOCK}, so it is no publication of `zoo publish`.")
    if path.stat().st_size > lock.LARGEST:
        raise InputError(f"{path} has {path.stat().st_size:,} bytes, more than any lock.")
    return lock.parse(path.read_bytes(), str(folder))


def tidy(staging: Path, wanted: Container[str], kept_folder: str = "") -> None:
    """Removes from the staging folder what an earlier, other publication left there; what lies in `kept_folder` stays."""
    with storage(staging):
        for path in sorted(staging.rglob("*"), reverse=True):
            if path.relative_to(staging).parts[0] == kept_folder:
                continue
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(staging).as_posix() not in wanted:
                path.unlink()


def install(staging: Path, place: Path) -> None:
    """The staging folder becomes the folder; what was there is removed after. Raises StorageError."""
    old = _beside(place, "old")
    with storage(place):
        if not place.exists():
            staging.replace(place)
        else:
            shutil.copymode(place, staging)
            if _exchange(staging, place):
                staging.rename(old)
            else:
                place.rename(old)
                staging.rename(place)
            shutil.rmtree(old)
        sync(place.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders atomically; False where the system or the file system cannot (Linux 3.15, glibc 2.28: renameat2)."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f".{place.name}.zoo-{what}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
