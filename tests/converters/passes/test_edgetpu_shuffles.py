"""Channels dealt out through tensors of too many dimensions."""

from pathlib import Path

import numpy as np

from converters.graph import Graph, Value
from converters.ops.builder import Builder
from converters.passes.edgetpu import for_edgetpu
from tests.converters.harness import random_array, run_graph
from tests.converters.passes.running import graph_of, image


def same(graph: Graph, folder: Path) -> list[str]:
    after = for_edgetpu(graph)
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        np.testing.assert_array_equal(a, b)
    return [node.op for node in after.nodes]


def halves(b: Builder, x: Value) -> list[Value]:
    h, w, c = x.shape[1:]
    parts = b.many("SPLIT", np.int32(3), b.reshape(x, (h, w, c // 2, 2)), num_splits=2)
    return [b.reshape(part, (1, h, w, c // 2)) for part in parts]


def test_a_shuffle_split_in_two_is_two_convolutions(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 6)
    first, second = halves(b, x)
    assert same(graph_of(b, [x], b("RELU", first), second), tmp_path) == ["CONV_2D", "CONV_2D", "RELU"]


def test_a_transposed_shuffle_is_one(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 6)
    y = b("TRANSPOSE", b.reshape(x, (3, 4, 3, 2)), np.asarray([0, 1, 3, 2], np.int32))
    y = b.reshape(y, (1, 3, 4, 6))
    assert same(graph_of(b, [x], y), tmp_path) == ["CONV_2D"]


def test_what_is_computed_in_between_stays(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 6)
    y = b.reshape(b("RELU", b.reshape(x, (3, 4, 3, 2))), (1, 3, 4, 6))
    assert same(graph_of(b, [x], y), tmp_path) == ["RESHAPE", "RELU", "RESHAPE"]


def test_what_is_read_in_between_stays(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 6)
    wide = b.reshape(x, (3, 4, 3, 2))
    assert same(graph_of(b, [x], wide, b.reshape(wide, (1, 3, 4, 6))), tmp_path) == ["RESHAPE", "RESHAPE"]


def test_pixels_that_move_stay(tmp_path: Path):
    b = Builder()
    x = image(1, 4, 3, 6)
    y = b("TRANSPOSE", b.reshape(x, (4, 3, 3, 2)), np.asarray([1, 0, 2, 3], np.int32))
    y = b.reshape(y, (1, 4, 3, 6))
    assert "CONV_2D" not in same(graph_of(b, [x], y), tmp_path)
