"""Shuffles between splits and concatenations: gone where weights absorb the order, untouched where they cannot."""

from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.ops.builder import Builder
from converters.passes.rules import prune
from converters.passes.untangle import untangle
from tests.converters.passes.running import graph_of, image, weights
from tests.converters.passes.test_graph_passes import passed


def shuffled(b: Builder, x: Value, groups: int = 2) -> Value:
    n, h, w, c = x.shape
    split = b.reshape(x, (n, h, w, groups, c // groups))
    return b.reshape(b.transpose(split, (0, 1, 2, 4, 3)), x.shape)


def conv(b: Builder, x: Value, out: int, seed: int) -> Value:
    return b("CONV_2D", x, weights(out, 1, 1, x.shape[-1], seed=seed), weights(out, seed=seed + 50))


def units(b: Builder, x: Value, count: int, slices: bool) -> Value:
    """Split, a branch on one half, join, shuffle: `count` times."""
    y = x
    for i in range(count):
        half = y.shape[-1] // 2
        if slices:
            size = np.asarray([*y.shape[:3], half], np.int32)
            left, right = (b("SLICE", y, np.asarray([0, 0, 0, at], np.int32), size) for at in (0, half))
        else:
            left, right = b.many("SPLIT", np.asarray(3, np.int32), y, num_splits=2)
        right = b("RELU", conv(b, right, half, i))
        y = shuffled(b, b("CONCATENATION", left, right, axis=3))
    return y


def operators(graph: Graph) -> list[str]:
    return [node.op for node in graph.nodes]


@pytest.mark.parametrize("slices", [True, False])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_units_lose_their_shuffles(count: int, slices: bool, tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 16)
    y = b("MEAN", conv(b, units(b, conv(b, x, 16, 90), count, slices), 5, 91), np.asarray([1, 2], np.int32))
    after = passed(untangle, graph_of(b, [x], y), tmp_path)
    assert not {"TRANSPOSE", "GATHER", "RESHAPE"} & set(operators(after))
    assert all(len(node.inputs) <= 5 for node in after.nodes if node.op == "CONCATENATION")


def test_order_passes_a_depthwise_convolution(tmp_path: Path):
    b = Builder()
    x = image(1, 5, 6, 8)
    y = units(b, conv(b, x, 8, 90), 2, slices=False)
    y = b("DEPTHWISE_CONV_2D", y, weights(1, 3, 3, 8), weights(8))
    after = passed(untangle, graph_of(b, [x], b("NEG", conv(b, y, 5, 91))), tmp_path)
    assert not {"TRANSPOSE", "GATHER"} & set(operators(after))


@pytest.mark.parametrize("end", ["an output", "a softmax"])
def test_an_order_that_nothing_absorbs_stays(end: str, tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 16)
    y = units(b, conv(b, x, 16, 90), 2, slices=False)
    graph = prune(graph_of(b, [x], y if end == "an output" else b("SOFTMAX", y)))
    assert operators(passed(untangle, graph, tmp_path)) == operators(graph)


def test_too_many_runs_stay(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 32)
    left, _ = b.many("SPLIT", np.asarray(3, np.int32), shuffled(b, conv(b, x, 32, 90), 16), num_splits=2)
    graph = graph_of(b, [x], conv(b, left, 4, 92))
    assert operators(passed(untangle, graph, tmp_path)) == operators(graph)
