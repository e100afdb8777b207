"""Writing to disk so that nothing is ever half written, and saying in one sentence why it cannot be."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.errors import StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission, met while writing at `path`, into StorageError."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                f"The disk is full while writing {path}: free some room or point ZOO_HOME at another disk."
            ) from error
        if error.errno in _FORBIDDEN:
            raise StorageError(
                f"{path} cannot be written ({error.strerror}): make it writable or point ZOO_HOME elsewhere."
            ) from error
        raise


def sync(path: Path) -> None:
    """Have the kernel put a file or a folder entry on the disk itself (Windows cannot do that to what is only read)."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def mark_used(path: Path) -> None:
    """Note on a record that what it describes is used now: the time of its last change is the time of the last use.

    Access times would not do: many file systems are mounted without them. In another user's home nothing is noted.
    """
    with suppress(OSError):
        os.utime(path)


def write_atomic(path: Path, content: bytes) -> None:
    """Write a small file whole or not at all; folders on the way are made. Raises StorageError."""
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            staged.write_bytes(content)
            sync(staged)
            staged.replace(path)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
