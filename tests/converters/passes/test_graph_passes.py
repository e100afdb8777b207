"""Passes over the whole graph: groups normalised without flattening, softmax of pairs, concatenations that grow."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.nest import nest_concatenations
from converters.passes.pairs import logistic_for_pairs
from converters.passes.regroup import apart, keep_axes_apart
from tests.converters.harness import difference, random_array, run_graph
from tests.converters.passes.running import graph_of, image, weights


def passed(run: Callable[[Graph], Graph], graph: Graph, folder: Path) -> Graph:
    """The graph after the pass: the same results in LiteRT, and a second time nothing changes."""
    after = check(run(graph), "the pass")
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) <= 2e-6
    again = run(after)
    assert [(n.op, n.inputs) for n in again.nodes] == [(n.op, n.inputs) for n in after.nodes]
    return after


def normalised(b: Builder, x: Value, axis: int) -> Value:
    axes = np.asarray([axis], np.int32)
    centred = b("SUB", x, b("MEAN", x, axes, keep_dims=True))
    variance = b("MEAN", b("SQUARE", centred), axes, keep_dims=True)
    return b("MUL", centred, b("RSQRT", b("ADD", variance, np.float32(1e-5))))


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ((1, 8, 4, 6), (1, 1, 192), [[1], [], [8, 4, 6]]),
        ((2, 8, 4, 6), (2, 2, 96), [[2], [2], [4, 4, 6]]),
        ((2, 8, 4, 6), (2, 8, 24), [[2], [8], [4, 6]]),
        ((2, 8, 4, 6), (2, 4, 2, 4, 6), None),
        ((2, 6, 5), (2, 5, 6), None),
        ((2, 3, 4, 5, 6), (2, 3, 4, 5, 6), None),
    ],
)
def test_sizes_are_dealt_out(before, after, parts):
    found = apart(before, after)
    assert (found is None) == (parts is None)
    if found is not None:
        assert [np.prod(p) for p in found] == [np.prod(p) for p in parts]
        assert max(map(len, found)) == max(map(len, parts))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_group_norm_keeps_the_image(groups: int, tmp_path: Path):
    b = Builder()
    x = image(2, 8, 4, 6)
    flat = b.reshape(x, (2, groups, 192 // groups))
    scaled = b("MUL", normalised(b, flat, 2), weights(groups, 1))
    graph = graph_of(b, [x], b("NEG", b.reshape(scaled, x.shape)))
    after = passed(keep_axes_apart, graph, tmp_path)
    assert all(value.rank >= 4 for node in after.nodes for value in node.outputs)


def test_a_flattening_that_others_read_stays(tmp_path: Path):
    b = Builder()
    x = image(2, 8, 4, 6)
    flat = b.reshape(x, (2, 2, 96))
    graph = graph_of(b, [x], b.reshape(normalised(b, flat, 2), x.shape), b("SOFTMAX", flat))
    after = passed(keep_axes_apart, graph, tmp_path)
    assert [node.output.shape for node in after.nodes] == [node.output.shape for node in graph.nodes]


def test_a_second_operand_from_elsewhere_is_left_alone(tmp_path: Path):
    b = Builder()
    x, y = image(2, 8, 4, 6), Value("y", (2, 2, 96), np.dtype(np.float32))
    flat = b("ADD", b.reshape(x, (2, 2, 96)), y)
    graph = graph_of(b, [x, y], b.reshape(normalised(b, flat, 2), x.shape))
    after = passed(keep_axes_apart, graph, tmp_path)
    assert [node.output.shape for node in after.nodes] == [node.output.shape for node in graph.nodes]


def gate(
    b: Builder, x: Value, *, beta: float = 1.0, activation: str = "NONE", bias_shape=(1, 12, 1, 1)
) -> Value:
    """A softmax over two halves of a convolution's channels, as split attention has it."""
    y = b("CONV_2D", x, weights(12, 1, 1, 8), weights(12), fused_activation_function=activation)
    y = b("ADD", b.transpose(y, (0, 3, 1, 2)), weights(*bias_shape, seed=3))
    halves = b.reshape(y, (1, 2, 6, *y.shape[2:]))
    return b.transpose(b("SOFTMAX", b.transpose(halves, (0, 2, 3, 4, 1)), beta=beta), (0, 4, 1, 2, 3))


def test_softmax_of_two_halves_is_a_logistic(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 8)
    after = passed(logistic_for_pairs, graph_of(b, [x], gate(b, x)), tmp_path)
    assert [node.op for node in after.nodes if node.op in ("SOFTMAX", "LOGISTIC")] == ["LOGISTIC"]


@pytest.mark.parametrize("changed", [{"beta": 2.0}, {"activation": "RELU"}])
def test_softmax_that_is_no_difference_stays(changed, tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 8)
    after = passed(logistic_for_pairs, graph_of(b, [x], gate(b, x, **changed)), tmp_path)
    assert "LOGISTIC" not in [node.op for node in after.nodes]


def test_softmax_of_two_positions_stays(tmp_path: Path):
    b = Builder()
    x = image(1, 1, 2, 8)
    y = b("CONV_2D", x, weights(12, 1, 1, 8), weights(12))
    graph = graph_of(b, [x], b("SOFTMAX", b.transpose(y, (0, 1, 3, 2))))
    assert [node.op for node in passed(logistic_for_pairs, graph, tmp_path).nodes][-1] == "SOFTMAX"


def test_logits_that_others_read_stay(tmp_path: Path):
    b = Builder()
    x = image(4, 8)
    y = b("FULLY_CONNECTED", x, weights(2, 8), weights(2))
    graph = graph_of(b, [x], b("SOFTMAX", y), b("NEG", y))
    assert "SOFTMAX" in [node.op for node in passed(logistic_for_pairs, graph, tmp_path).nodes]


def test_fully_connected_pair(tmp_path: Path):
    b = Builder()
    x = image(4, 8)
    graph = graph_of(b, [x], b("SOFTMAX", b("FULLY_CONNECTED", x, weights(2, 8), weights(2))))
    assert [n.op for n in passed(logistic_for_pairs, graph, tmp_path).nodes] == [
        "FULLY_CONNECTED",
        "LOGISTIC",
    ]


def test_concatenations_grow_from_the_one_before(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4, 2)
    parts, outputs = [x], []
    for _ in range(5):
        joined = b("CONCATENATION", *parts, axis=3) if len(parts) > 1 else x
        outputs.append(b("NEG", joined))
        parts.append(b("CONV_2D", joined, weights(2, 1, 1, joined.shape[-1]), weights(2)))
    after = passed(nest_concatenations, graph_of(b, [x], *outputs), tmp_path)
    assert [len(n.inputs) for n in after.nodes if n.op == "CONCATENATION"] == [2, 2, 2, 2]


def test_concatenations_along_other_axes_or_orders_do_not(tmp_path: Path):
    b = Builder()
    x = image(1, 4, 4, 4)
    y, z = b("NEG", x), b("ABS", x)
    graph = graph_of(
        b,
        [x],
        b("CONCATENATION", x, y, axis=3),
        b("CONCATENATION", x, y, z, axis=2),
        b("CONCATENATION", y, x, z, axis=3),
    )
    after = passed(nest_concatenations, graph, tmp_path)
    assert [len(n.inputs) for n in after.nodes if n.op == "CONCATENATION"] == [2, 3, 3]
