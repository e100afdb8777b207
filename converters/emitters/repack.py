"""A .tflite from another writer with its tables shared as our own writer shares them."""

from pathlib import Path
from typing import Any

from converters.buffers import bytes_of
from converters.emitters.streamed import Buffer, write_streamed
from converters.flatbuffer import unpack

_IDENTIFIER = b"TFL3"
_SPARE = 1 << 20
"""Bytes that the tables may take beyond what they took."""


def repack(data: bytes, path: Path) -> None:
    """Write the model in `data` to `path`: the same tensors, operators, versions and bytes of constants.

    Buffers that lie behind the flatbuffer come into it. Raises ConversionError above 2 GiB, OSError.
    """
    from ai_edge_litert import schema_py_generated as schema

    model: Any = unpack(schema, data)
    held = []
    for number, buffer in enumerate(model.buffers):
        raw = bytes_of(buffer, data)
        if raw is not None:
            held.append(Buffer(raw))
            model.buffers[number] = held[-1]
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.hasRank = tensor.hasRank and not len(tensor.shape if tensor.shape is not None else ())
    stored = sum(buffer.data.size for buffer in held)
    write_streamed(path, model, held, len(data) - stored + _SPARE, _IDENTIFIER)
