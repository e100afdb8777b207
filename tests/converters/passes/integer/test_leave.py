"""Integer graphs computed in float32, against LiteRT's own run of their integers."""

from pathlib import Path

import numpy as np
import pytest

from converters.engine import Options, build, emit_tflite
from converters.frontends.tflite import read_tflite
from converters.graph import Graph, Node, Quantization, Value
from converters.passes.integer import is_quantized, simulated
from tests.conftest import corpus
from tests.converters.harness import run_graph, run_tflite
from tests.converters.passes.integer.test_arrive import convolutional, quantized, step_of_result

GRID = Quantization((0.05,), (-3,))


@pytest.mark.parametrize("activations", ["QUInt8", "QInt8"])
def test_a_network_and_its_simulation(tmp_path: Path, activations: str) -> None:
    model, shape = convolutional()
    built = build(quantized(model, tmp_path, shape, activations, per_channel=True), Options())
    emit_tflite(built, "float32", tmp_path / "m.tflite")
    graph = simulated(read_tflite(tmp_path / "m.tflite"))
    assert not is_quantized(graph)
    x = np.random.default_rng(0).normal(size=built.inputs[0].shape).astype(np.float32)
    found = run_graph(graph, [x], tmp_path)[0]
    expected = run_tflite(tmp_path / "m.tflite", [x])[0]
    assert np.abs(found - expected).max() / step_of_result(built) <= 1.01


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
def test_inputs_and_outputs_keep_their_type(tmp_path: Path, dtype: type) -> None:
    zero = -3 if dtype is np.int8 else 125
    given = Quantization((0.05,), (zero,))
    x = Value("x", (2, 40), np.dtype(dtype), quantization=given)
    y = Value("y", (2, 40), np.dtype(dtype), quantization=Quantization((0.02,), (zero + 3,)))
    graph = Graph("g", (x,), (y,), [Node("QUANTIZE", (x,), (y,), {})])
    info = np.iinfo(dtype)
    stored = np.random.default_rng(0).integers(info.min, info.max + 1, (2, 40)).astype(dtype)
    expected = run_graph(graph, [stored], tmp_path)[0]
    floats = simulated(graph)
    assert [v.dtype for v in (*floats.inputs, *floats.outputs)] == [np.dtype(dtype)] * 2
    assert x.quantization == given
    found = run_graph(floats, [stored], tmp_path)[0]
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_what_moves_elements_is_not_rounded_again() -> None:
    x = Value("x", (2, 4), np.dtype(np.int8), quantization=GRID)
    y = Value("y", (4, 2), np.dtype(np.int8), quantization=GRID)
    node = Node(
        "TRANSPOSE", (x, Value("p", (2,), np.dtype(np.int32), np.asarray([1, 0], np.int32))), (y,), {}
    )
    ops = [n.op for n in simulated(Graph("g", (x,), (y,), [node])).nodes]
    assert ops == ["CAST", "SUB", "MUL", "TRANSPOSE", "DIV", "ROUND", "ADD", "CAST"]


def test_operators_on_stored_integers_are_refused() -> None:
    x = Value("x", (2,), np.dtype(np.int8), quantization=GRID)
    y = Value("y", (2,), np.dtype(np.int32))
    with pytest.raises(ValueError, match="CAST `y` computes with stored integers"):
        simulated(Graph("g", (x,), (y,), [Node("CAST", (x,), (y,), {})]))


def test_a_float_graph_is_left_as_it_is() -> None:
    x = Value("x", (2,), np.dtype(np.float32))
    graph = Graph("g", (x,), (x,), [])
    assert simulated(graph) is graph


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name", ["ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "str_ww_ref_model", "vww_96_int8"]
)
def test_quantized_files(name: str, tmp_path: Path) -> None:
    """Bit for bit what XNNPACK's integer kernels compute, on these."""
    path = corpus(f"mlperf_tiny/{name}.tflite")
    built = build(path, Options())
    assert any("is quantized" in note for note in built.notes)
    emit_tflite(built, "float32", tmp_path / "m.tflite")
    shape = [abs(n) for n in built.inputs[0].shape]
    x = np.random.default_rng(0).integers(-128, 128, shape).astype(np.int8)
    found, expected = (run_tflite(p, [x])[0] for p in (tmp_path / "m.tflite", path))
    assert np.abs(found.astype(int) - expected).max() <= 1
