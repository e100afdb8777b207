"""Slices that find their part in a concatenation, and slices that together are a split."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.ops import Builder
from converters.passes.pipeline import tidy
from tests.converters.harness import difference, random_array, run_graph

FLOAT = np.dtype(np.float32)


def ints(*values: int) -> Any:
    return np.asarray(values, np.int32)


def assert_same_results(graph: Graph, tidied: Graph, folder: Path) -> None:
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(tidied, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) == 0


def two_parts() -> tuple[Builder, Value, Value, Value]:
    b = Builder()
    x, y = Value("x", (1, 6, 3), FLOAT), Value("y", (1, 6, 5), FLOAT)
    return b, x, y, b("CONCATENATION", b("NEG", x), b("ABS", y), axis=2)


@pytest.mark.parametrize(
    ("begin", "size", "ops"),
    [
        ((0, 0, 0), (1, 6, 3), ["NEG"]),
        ((0, 0, 3), (1, 6, 5), ["ABS"]),
        ((0, 2, 4), (1, 3, 2), ["ABS", "SLICE"]),
        ((0, 0, 2), (1, 6, 3), ["NEG", "ABS", "CONCATENATION", "SLICE"]),
    ],
)
def test_slice_of_concatenation(
    begin: tuple[int, ...], size: tuple[int, ...], ops: list[str], tmp_path: Path
) -> None:
    b, x, y, joined = two_parts()
    graph = Graph("g", (x, y), (b("SLICE", joined, ints(*begin), ints(*size)),), b.nodes)
    tidied = tidy(graph)
    assert [node.op for node in tidied.nodes] == ops
    assert_same_results(graph, tidied, tmp_path)


@pytest.mark.parametrize(
    ("starts", "size", "ops"),
    [
        ((0, 3), 3, ["SPLIT"]),
        ((3, 0), 3, ["SPLIT"]),
        ((0, 2, 4), 2, ["SPLIT"]),
        ((0, 2), 2, ["SLICE", "SLICE"]),
        ((0, 2), 4, ["SLICE", "SLICE"]),
    ],
)
def test_slices_that_are_a_split(starts: tuple[int, ...], size: int, ops: list[str], tmp_path: Path) -> None:
    b, x = Builder(), Value("x", (1, 6, 3), FLOAT)
    parts = tuple(b("SLICE", x, ints(0, start, 0), ints(1, size, 3)) for start in starts)
    graph = Graph("g", (x,), parts, b.nodes)
    tidied = tidy(graph)
    assert [node.op for node in tidied.nodes] == ops
    assert_same_results(graph, tidied, tmp_path)
