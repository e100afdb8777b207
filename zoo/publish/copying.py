"""Moving the bytes of files and checking them on the way."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from registry.disk import storage, sync
from registry.errors import ZooError
from zoo import hashing
from zoo.publish.plan import Planned
from zoo.publish.revisions import SendError

CHUNK = 1 << 20


@contextmanager
def opened(file: Planned) -> Iterator[BinaryIO]:
    """The content of a planned file. Raises SendError where it cannot be read."""
    if isinstance(file.source, bytes):
        yield BytesIO(file.source)
        return
    try:
        stream = file.source.open("rb")
    except OSError as error:
        raise SendError(
            f"{file.path} cannot be read from {file.source} ({error.strerror}): publish again."
        ) from error
    with stream:
        yield stream


def copy(
    file: Planned,
    write: Callable[[bytes], object],
    moved: Callable[[int], None],
    wrong: ZooError | None = None,
) -> None:
    """Hands the content to `write` in pieces and tells `moved` their sizes.

    Raises `wrong` (by default a SendError) where it is not what was planned: the caller throws away what was written.
    """
    digest = hashlib.sha256()
    with opened(file) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            write(chunk)
            moved(len(chunk))
    check(file, digest.hexdigest(), wrong)


def check(file: Planned, sha256: str, wrong: ZooError | None = None) -> None:
    """Raises `wrong` (by default a SendError) where the content is not that which was planned."""
    if sha256 != file.sha256:
        raise wrong or SendError(f"{file.path} was changed while it was being published: publish again.")


def to_file(file: Planned, path: Path, moved: Callable[[int], None], wrong: ZooError | None = None) -> None:
    """Writes a planned file at `path`, whole or not at all; folders on the way are made. Raises as `copy` does, and StorageError."""
    part = path.with_name(f"{path.name[:200]}.zoo-part")
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as out:
                copy(file, out.write, moved, wrong)
            sync(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def has(path: Path, sha256: str, size: int) -> bool:
    """Whether a regular file with these bytes lies there (they are read)."""
    try:
        return (
            path.is_file()
            and not path.is_symlink()
            and path.stat().st_size == size
            and hashing.blob(path).sha256 == sha256
        )
    except OSError:
        return False


class Counter:
    """Bytes done of a whole publication, told to `progress` under the name of the file that is on its way."""

    def __init__(self, progress: Callable[[str, int, int | None], None], verb: str, total: int) -> None:
        self._progress, self._verb, self._total = progress, verb, total
        self._done = self._before = 0
        self._name = ""

    def file(self, name: str) -> None:
        """The next file begins."""
        self._name, self._before = name, self._done
        self(0)

    def __call__(self, count: int) -> None:
        """So many bytes more."""
        self._done += count
        self._progress(f"{self._verb} {self._name}", self._done, self._total)

    def at(self, offset: int) -> None:
        """So many bytes of this file, all told."""
        self(self._before + offset - self._done)
