"""Who uses what of a home: a process holds what it works with, and nobody removes that.

A hold is a shared lock (flock) on `locks/<name>`, kept until the process ends, however it ends; removing takes the lock alone.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_held: dict[Path, int] = {}
"""Lock files of this process's holds → their open handles."""


def hold(home: Path, name: str) -> None:
    """From now on, and until this process ends, `alone` is False for `name` everywhere; waits while somebody removes it.

    Where the user cannot write to the home there is no hold: what is used is not theirs to keep.
    """
    path = _file(home, name)
    if path in _held or sys.platform == "win32":
        return
    import fcntl

    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _held[path] = _locked(path, fcntl.LOCK_SH)


@contextlib.contextmanager
def alone(home: Path, name: str) -> Iterator[bool]:
    """Whether no process holds `name`, nor begins to while this lasts. True where there are no such locks (Windows)."""
    path = _file(home, name)
    if sys.platform == "win32":
        yield True
        return
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def held(home: Path, name: str) -> bool:
    """Whether any process holds `name` at this moment."""
    if not _file(home, name).exists():
        return False
    with contextlib.suppress(OSError), alone(home, name) as free:
        return not free
    return False


def release(home: Path) -> None:
    """Lets go of all that this process holds of a home."""
    for path in [one for one in _held if one.is_relative_to(home)]:
        os.close(_held.pop(path))


def _locked(path: Path, kind: int) -> int:
    """The file, open and locked; another file of its name that has taken its place meanwhile is what counts."""
    import fcntl

    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, kind)
            if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _file(home: Path, name: str) -> Path:
    return home / "locks" / f"use-{name}"
