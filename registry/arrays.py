"""Arrays out of .npy and .npz files of anybody: no code, and no memory for more than the file holds."""

import io
import struct
import zipfile
import zlib
from collections.abc import Container
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

_RATIO = 200
"""Bytes of arrays for each byte of a compressed file, once they are more than `_SMALL`."""
_SMALL = 1 << 30
_PIECE = 16 << 20
_DAMAGED = (
    EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, RecursionError, OverflowError, MemoryError,
    struct.error, SyntaxError, TypeError, KeyError,
)  # fmt: skip
"""What zipfile and numpy raise for files that are none, besides ValueError."""


def load(file: Path, keys: Container[str] | None = None) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an .npz by name (those of `keys`, where given), or of an .npy under the empty name.

    Raises OSError where the file cannot be read, ValueError where it holds no arrays, other objects than numbers and text, or headers
    that promise more than there is.
    """
    try:
        if not zipfile.is_zipfile(file):
            with file.open("rb") as stream:
                return {"": _array(stream, file.stat().st_size)}
        with zipfile.ZipFile(file) as archive:
            named = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
            entries = {key: entry for key, entry in named.items() if keys is None or key in keys}
            promised = sum(entry.file_size for entry in entries.values())
            if promised > max(_SMALL, _RATIO * file.stat().st_size):
                raise ValueError(f"it would unpack to {promised:,} bytes, far more than such a file holds")
            return {key: _member(archive, entry) for key, entry in entries.items()}
    except _DAMAGED as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> npt.NDArray[Any]:
    with archive.open(entry) as stream:
        return _array(stream, entry.file_size)


def _array(stream: IO[bytes], size: int) -> npt.NDArray[Any]:
    """One array in numpy's format (numpy.lib.format), `size` bytes with its header."""
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"format version {version[0]}.{version[1]} holds records, not arrays of numbers")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    header = io.BytesIO(_header(stream, version))
    shape, by_column, dtype = read_header(header)
    if dtype.hasobject or dtype.fields is not None or not dtype.itemsize:
        raise ValueError(f"it holds {dtype}, not numbers or text")
    wanted = dtype.itemsize
    for length in shape:
        if length < 0:
            raise ValueError(f"its header gives the shape {shape}")
        wanted *= int(length)
    if wanted > size:
        raise ValueError(f"its header promises {wanted:,} bytes, the file has {size:,}")
    content = np.empty(wanted, np.uint8)
    filled = 0
    while filled < wanted:
        piece = stream.read(min(_PIECE, wanted - filled))
        if not piece:
            raise ValueError(f"it ends after {filled:,} of {wanted:,} bytes")
        content[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
        filled += len(piece)
    return content.view(dtype).reshape(shape, order="F" if by_column else "C")


def _header(stream: IO[bytes], version: tuple[int, int]) -> bytes:
    """The header with its length in front: read here, so that a length of gigabytes is not."""
    wide = 2 if version == (1, 0) else 4
    prefix = stream.read(wide)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < wide or length > 1 << 16:
        raise ValueError("its header is cut short or too long")
    return prefix + stream.read(length)
