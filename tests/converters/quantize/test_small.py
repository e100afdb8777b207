"""What stays float in small variants takes half the room, and what was to stay float32 does."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.frontends.tflite import read_tflite
from converters.graph import Graph, Node, Value
from converters.ops.builder import Builder
from converters.quantize.float16 import store_float16, widen_float16
from converters.quantize.weights import halve_others, quantize_weights
from tests.converters.harness import run_tflite

pytest.importorskip("ai_edge_quantizer")

VARIANTS = ("dynamic_range", "weight_only_int8", "weight_only_int4")


def _graph() -> Graph:
    """A wide layer, a small one and a large constant that belongs to neither."""
    random = np.random.default_rng(2)
    b = Builder()
    x = Value("x", (1, 64), np.dtype(np.float32))
    y = b(
        "FULLY_CONNECTED",
        x,
        random.normal(size=(64, 64)).astype(np.float32),
        np.zeros(64, np.float32),
        name="wide",
    )
    z = b("MUL", y, random.normal(size=(1, 64)).astype(np.float32), name="scaled")
    out = b(
        "FULLY_CONNECTED",
        z,
        random.normal(size=(8, 64)).astype(np.float32),
        np.ones(8, np.float32),
        name="small",
    )
    return Graph("g", (x,), (out,), b.nodes)


def _weights(graph: Graph, name: str) -> Value:
    """The second operand of what computes `name`, behind its DEQUANTIZE."""
    producers = graph.producers()
    node = next(node for node in graph.nodes if node.output.name == name)
    value = node.input(1)
    maker: Node | None = producers.get(value)
    return maker.input(0) if maker is not None and maker.op == "DEQUANTIZE" else value


@pytest.mark.parametrize("variant", VARIANTS[:2])
def test_constants_of_no_quantized_layer_are_float16(tmp_path: Path, variant: str):
    graph = _graph()
    write_tflite(halve_others(graph, (), ("small",)), tmp_path / "f.tflite")
    quantize_weights(tmp_path / "f.tflite", tmp_path / "q.tflite", variant, ("small",))
    small = read_tflite(tmp_path / "q.tflite")
    found = {name: _weights(small, name).dtype.name for name in ("wide", "scaled", "small")}
    assert found == {"wide": "int8", "scaled": "float16", "small": "float16"}
    given = [np.random.default_rng(4).normal(size=(1, 64)).astype(np.float32)]
    write_tflite(graph, tmp_path / "whole.tflite")
    expected = run_tflite(tmp_path / "whole.tflite", given)[0]
    assert (
        np.abs(run_tflite(tmp_path / "q.tflite", given)[0] - expected).max() < 0.05 * np.abs(expected).max()
    )


def test_layers_to_be_kept_stay_float32_bit_by_bit():
    graph = _graph()
    kept = halve_others(graph, ("small", "scaled"), ("small",))
    for name in ("wide", "scaled", "small"):
        np.testing.assert_array_equal(_weights(kept, name).array, _weights(graph, name).array)


def test_a_constant_is_halved_where_that_saves_room(tmp_path: Path):
    sizes = {}
    for count in (32, 64):
        b = Builder()
        x = Value("x", (1, count), np.dtype(np.float32))
        y = x
        for number in range(20):
            y = b("ADD", y, np.arange(count, dtype=np.float32) + number)
        graph = Graph("g", (x,), (y,), b.nodes)
        half = store_float16(graph)
        for name, one in (("whole", graph), ("half", half)):
            write_tflite(one, tmp_path / f"{name}.tflite", terse=True)
            sizes[name, count] = (tmp_path / f"{name}.tflite").stat().st_size
        assert [len(node.inputs) for node in widen_float16(half).nodes] == [2] * 20
    assert sizes["half", 32] == sizes["whole", 32]
    assert sizes["half", 64] < sizes["whole", 64]
