"""TFLite metadata written into a copy of a .tflite file: the buffer `TFLITE_METADATA`, and label files appended as a zip archive.

The form is tflite-support's (ai.google.dev/edge/litert/conversion/tensorflow/metadata); readers find the archive at the file's end.
"""

import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from registry.errors import ConversionError
from zoo.publish.metadata_schema import ModelFacts, pack

ENTRY = b"TFLITE_METADATA"
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The archive's date: the first that a zip can hold, so that the same content gives the same bytes."""
_TABLES = 4096
"""Bytes that a tensor or operator takes beside its data, generously."""


def write(source: Path, into: Path, facts: ModelFacts, files: Mapping[str, bytes]) -> None:
    """A copy of `source` that computes the same, with this metadata in place of any that it has; `files` are name → content.

    Raises ConversionError where the file is none, or cannot be written anew (over 2 GiB, or options outside of its flatbuffer).
    """
    from converters.buffers import bytes_of
    from converters.emitters.streamed import Buffer, write_streamed

    model, content = _read(source)
    buffers: list[Any] = []
    for index, buffer in enumerate(model.buffers):
        data = bytes_of(buffer, content)
        if data is None:
            buffer.offset = buffer.size = 0
        else:
            model.buffers[index] = Buffer(np.ascontiguousarray(data))
            buffers.append(model.buffers[index])
    packed = Buffer(np.frombuffer(pack(facts), np.uint8))
    entry = next((one for one in model.metadata or [] if one.name == ENTRY), None)
    if entry is not None:
        replaced = model.buffers[entry.buffer]
        buffers = [one for one in buffers if one is not replaced]
        model.buffers[entry.buffer] = packed
    else:
        model.metadata = [*(model.metadata or []), _entry(len(model.buffers))]
        model.buffers.append(packed)
    tensors = sum(len(graph.tensors or []) + len(graph.operators or []) for graph in model.subgraphs)
    write_streamed(
        into, model, [*buffers, packed], _TABLES * (tensors + 16) + 64 * len(model.buffers), b"TFL3"
    )
    if files:
        _append(into, files)


@contextmanager
def readable(source: Path) -> Iterator[None]:
    """Turns what the schema's reader raises for a damaged file into ConversionError."""
    try:
        yield
    except (struct.error, IndexError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ConversionError(f"{source.name} is a damaged .tflite file ({error}): convert again") from None


def _read(source: Path) -> tuple[Any, bytes]:
    from ai_edge_litert import schema_py_generated as schema

    content = source.read_bytes()
    if not schema.Model.ModelBufferHasIdentifier(content, 0):
        raise ConversionError(f"{source} is no .tflite file: convert again")
    with readable(source):
        model = schema.ModelT.InitFromPackedBuf(content, 0)
    if any(op.largeCustomOptionsOffset > 1 for graph in model.subgraphs for op in graph.operators or []):
        raise ConversionError(
            f"{source.name} keeps options of operators outside of its flatbuffer: metadata cannot be added"
        )
    return model, content


def _entry(buffer: int) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    entry = schema.MetadataT()
    entry.name, entry.buffer = ENTRY.decode(), buffer
    return entry


def _append(path: Path, files: Mapping[str, bytes]) -> None:
    """Uncompressed: readers map the file and point into it."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _BEGINNING), content)
