"""Factors and offsets of channels become layers: the same function, and in integers a better one."""

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Value
from converters.ops import Builder
from converters.quantize.affine import affine_layers
from converters.quantize.static import Calibrated, Recipe, measure, quantize, quantize_calibrated
from converters.verify.runtimes import open_runtime
from tests.converters.harness import run_graph

FLOAT = np.dtype(np.float32)
RNG = np.random.default_rng(4)
C = RNG.normal(size=6).astype(np.float32)
D = RNG.normal(size=(1, 1, 6)).astype(np.float32)


def _graph(build):
    b, x = Builder(), Value("x", (1, 5, 7, 6), FLOAT)
    y = build(b, x)
    return Graph("g", (x,), y if isinstance(y, tuple) else (y,), b.nodes)


def _ops(graph):
    return [node.op for node in graph.nodes]


RELU = {"fused_activation_function": "RELU"}
CHAINS = {
    "x · c + d": (lambda b, x: b("ADD", b("MUL", x, C), D), ["DEPTHWISE_CONV_2D"]),
    "d - c · x, relu": (lambda b, x: b("SUB", D, b("MUL", C, x), **RELU), ["DEPTHWISE_CONV_2D"]),
    "(x - d) / c": (lambda b, x: b("DIV", b("SUB", x, D), C), ["DEPTHWISE_CONV_2D"]),
    "(2 x + 1) · 3 - 4": (
        lambda b, x: b(
            "SUB", b("MUL", b("ADD", b("MUL", x, np.float32(2)), np.float32(1)), np.float32(3)), np.float32(4)
        ),
        ["DEPTHWISE_CONV_2D"],
    ),
    "x · c": (lambda b, x: b("MUL", x, C), ["DEPTHWISE_CONV_2D"]),
    "x + d": (lambda b, x: b("ADD", x, D), ["ADD"]),
    "2 x": (lambda b, x: b("MUL", x, np.float32(2)), ["MUL"]),
    "relu(x · c) + d": (
        lambda b, x: b("ADD", b("MUL", x, C, **RELU), D),
        ["DEPTHWISE_CONV_2D", "ADD"],
    ),
    "c / x": (lambda b, x: b("DIV", C, b("EXP", x)), ["EXP", "DIV"]),
    "x · (a number for each place)": (
        lambda b, x: b("MUL", x, np.ones((1, 5, 7, 1), np.float32) * 2),
        ["MUL"],
    ),
}


@pytest.mark.parametrize("case", CHAINS)
def test_the_function_stays(case, tmp_path):
    build, ops = CHAINS[case]
    graph = _graph(lambda b, x: build(b, b("ABS", x)))
    done = affine_layers(graph)
    assert _ops(done) == ["ABS", *ops]
    assert done.outputs == graph.outputs
    x = RNG.normal(size=(1, 5, 7, 6)).astype(np.float32)
    (wanted,), (found,) = (run_graph(g, [x], tmp_path) for g in (graph, done))
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-5)


def test_what_others_read_stays():
    def build(b, x):
        scaled = b("MUL", x, C, name="scaled")
        return b("ADD", scaled, D, name="y"), b("RELU", scaled)

    done = affine_layers(_graph(build))
    assert _ops(done) == ["DEPTHWISE_CONV_2D", "ADD", "RELU"]
    assert affine_layers(_graph(lambda b, x: (b("MUL", x, C, name="a"),))).outputs[0].name == "a"


def test_small_factors_survive_beside_large_ones(tmp_path):
    """In MUL a channel whose factor is 1/1000 of the largest is 0 or one step."""
    factor = np.array([1000, 1.4, 600, 0.7, 300, 0.3], np.float32)
    spread = (1 / factor).astype(np.float32)
    graph = _graph(lambda b, x: b("MUL", b("MUL", b("ABS", x), spread, name="m", **RELU), factor, name="y"))
    samples = [{"x": RNG.normal(size=(1, 5, 7, 6)).astype(np.float32)} for _ in range(4)]
    statistics, means = measure(graph, ("x",), samples)
    error = []
    for integer in (
        quantize(graph, statistics, Recipe(), "minmax"),
        quantize_calibrated(graph, Calibrated(statistics, "minmax", means=means), Recipe()),
    ):
        file = tmp_path / f"{len(error)}.tflite"
        write_tflite(integer, file, input_names=("x",), output_names=("y",))
        small = open_runtime(file).run(samples[0])["y"][..., 1::2]
        error.append(float(np.abs(small - np.abs(samples[0]["x"][..., 1::2])).mean()))
    assert error[1] < error[0] / 2
