"""Reshapes below elementwise operators: the same results, fewer operators, and none moved where that gains nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.clean import merge_reshapes
from converters.passes.fuse import fold_bias, fuse_activation
from converters.passes.rules import rewrite
from converters.passes.sink import sink_reshapes
from tests.converters.harness import difference, random_array, run_graph
from tests.converters.passes.running import graph_of, image, weights

RULES = (merge_reshapes, fold_bias, fuse_activation)


def sunk(graph: Graph, folder: Path) -> list[str]:
    """The operators left after sinking and merging; the results are the same, and a second time nothing happens."""
    after = check(rewrite(sink_reshapes(graph), RULES), "sinking")
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) <= 2e-6
    again = rewrite(sink_reshapes(after), RULES)
    assert [node.op for node in again.nodes] == [node.op for node in after.nodes]
    return [node.op for node in after.nodes]


def test_a_convolution_over_one_axis_takes_its_bias_and_activation(tmp_path: Path) -> None:
    b = Builder()
    x = image(1, 1, 20, 3)
    y = b("CONV_2D", x, weights(4, 1, 3, 3), weights(4))
    y = b("RELU", b("ADD", b.reshape(y, (1, 18, 4)), weights(4)))
    y = b("MAX_POOL_2D", b.reshape(y, (1, 1, 18, 4)), filter_height=1, filter_width=2)
    assert sunk(graph_of(b, [x], y), tmp_path) == ["CONV_2D", "MAX_POOL_2D"]


def test_sums_of_two_reshaped_alike(tmp_path: Path) -> None:
    b = Builder()
    x = image(1, 1, 6, 4)
    first, second = (b.reshape(b(op, x), (1, 6, 4)) for op in ("ABS", "EXP"))
    y = b.reshape(b("TANH", b("ADD", first, second)), (1, 1, 6, 4))
    assert sunk(graph_of(b, [x], y), tmp_path) == ["ABS", "EXP", "ADD", "TANH"]


def test_prelu_has_one_axis_less_than_its_operand(tmp_path: Path) -> None:
    b = Builder()
    x = image(1, 1, 6, 4)
    y = b("PRELU", b.reshape(b("ABS", x), (1, 6, 4)), weights(1, 4))
    y = b("PRELU", b("SUB", y, np.float32(1)), weights(1, 1, 1)[0])
    assert sunk(graph_of(b, [x], b.reshape(y, (1, 1, 6, 4))), tmp_path) == ["ABS", "PRELU", "SUB", "PRELU"]


def per_place(b: Builder, x: Value) -> Value:
    return b("MUL", b.reshape(x, (6, 4)), weights(6, 1))


def last_axis_changes(b: Builder, x: Value) -> Value:
    return b("MUL", b.reshape(x, (8, 3)), weights(3))


def read_elsewhere(b: Builder, x: Value) -> Value:
    y = b.reshape(x, (6, 4))
    return b("CONCATENATION", b("MUL", y, np.float32(2)), y, axis=0)


@pytest.mark.parametrize("build", [per_place, last_axis_changes, read_elsewhere])
def test_what_stays(build: Callable[[Builder, Value], Value], tmp_path: Path) -> None:
    b = Builder()
    x = image(1, 1, 6, 4)
    graph = graph_of(b, [x], build(b, x))
    assert sunk(graph, tmp_path) == [node.op for node in graph.nodes]
