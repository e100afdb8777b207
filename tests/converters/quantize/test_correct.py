"""Bias correction takes back the mean error of rounded weights, on known cases and in whole graphs."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Value
from converters.ops.builder import Builder
from converters.quantize.channels import is_scalable, operands
from converters.quantize.correct import correct_biases
from converters.quantize.static import Calibrated, Recipe, measure, quantize_calibrated
from tests.converters.harness import run_graph

RNG = np.random.default_rng(3)
FLOAT = np.dtype(np.float32)
CASES = ("SAME", "VALID", "strided", "dilated", "depthwise", "grouped", "dense", "transposed", "without bias")


def _weights(*shape: int) -> np.ndarray:
    return (0.3 * RNG.normal(size=shape)).astype(np.float32)


def _graph(case: str) -> Graph:
    b, x = Builder(), Value("x", (1, 9, 7, 8), FLOAT)
    bias = _weights(6)
    if case == "depthwise":
        options = {"padding": "SAME", "depth_multiplier": 2}
        y = b("DEPTHWISE_CONV_2D", x, _weights(1, 3, 3, 16), _weights(16), name="y", **options)
    elif case == "grouped":
        y = b("CONV_2D", x, _weights(6, 3, 3, 4), bias, padding="SAME", name="y")
    elif case == "dense":
        y = b("FULLY_CONNECTED", x, _weights(6, 8), bias, keep_num_dims=True, name="y")
    elif case == "transposed":
        shape = np.array([1, 18, 14, 6], np.int32)
        options = {"padding": "SAME", "stride_h": 2, "stride_w": 2}
        y = b("TRANSPOSE_CONV", shape, _weights(6, 2, 2, 8), x, bias, name="y", **options)
    elif case == "without bias":
        y = b("FULLY_CONNECTED", x, _weights(6, 8), keep_num_dims=True, name="y")
    else:
        options = {"padding": case if case == "VALID" else "SAME"}
        options |= {"stride_h": 2, "stride_w": 2} if case == "strided" else {}
        options |= {"dilation_h_factor": 2, "dilation_w_factor": 2} if case == "dilated" else {}
        y = b("CONV_2D", x, _weights(6, 3, 3, 8), bias, name="y", **options)
    return Graph("g", (x,), (y,), b.nodes)


def _rounded(graph: Graph) -> Graph:
    """The graph with its weights on their int8 grids, in float: what rounding the weights alone does."""
    from converters.graph import Node
    from converters.passes.integer.constants import Rounded
    from converters.quantize.channels import rows

    nodes = []
    for node in graph.nodes:
        if not is_scalable(node):
            nodes.append(node)
            continue
        _, weights, bias = operands(node)
        axis, rank = rows(node)
        stored, _ = Rounded(np.dtype(np.int8)).linear(weights, bias, axis, 2.0**-7)
        shape = [1] * rank
        shape[axis] = -1
        real = stored.array * np.asarray(stored.quantization.scale).reshape(shape)
        changed = Value(weights.name, weights.shape, FLOAT, real.astype(np.float32))
        inputs = tuple(changed if value is weights else value for value in node.inputs)
        nodes.append(Node(node.op, inputs, node.outputs, node.attrs, node.source))
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)


@pytest.mark.parametrize("case", CASES)
def test_the_mean_of_every_output_channel_comes_back(case: str, tmp_path: Path) -> None:
    """On data that are the same everywhere the channels' means tell all, borders included."""
    graph = _graph(case)
    level = np.abs(RNG.normal(size=8)).astype(np.float32) + 1
    x = np.broadcast_to(level, (1, 9, 7, 8)).astype(np.float32)
    corrected = correct_biases(graph, {"x": level.astype(np.float64)})
    (wanted,), (wrong,), (right,) = (
        run_graph(one, [x], tmp_path) for one in (graph, _rounded(graph), _rounded(corrected))
    )
    before, after = (np.abs((found - wanted).mean((0, 1, 2))) for found in (wrong, right))
    assert before.max() > 1e-3
    assert after.max() < 1e-5


def test_layers_that_stay_float_keep_their_biases() -> None:
    graph = _graph("SAME")
    means = {"x": np.ones(8)}
    assert correct_biases(graph, means, spared=frozenset({"y"})).nodes[0] is graph.nodes[0]
    assert correct_biases(graph, {}).nodes[0] is graph.nodes[0]
    bias = operands(correct_biases(graph, means).nodes[0])[2]
    assert bias is not None
    assert not np.array_equal(bias.array, graph.nodes[0].input(2).array)


def test_a_deep_graph_of_positive_data_gains(tmp_path: Path) -> None:
    """Positive data and cancelling weights: where the mean error of rounding is most of the error."""
    b, x = Builder(), Value("x", (1, 8, 8, 8), FLOAT)
    y = x
    for number in range(4):
        weights = _weights(8, 3, 3, 8)
        weights -= weights.mean((1, 2, 3), keepdims=True)
        y = b("CONV_2D", y, weights, _weights(8) + 1, padding="SAME", name=f"y{number}")
        y = b("RELU", y, name=f"relu{number}")
    graph = Graph("g", (x,), (y,), b.nodes)
    samples = [(3 + 0.1 * RNG.normal(size=x.shape)).astype(np.float32) for _ in range(4)]
    statistics, means = measure(graph, ("x",), ({"x": one} for one in samples))
    errors = []
    for known in ({}, means):
        calibrated = Calibrated(statistics, "minmax", True, known)
        small = quantize_calibrated(graph, calibrated, Recipe())
        write_tflite(small, tmp_path / "small.tflite")
        (wanted,), (found,) = (run_graph(one, [samples[0]], tmp_path) for one in (graph, small))
        errors.append(float(np.square(found - wanted).sum()))
    assert errors[1] < 0.8 * errors[0]
