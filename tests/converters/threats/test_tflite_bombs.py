"""TFLite files that claim more than they hold."""

import struct
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest

from converters.flatbuffer import unpack
from converters.frontends.tflite import read_tflite, signature_names
from registry.errors import InputError

schema: Any = pytest.importorskip("ai_edge_litert.schema_py_generated")


def tensor(shape: list[int], buffer: int = 0, name: str = "t") -> Any:
    made = schema.TensorT()
    made.shape, made.type, made.buffer, made.name = (
        np.array(shape, np.int32),
        schema.TensorType.FLOAT32,
        buffer,
        name.encode(),
    )
    return made


def model(tensors: list[Any], data: list[bytes]) -> bytes:
    """A model of one subgraph whose tensors are its inputs and outputs."""
    made, subgraph = schema.ModelT(), schema.SubGraphT()
    made.version, made.description = 3, b""
    made.operatorCodes, made.buffers = [], []
    for content in [b"", *data]:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8) if content else None
        made.buffers.append(buffer)
    subgraph.tensors, subgraph.operators, subgraph.name = tensors, [], b"g"
    subgraph.inputs = subgraph.outputs = np.arange(len(tensors), dtype=np.int32)
    made.subgraphs = [subgraph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write(folder: Path, data: bytes) -> Path:
    (folder / "m.tflite").write_bytes(data)
    return folder / "m.tflite"


def test_an_honest_file_is_read(tmp_path: Path) -> None:
    graph = read_tflite(write(tmp_path, model([tensor([2], 1)], [bytes(8)])))
    assert graph.outputs[0].shape == (2,)


@pytest.mark.parametrize("shape", [[2**31 - 1] * 3, [1 << 30, 1 << 10], [-1, 4], [3]])
def test_a_constant_that_claims_more_than_it_has_is_refused(tmp_path: Path, shape: list[int]) -> None:
    with pytest.raises(InputError, match=r"damaged|this machine can work with"):
        read_tflite(write(tmp_path, model([tensor(shape, 1)], [bytes(8)])))


def test_many_entries_that_point_at_one_table_are_refused(tmp_path: Path) -> None:
    """A flatbuffer bomb: a vector of subgraphs that are all one and the same, which has a vector of tensors that are all one."""
    count = 20_000
    honest = model([tensor([1], name="n" * 50)] * count, [])  # each entry a table of its own: allowed
    assert len(unpack(schema, honest).subgraphs[0].tensors) == count
    bomb = bytearray(model([tensor([1])] * 2, []))
    root = schema.Model.GetRootAs(bytes(bomb), 0)
    at = len(bomb) + (-len(bomb) % 4)
    bomb += bytes(at - len(bomb))
    # Flatbuffer offsets lead forwards, so the tables that are shared come last: the subgraph again, with many tensors.
    copy = shared(count)
    bomb += struct.pack("<I", count)
    for index in range(count):
        place = at + 4 + 4 * index
        bomb += struct.pack("<I", at + 4 + 4 * count + copy.start - place)
    bomb += copy.body
    struct.pack_into(
        "<I", bomb, root._tab.Pos + root._tab.Offset(8), at - (root._tab.Pos + root._tab.Offset(8))
    )
    parsed = schema.Model.GetRootAs(bytes(bomb), 0)
    assert parsed.SubgraphsLength() == count
    assert parsed.Subgraphs(count - 1).TensorsLength() == count
    with pytest.raises(InputError, match="damaged"):
        read_tflite(write(tmp_path, bytes(bomb)))
    with pytest.raises(InputError, match="damaged"):
        signature_names(write(tmp_path, bytes(bomb)))
    with pytest.raises(ValueError, match="more parts than it has room for"):
        unpack(schema, bytes(bomb))


class shared:  # noqa: N801  (a small record)
    """A subgraph as bytes, with `count` tensors; `start` is where its table begins."""

    def __init__(self, count: int) -> None:
        builder = flatbuffers.Builder(1024)
        one = tensor([1]).Pack(builder)
        schema.SubGraphStartTensorsVector(builder, count)
        for _ in range(count):
            builder.PrependUOffsetTRelative(one)
        vector = builder.EndVector()
        schema.SubGraphStart(builder)
        schema.SubGraphAddTensors(builder, vector)
        builder.Finish(schema.SubGraphEnd(builder))
        self.body = bytes(builder.Output())
        self.start = struct.unpack_from("<I", self.body)[0]


def test_a_length_of_billions_is_refused(tmp_path: Path) -> None:
    data = bytearray(model([tensor([1])], []))
    root = schema.Model.GetRootAs(bytes(data), 0)
    length = root._tab.Vector(root._tab.Offset(8)) - 4
    struct.pack_into("<I", data, length, 2**32 - 1)
    with pytest.raises(InputError, match="damaged"):
        read_tflite(write(tmp_path, bytes(data)))
