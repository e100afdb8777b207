"""A compressed file as a stream of bytes that has an end, whatever the file says."""

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from registry.fetch.transfer import TransferError

_AT_ONCE = 4 << 20
"""Most bytes that are read in one piece: tarfile reads a header's declared size in one."""


@contextmanager
def decompressed(path: Path, most: int) -> Iterator[IO[bytes]]:
    """The content of a .gz, .bz2 or .xz file, or of any other as it is. Reading beyond `most` bytes raises TransferError."""
    with path.open("rb") as raw:
        head = raw.read(6)
        raw.seek(0)
        opened: Any = raw
        if head.startswith(b"\x1f\x8b"):
            opened = gzip.GzipFile(fileobj=raw)
        elif head.startswith(b"BZh"):
            opened = bz2.BZ2File(raw)
        elif head.startswith((b"\xfd7zXZ\x00", b"\x5d\x00\x00")):
            opened = lzma.LZMAFile(raw)  # noqa: SIM115  (nothing of its own to close)
        yield cast(IO[bytes], _Bounded(opened, most))


class _Bounded(io.RawIOBase):
    def __init__(self, inner: IO[bytes], most: int) -> None:
        self._inner, self._most = inner, most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > _AT_ONCE or size < 0:
            raise TransferError(f"it holds a header of {size:,} bytes")
        data = self._inner.read(size)
        self._check(self._inner.tell())
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 0:
            self._check(offset)
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def _check(self, place: int) -> None:
        if place > self._most:
            raise TransferError(f"it unpacks to more than {self._most:,} bytes")
