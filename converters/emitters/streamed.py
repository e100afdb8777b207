"""A flatbuffer whose large vectors are never copied into it: it keeps their places free, and the file is written around them."""

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from converters.emitters.sharing import SharingBuilder
from registry.errors import ConversionError

ALIGNMENT = 16
"""Of buffers, in bytes (schema.fbs: `force_align: 16`)."""
_TABLE = 8
"""Bytes of a `Buffer` table that holds the offset of its data alone."""
_LIMIT = (1 << 31) - 1


class Buffer:
    """A `Buffer` table of the schema with `data` (uint8, contiguous) in a place of its own."""

    def __init__(self, data: npt.NDArray[Any]) -> None:
        self.data = data
        self.from_end = 0
        """Distance of the first byte from the flatbuffer's end, once it has its place."""
        self.vector = self.table = 0

    def place(self, builder: SharingBuilder) -> None:
        """The vector, its elements left free."""
        builder.StartVector(1, self.data.size, ALIGNMENT)
        builder.head -= self.data.size
        self.from_end = builder.Offset()
        self.vector = builder.end_place()

    def Pack(self, builder: SharingBuilder) -> int:  # noqa: N802  (the name that the schema's generated classes have)
        """The table's place in the flatbuffer; it points at the vector, which has its own already."""
        from ai_edge_litert import schema_py_generated as schema

        if not self.table:
            schema.BufferStart(builder)
            schema.BufferAddData(builder, self.vector)
            self.table = int(schema.BufferEnd(builder))
        return self.table


def _place(builder: SharingBuilder, buffers: Sequence[Buffer]) -> None:
    """All vectors, with a table between two of them where that fills what alignment leaves empty."""
    waiting: list[Buffer] = []
    for buffer in buffers:
        end = builder.Offset() + buffer.data.size
        if waiting and -(end + _TABLE) % ALIGNMENT < -end % ALIGNMENT:
            waiting.pop().Pack(builder)
        buffer.place(builder)
        waiting.append(buffer)


def write_streamed(path: Path, model: Any, buffers: Sequence[Buffer], tables: int, identifier: bytes) -> None:
    """Pack `model` (an object-API table) and write it to `path`.

    `tables` is an upper bound in bytes of everything but the buffers' data. Memory that stays untouched is never taken from the system,
    so this holds the tables alone. Raises ConversionError above 2 GiB, which a flatbuffer cannot address, and OSError.
    """
    stored = sum(buffer.data.size + 2 * ALIGNMENT for buffer in buffers)
    if stored + tables > _LIMIT:
        raise ConversionError(
            f"`{path.name}` would hold {stored / 1e9:.1f} GB of weights and a .tflite file at most 2 GiB; split the model (--outputs)"
        )
    builder = SharingBuilder(mmap.mmap(-1, stored + tables))
    _place(builder, buffers)
    builder.Finish(model.Pack(builder), identifier)
    whole = memoryview(builder.Bytes)
    at = builder.head
    with path.open("wb") as stream:
        for buffer in sorted(buffers, key=lambda b: -b.from_end):
            place = len(whole) - buffer.from_end
            stream.write(whole[at:place])
            stream.write(buffer.data.data)
            at = place + buffer.data.size
        stream.write(whole[at:])
