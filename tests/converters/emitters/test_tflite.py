"""The .tflite writer: shared buffers, names, signature, versions, and bytes that do not change."""

from pathlib import Path

import numpy as np

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Value
from converters.ops.builder import Builder


def written(graph: Graph, path: Path, **names: tuple[str, ...]):
    from ai_edge_litert import schema_py_generated as schema

    write_tflite(graph, path, **names)
    data = path.read_bytes()
    assert data[4:8] == b"TFL3"
    return schema.ModelT.InitFromPackedBuf(data, 0)


def two_convolutions() -> Graph:
    """Both with the same weights, by equal but different arrays."""
    b = Builder()
    x = Value("image", (1, 6, 6, 3), np.dtype(np.float32))
    y = b("CONV_2D", x, np.full((3, 3, 3, 3), 0.5, np.float32), np.zeros(3, np.float32), padding="SAME")
    z = b("CONV_2D", y, np.full((3, 3, 3, 3), 0.5, np.float32), np.zeros(3, np.float32), padding="SAME")
    return Graph("two", (x,), (z, y), b.nodes)


def test_equal_constants_share_a_buffer(tmp_path: Path):
    model = written(two_convolutions(), tmp_path / "m.tflite")
    assert len(model.buffers) == 3  # the empty one, the weights, the biases
    assert (tmp_path / "m.tflite").stat().st_size < 2500


def test_the_signature_carries_names_and_order(tmp_path: Path):
    model = written(
        two_convolutions(), tmp_path / "m.tflite", input_names=("in",), output_names=("late", "early")
    )
    (signature,) = model.signatureDefs
    assert signature.signatureKey == b"serving_default"
    assert [entry.name for entry in signature.outputs] == [b"late", b"early"]
    assert [entry.tensorIndex for entry in signature.outputs] == list(model.subgraphs[0].outputs)


def test_tensor_names_are_unique(tmp_path: Path):
    graph = two_convolutions()
    for node in graph.nodes:
        node.output.name = "same"
    model = written(graph, tmp_path / "m.tflite")
    names = [tensor.name for tensor in model.subgraphs[0].tensors]
    assert len(set(names)) == len(names)


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        write_tflite(two_convolutions(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_versions_are_the_lowest_that_will_do(tmp_path: Path):
    model = written(two_convolutions(), tmp_path / "m.tflite")
    assert [code.version for code in model.operatorCodes] == [1]
    b = Builder()
    x = Value("x", (2, 2, 2, 2, 2), np.dtype(np.float32))
    graph = Graph("deep", (x,), (b.transpose(x, (4, 3, 2, 1, 0)),), b.nodes)
    assert written(graph, tmp_path / "d.tflite").operatorCodes[0].version == 6


def test_unknown_dimensions_are_kept_in_the_signature_of_the_shape(tmp_path: Path):
    b = Builder()
    x = Value("x", (-1, 4), np.dtype(np.float32))
    model = written(Graph("open", (x,), (b("RELU", x),), b.nodes), tmp_path / "m.tflite")
    assert list(model.subgraphs[0].tensors[0].shape) == [1, 4]
    assert list(model.subgraphs[0].tensors[0].shapeSignature) == [-1, 4]
