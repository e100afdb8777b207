"""Biases of keys and values: gone where softmax does not see them or a layer absorbs them, kept where something else would change."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.attention import without_biases
from tests.converters.harness import difference, random_array, run_graph
from tests.converters.passes.running import graph_of, weights

F32 = np.dtype(np.float32)


def freed(graph: Graph, folder: Path) -> list[str]:
    """The operators after the pass; the results are the same, and a second time nothing happens."""
    after = check(without_biases(graph), "freeing")
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) <= 5e-6
    assert without_biases(after) is after
    return [node.op for node in after.nodes]


def inputs() -> tuple[Value, Value, Value]:
    query, key, value = (Value(name, (2, 3, 5, 4), F32) for name in "qkv")
    return query, key, value


def attention(b: Builder, query: Value, key: Value, value: Value, turned: bool = False) -> Value:
    """The mixed values, as rows of all heads."""
    scores = (
        b("BATCH_MATMUL", query, b.transpose(key, (0, 1, 3, 2)))
        if turned
        else b("BATCH_MATMUL", query, key, adj_y=True)
    )
    scores = b("ADD", b("MUL", scores, np.float32(0.5)), weights(5, 5, seed=7))
    mixed = b("BATCH_MATMUL", b("SOFTMAX", scores, beta=1.0), value)
    return b.reshape(b.transpose(mixed, (0, 2, 1, 3)), (2, 5, 12))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("bias", [True, False])
def test_keys_and_values_lose_theirs(turned: bool, bias: bool, tmp_path: Path) -> None:
    b = Builder()
    query, key, value = inputs()
    rows = attention(
        b, query, b("ADD", key, weights(1, 3, 1, 4)), b("ADD", weights(3, 1, 4, seed=2), value), turned
    )
    offset = [weights(6)] if bias else []
    y = b("FULLY_CONNECTED", rows, weights(6, 12), *offset, keep_num_dims=True)
    after = freed(graph_of(b, [query, key, value], y), tmp_path)
    assert after.count("ADD") == 1  # the mask
    assert after[-1] == "FULLY_CONNECTED"


def query_bias(b: Builder, query: Value, key: Value, value: Value) -> Value:
    return attention(b, b("ADD", query, weights(3, 1, 4)), key, value)


def bias_of_each_row(b: Builder, query: Value, key: Value, value: Value) -> Value:
    return attention(b, query, b("ADD", key, weights(5, 4)), b("ADD", value, weights(5, 4)))


def values_that_no_layer_reads(b: Builder, query: Value, key: Value, value: Value) -> Value:
    return attention(b, query, key, b("ADD", value, weights(3, 1, 4)))


def scores_without_softmax(b: Builder, query: Value, key: Value, value: Value) -> Value:
    return b("BATCH_MATMUL", query, b("ADD", key, weights(3, 1, 4)), adj_y=True)


def clipped_keys(b: Builder, query: Value, key: Value, value: Value) -> Value:
    biased = b("ADD", key, weights(3, 1, 4), fused_activation_function="RELU")
    return attention(b, query, biased, value)


def scores_read_twice(b: Builder, query: Value, key: Value, value: Value) -> Value:
    scores = b("BATCH_MATMUL", query, b("ADD", key, weights(3, 1, 4)), adj_y=True)
    return b("ADD", b("SOFTMAX", scores, beta=1.0), scores)


@pytest.mark.parametrize(
    "build",
    [query_bias, bias_of_each_row, values_that_no_layer_reads, scores_without_softmax, clipped_keys, scores_read_twice],
)  # fmt: skip
def test_what_stays(build: Callable[[Builder, Value, Value, Value], Value], tmp_path: Path) -> None:
    b = Builder()
    given = inputs()
    y = build(b, *given)
    used = {value for node in b.nodes for value in node.inputs}
    graph = graph_of(b, [value for value in given if value in used], y)
    assert freed(graph, tmp_path) == [node.op for node in graph.nodes]
