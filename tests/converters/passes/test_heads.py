"""Projections to heads: the same numbers, nothing turned; narrow heads and results that are read whole stay as they are."""

from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.heads import project_heads
from tests.converters.harness import difference, random_array, run_graph
from tests.converters.passes.running import graph_of, image, weights


def projected(graph: Graph, folder: Path) -> list[str]:
    """The operators after the pass; the results are the same, and a second time nothing happens."""
    after = check(project_heads(graph), "projecting")
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) <= 2e-6
    assert project_heads(after) is after
    return [node.op for node in after.nodes]


def linear(b: Builder, x: Value, channels: int, seed: int = 1, bias: bool = True) -> Value:
    offset = [weights(channels, seed=seed + 1)] if bias else []
    return b("FULLY_CONNECTED", x, weights(channels, x.shape[-1], seed=seed), *offset, keep_num_dims=True)


@pytest.mark.parametrize("lead", [(1,), (3,)])
@pytest.mark.parametrize("bias", [True, False])
def test_queries_keys_and_values_of_one_projection(lead: tuple[int, ...], bias: bool, tmp_path: Path) -> None:
    b = Builder()
    x = image(*lead, 5, 16)
    y = b.reshape(linear(b, x, 3 * 2 * 32, bias=bias), (*lead, 5, 3, 2, 32))
    y = b.transpose(y, (2, 0, 3, 1, 4))
    parts = b.many("SPLIT", np.asarray(0, np.int32), y, num_splits=3)
    query, key, value = (b.reshape(part, (*lead, 2, 5, 32)) for part in parts)
    query = b("MUL", query, np.float32(0.25))
    scores = b("SOFTMAX", b("BATCH_MATMUL", query, key, adj_y=True), beta=1.0)
    after = projected(graph_of(b, [x], b("BATCH_MATMUL", scores, value)), tmp_path)
    assert after.count("BATCH_MATMUL") == 5
    assert not {"TRANSPOSE", "SPLIT", "MUL", "FULLY_CONNECTED"} & set(after)
    assert after.count("ADD") == (3 if bias else 0)


def test_keys_turned_for_the_product(tmp_path: Path) -> None:
    b = Builder()
    x, z = image(1, 5, 16), Value("z", (1, 2, 5, 32), np.dtype(np.float32))
    key = b.transpose(b.reshape(linear(b, x, 64), (1, 5, 2, 32)), (0, 2, 3, 1))
    after = projected(graph_of(b, [x, z], b("BATCH_MATMUL", z, key)), tmp_path)
    assert after == ["RESHAPE", "BATCH_MATMUL", "ADD", "TRANSPOSE", "BATCH_MATMUL"]


def test_heads_of_unequal_parts(tmp_path: Path) -> None:
    b = Builder()
    x = image(1, 5, 16)
    y = b.reshape(linear(b, x, 2 * 96), (1, 5, 2, 96))
    parts = b.many("SPLIT_V", y, np.asarray([32, 64], np.int32), np.asarray(3, np.int32), num_splits=2)
    heads = [b("ABS", b.transpose(part, (0, 2, 1, 3))) for part in parts]
    after = projected(graph_of(b, [x], *heads), tmp_path)
    assert sorted(after) == sorted(["RESHAPE", "BATCH_MATMUL", "ADD", "ABS"] * 2)


def narrow(b: Builder, x: Value) -> Value:
    return b.transpose(b.reshape(linear(b, x, 64), (1, 5, 4, 16)), (0, 2, 1, 3))


def not_turned(b: Builder, x: Value) -> Value:
    return b("ABS", b.reshape(linear(b, x, 64), (1, 5, 2, 32)))


def also_whole(b: Builder, x: Value) -> Value:
    y = linear(b, x, 64)
    heads = b.transpose(b.reshape(y, (1, 5, 2, 32)), (0, 2, 1, 3))
    return b("ADD", b.reshape(heads, (1, 5, 64)), b("ABS", y))


def rows_cut(b: Builder, x: Value) -> Value:
    y = b.reshape(linear(b, x, 64), (1, 10, 1, 32))
    return b("ABS", b.transpose(y, (0, 2, 1, 3)))


@pytest.mark.parametrize("build", [narrow, not_turned, also_whole, rows_cut])
def test_what_stays(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    b = Builder()
    x = image(1, 5, 16)
    graph = graph_of(b, [x], build(b, x))
    assert projected(graph, tmp_path) == [node.op for node in graph.nodes]
