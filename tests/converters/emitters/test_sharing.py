"""A .tflite that holds nothing twice, and a reader that sees no difference."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.repack import repack
from converters.emitters.sharing import SharingBuilder
from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Quantization, Value
from converters.ops.builder import Builder

schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

CHANNELS = 1000


def _model(tables: int) -> object:
    """Tensors of per-channel scales of their own, all with the same zeros."""
    random = np.random.default_rng(3)
    model, graph = schema.ModelT(), schema.SubGraphT()
    graph.tensors = []
    for number in range(tables):
        tensor = schema.TensorT()
        tensor.name, tensor.shape = f"t{number % 2}".encode(), np.array([CHANNELS, 3], np.int32)
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = random.random(CHANNELS).astype(np.float32)
        tensor.quantization.zeroPoint = np.zeros(CHANNELS, np.int64)
        graph.tensors.append(tensor)
    model.subgraphs = [graph]
    return model


@pytest.mark.parametrize("room", [1, 1 << 20])
def test_equal_parts_are_one_and_different_ones_are_not(room: int):
    """`room` 1: the buffer grows on the way."""
    model = _model(6)
    builder = SharingBuilder(bytearray(room))
    builder.Finish(model.Pack(builder), b"TFL3")
    data = bytes(builder.Output())
    assert 6 * 4 * CHANNELS + 8 * CHANNELS < len(data) < 6 * 4 * CHANNELS + 8 * CHANNELS + 1000
    back = schema.ModelT.InitFromPackedBuf(data, 0).subgraphs[0].tensors
    assert [one.name for one in back] == [b"t0", b"t1"] * 3
    for one, other in zip(back, model.subgraphs[0].tensors, strict=True):
        np.testing.assert_array_equal(one.quantization.scale, other.quantization.scale)
        np.testing.assert_array_equal(one.quantization.zeroPoint, other.quantization.zeroPoint)
        assert list(one.shape) == [CHANNELS, 3]


def test_tables_are_one_where_what_they_point_at_is():
    builder = SharingBuilder(bytearray(4096))

    def grid(scale: float) -> int:
        table = schema.QuantizationParametersT()
        table.scale, table.zeroPoint = np.array([scale], np.float32), np.array([0], np.int64)
        return table.Pack(builder)

    first, other = grid(0.5), grid(0.25)
    filled = builder.Offset()
    assert (grid(0.5), grid(0.25), builder.Offset()) == (first, other, filled)
    assert first != other


def test_a_text_is_one_in_letters_and_in_bytes():
    builder = SharingBuilder(bytearray(4096))
    assert builder.CreateString("é") == builder.CreateString("é".encode())
    assert builder.CreateString("e") != builder.CreateString("é")


def _convolutions(count: int) -> Graph:
    b = Builder()
    random = np.random.default_rng(1)
    x = y = Value("image", (1, 6, 6, 3), np.dtype(np.float32))
    for number in range(count):
        weights = random.normal(size=(3, 3, 3, 3)).astype(np.float32)
        y = b("CONV_2D", y, weights, np.full(3, number, np.float32), padding="SAME", name=f"layer{number}")
    return Graph("some", (x,), (y,), b.nodes)


def test_a_further_layer_takes_little_more_than_its_weights(tmp_path: Path):
    sizes = []
    for count in (20, 21):
        write_tflite(_convolutions(count), tmp_path / f"{count}.tflite", terse=True)
        sizes.append((tmp_path / f"{count}.tflite").stat().st_size)
    assert sizes[1] - sizes[0] < 81 * 4 + 3 * 4 + 240


def test_terse_files_name_constants_by_number_and_results_by_name(tmp_path: Path):
    write_tflite(_convolutions(30), tmp_path / "m.tflite", terse=True)
    model = schema.ModelT.InitFromPackedBuf((tmp_path / "m.tflite").read_bytes(), 0)
    names = [tensor.name.decode() for tensor in model.subgraphs[0].tensors]
    assert len(set(names)) == len(names)
    constants = [name for name in names if name.startswith("c")]
    assert len(constants) == 60
    assert max(map(len, constants)) == 3
    assert {f"layer{number}" for number in range(30)} < set(names)


def test_the_most_frequent_operator_is_number_zero(tmp_path: Path):
    graph = _convolutions(3)
    b = Builder()
    relu = b("RELU", graph.nodes[-1].output)
    graph = Graph("more", graph.inputs, (relu,), [*graph.nodes, *b.nodes])
    write_tflite(graph, tmp_path / "m.tflite")
    model = schema.ModelT.InitFromPackedBuf((tmp_path / "m.tflite").read_bytes(), 0)
    assert [code.builtinCode for code in model.operatorCodes] == [
        schema.BuiltinOperator.CONV_2D,
        schema.BuiltinOperator.RELU,
    ]


def test_only_a_scalar_says_that_it_has_a_rank(tmp_path: Path):
    b = Builder()
    x = Value("x", (2, 2), np.dtype(np.float32))
    y = b("ADD", x, np.asarray(1.5, np.float32))
    write_tflite(Graph("g", (x,), (y,), b.nodes), tmp_path / "m.tflite")
    model = schema.ModelT.InitFromPackedBuf((tmp_path / "m.tflite").read_bytes(), 0)
    told = {len(tensor.shape): tensor.hasRank for tensor in model.subgraphs[0].tensors}
    assert told == {2: False, 0: True}


def test_another_writers_file_keeps_all_that_it_says(tmp_path: Path):
    import flatbuffers

    graph = _convolutions(4)
    for node in graph.nodes:
        weights = node.input(1)
        weights.data = np.rint(weights.array).astype(np.int8)
        weights.dtype = np.dtype(np.int8)
        weights.quantization = Quantization((0.1, 0.2, 0.3), (0, 0, 0), 0)
    write_tflite(graph, tmp_path / "ours.tflite")
    told = schema.ModelT.InitFromPackedBuf((tmp_path / "ours.tflite").read_bytes(), 0)
    builder = flatbuffers.Builder(1024)
    builder.Finish(told.Pack(builder), b"TFL3")
    repack(bytes(builder.Output()), tmp_path / "again.tflite")
    assert (tmp_path / "again.tflite").stat().st_size < len(builder.Output())
    assert _texts(schema.ModelT.InitFromPackedBuf((tmp_path / "again.tflite").read_bytes(), 0)) == _texts(
        told
    )


def _texts(one: object) -> object:
    """All that an object-API table says, as plain data."""
    if isinstance(one, np.ndarray):
        return one.tolist()
    if isinstance(one, list):
        return [_texts(part) for part in one]
    return {key: _texts(value) for key, value in vars(one).items()} if hasattr(one, "__dict__") else one
