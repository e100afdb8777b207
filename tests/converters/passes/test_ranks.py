"""Operators on seven and eight axes run in LiteRT, with XNNPACK and without, and answer what numpy does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.ranks import few_axes
from tests.converters.harness import difference, run_graph

SHAPE = (2, 3, 2, 3, 2, 3, 2, 2)
Built = Callable[[Builder, Value], Value]
MATRIX = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)
PADS = np.asarray([(1, 0), (0, 0), (0, 2), (0, 0), (0, 0), (1, 1), (0, 0), (0, 0)], np.int32)


def axes(*numbers: int) -> Any:
    return np.asarray(numbers, np.int32)


def softmax(x: Any) -> Any:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


CASES: dict[str, tuple[Built, Callable[[Any], Any]]] = {
    "softmax": (lambda b, x: b("SOFTMAX", x), softmax),
    "rows": (lambda b, x: b("FULLY_CONNECTED", x, MATRIX, keep_num_dims=True), lambda x: x @ MATRIX.T),
    "join": (lambda b, x: b("CONCATENATION", x, x, axis=-3), lambda x: np.concatenate([x, x], -3)),
    "split": (
        lambda b, x: b("ADD", *b.many("SPLIT", np.int32(2), x, num_splits=2)),
        lambda x: np.add(*np.split(x, 2, 2)),
    ),
    "split_v": (
        lambda b, x: b.many("SPLIT_V", x, axes(1, 2), np.int32(-3), num_splits=2)[1],
        lambda x: x[..., 1:, :, :],
    ),
    "sum": (lambda b, x: b("SUM", x, axes(1, 2, 5), keep_dims=False), lambda x: x.sum((1, 2, 5))),
    "mean": (
        lambda b, x: b("MEAN", x, axes(-1, 3), keep_dims=True),
        lambda x: x.mean((3, 7), keepdims=True),
    ),
    "alternating": (
        lambda b, x: b("REDUCE_MAX", x, axes(0, 2, 4, 6), keep_dims=False),
        lambda x: x.max((0, 2, 4, 6)),
    ),
    "alternating_mean": (
        lambda b, x: b("MEAN", x, axes(0, 2, 4, 6), keep_dims=False),
        lambda x: x.mean((0, 2, 4, 6)),
    ),
    "pad": (lambda b, x: b("PAD", x, PADS), lambda x: np.pad(x, PADS)),
    "pad_with": (
        lambda b, x: b("PADV2", x, PADS, np.float32(3)),
        lambda x: np.pad(x, PADS, constant_values=3),
    ),
    "product": (
        lambda b, x: b("BATCH_MATMUL", x, x, adj_y=True),
        lambda x: x @ x.swapaxes(-1, -2),
    ),
    "product_with_one_matrix": (
        lambda b, x: b("BATCH_MATMUL", MATRIX.reshape((1,) * 6 + MATRIX.shape), x),
        lambda x: MATRIX @ x,
    ),
    "product_with_some": (
        lambda b, x: b("BATCH_MATMUL", x, b("SUM", x, axes(2, 3), keep_dims=True), adj_x=True),
        lambda x: x.swapaxes(-1, -2) @ x.sum((2, 3), keepdims=True),
    ),
    "product_of_alternating": (
        lambda b, x: b(
            "BATCH_MATMUL", b("SUM", x, axes(1, 3), keep_dims=True), b("SUM", x, axes(2, 4), keep_dims=True)
        ),
        lambda x: x.sum((1, 3), keepdims=True) @ x.sum((2, 4), keepdims=True),
    ),
}


@pytest.mark.parametrize("delegate", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_many_axes(name: str, delegate: bool, tmp_path: Path) -> None:
    build, numpys = CASES[name]
    builder, x = Builder(), Value("x", SHAPE, np.dtype(np.float32))
    graph = Graph("g", (x,), (build(builder, x),), builder.nodes)
    after = check(few_axes(graph), "few axes")
    given = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    found = run_graph(after, [given], tmp_path, delegate)[0]
    assert difference(name, found, numpys(given)) <= 2e-6
    assert few_axes(after) is after


def test_few_axes_stay() -> None:
    builder, x = Builder(), Value("x", SHAPE[:5], np.dtype(np.float32))
    graph = Graph("g", (x,), (builder("SOFTMAX", x),), builder.nodes)
    assert few_axes(graph) is graph
