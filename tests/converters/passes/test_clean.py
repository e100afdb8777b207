"""Cleaning: reshapes, reductions, flattens, concatenations, constants, work done twice."""

from pathlib import Path

import numpy as np
import pytest

from converters.graph import Value
from converters.ops.builder import Builder
from converters.passes import clean
from converters.passes.channels import gather_into_weights
from converters.passes.pipeline import prepare, tidy
from tests.converters.passes.running import graph_of, image, reasons, rewritten, weights


def i32(*numbers: int) -> np.ndarray:
    return np.asarray(numbers, np.int32)


def test_reshapes_that_meet_are_one(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4)
    y = b.reshape(b.reshape(b.reshape(x, (6, 4)), (24,)), (4, 6))
    assert rewritten(graph_of(b, [x], y), (clean.merge_reshapes,), tmp_path)[0] == ["RESHAPE"]


def test_reshapes_back_and_forth_are_nothing(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4)
    y = b("NEG", b.reshape(b.reshape(x, (6, 4)), (2, 3, 4)))
    assert rewritten(graph_of(b, [x], y), (clean.merge_reshapes,), tmp_path)[0] == ["NEG"]


def test_a_reshape_read_twice_is_merged_for_each(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4)
    middle = b.reshape(x, (6, 4))
    graph = graph_of(b, [x], b("NEG", middle), b.reshape(middle, (24,)))
    assert rewritten(graph, (clean.merge_reshapes,), tmp_path)[0] == ["RESHAPE", "NEG", "RESHAPE"]


@pytest.mark.parametrize("op", ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"])
def test_kept_axes_that_go_are_not_kept(op: str, tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4, 5)
    y = b.reshape(b(op, x, i32(1, 2), keep_dims=True), (2, 5))
    assert rewritten(graph_of(b, [x], y), (clean.reshape_of_reduction,), tmp_path)[0] == [op]


def test_kept_axes_that_something_else_reads_stay(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4, 5)
    mean = b("MEAN", x, i32(1, 2), keep_dims=True)
    graph = graph_of(b, [x], b.reshape(mean, (2, 5)), b("SUB", x, mean))
    left, notes = rewritten(graph, (clean.reshape_of_reduction,), tmp_path)
    assert left == ["MEAN", "RESHAPE", "SUB"]
    assert "read elsewhere" in reasons(notes, "reshape_of_mean")[0]
    b = Builder()
    graph = graph_of(b, [x], b.reshape(b("MEAN", x, i32(1, 2), keep_dims=True), (10,)))
    assert rewritten(graph, (clean.reshape_of_reduction,), tmp_path)[0] == ["MEAN", "RESHAPE"]


def test_a_flatten_before_a_layer_goes(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4, 5)
    y = b("FULLY_CONNECTED", b.reshape(x, (2, 60)), weights(7, 60), weights(7))
    rules = (clean.flatten_into_fully_connected,)
    assert rewritten(graph_of(b, [x], y), rules, tmp_path)[0] == ["FULLY_CONNECTED"]
    b = Builder()
    y = b("FULLY_CONNECTED", b.reshape(x, (6, 20)), weights(7, 20), weights(7))
    left, notes = rewritten(graph_of(b, [x], y), rules, tmp_path)
    assert left == ["RESHAPE", "FULLY_CONNECTED"]
    assert reasons(notes, "flatten_into_fully_connected") == [
        "it is not a flattening that leaves the batch alone"
    ]


def test_concatenations_along_one_axis_are_one(tmp_path: Path):
    b = Builder()
    x, y = image(2, 3), image(2, 3)
    inner = b("CONCATENATION", x, y, axis=1)
    z = b("CONCATENATION", y, inner, x, axis=1)
    assert rewritten(graph_of(b, [x, y], z), (clean.merge_concatenations,), tmp_path)[0] == ["CONCATENATION"]


def test_concatenations_along_two_axes_stay(tmp_path: Path):
    b = Builder()
    x = image(2, 3)
    z = b("CONCATENATION", b("CONCATENATION", x, x, axis=0), b("CONCATENATION", x, x, axis=0), axis=1)
    assert len(rewritten(graph_of(b, [x], z), (clean.merge_concatenations,), tmp_path)[0]) == 3


def test_constants_lose_leading_unit_axes_and_keep_the_result(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4, 5)
    y = b("ADD", x, weights(1, 1, 1, 5))
    y = b("MUL", y, weights(1, 1, 4, 1))
    y = b("PRELU", y, weights(1, 1, 1, 5))
    y = b("DIV", y, np.full((1, 1, 1, 1), 2, np.float32))
    graph = graph_of(b, [x], y)
    assert rewritten(graph, (clean.shrink_constant,), tmp_path)[0] == ["ADD", "MUL", "PRELU", "DIV"]
    after = tidy(graph)
    assert [node.input(1).shape for node in after.nodes] == [(5,), (4, 1), (1, 1, 5), ()]


def test_a_constant_of_a_higher_rank_keeps_it(tmp_path: Path):
    """Shrinking must not change the result's rank."""
    b = Builder()
    x = image(3, 4)
    graph = graph_of(b, [x], b("ADD", x, weights(1, 1, 1, 4)))
    assert rewritten(graph, (clean.shrink_constant,), tmp_path)[0] == ["ADD"]


def test_work_is_done_once():
    b = Builder()
    x = image(2, 3)
    pair = [b("EXP", b("MUL", x, weights(3))) for _ in range(2)]
    other = b("EXP", b("MUL", x, weights(3, seed=2)))
    graph = clean.share_work(graph_of(b, [x], b("ADD", b("ADD", *pair), other)))
    assert [node.op for node in graph.nodes].count("EXP") == 2


def test_outputs_keep_their_own_operators():
    b = Builder()
    x = image(2, 3)
    graph = clean.share_work(graph_of(b, [x], b("EXP", x), b("EXP", x)))
    assert len(set(graph.outputs)) == 2
    assert len(graph.nodes) == 2


def test_different_options_are_different_work():
    b = Builder()
    x = image(2, 3)
    y = b("ADD", b("LEAKY_RELU", x, alpha=0.1), b("LEAKY_RELU", x, alpha=0.2))
    assert len(clean.share_work(graph_of(b, [x], y)).nodes) == 3


@pytest.mark.parametrize("op", ["CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"])
def test_a_choice_of_channels_goes_into_the_weights(op: str, tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    if op == "CONV_2D":
        y = b(op, x, weights(4, 3, 3, 2), weights(4))
    elif op == "FULLY_CONNECTED":
        y = b(op, x, weights(4, 2), weights(4), keep_num_dims=True)
    else:
        y = b(op, i32(1, 12, 12, 4), weights(4, 2, 2, 2), x, weights(4), stride_h=2, stride_w=2)
    y = b("GATHER", y, i32(3, 0, 2, 1), axis=3)
    assert rewritten(graph_of(b, [x], y), (gather_into_weights,), tmp_path)[0] == [op]


def test_a_choice_of_columns_is_no_choice_of_channels(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("GATHER", b("CONV_2D", x, weights(4, 3, 3, 2), weights(4)), i32(3, 0, 2, 1), axis=2)
    left, notes = rewritten(graph_of(b, [x], y), (gather_into_weights,), tmp_path)
    assert left == ["CONV_2D", "GATHER"]
    assert reasons(notes, "gather_into_weights")


def test_what_no_output_needs_is_gone():
    b = Builder()
    x, unused = image(2, 3), Value("unused", (4,), np.dtype(np.float32))
    kept = b("NEG", x)
    b("EXP", b("ABS", x))
    graph = prepare(graph_of(b, [x, unused], kept))
    assert [node.op for node in graph.nodes] == ["NEG"]
    assert graph.inputs == (x, unused)  # the interface stays


@pytest.mark.parametrize(
    ("before", "after", "axes", "kept"),
    [((1, 1, 6, 4), (1, 6, 4), [1], True), ((2, 1, 6, 1), (2, 6), [-1], True), ((1, 6, 4), (6, 4), [0, 1], True),
     ((1, 6, 4), (3, 8), [0], False)],
)  # fmt: skip
def test_reducing_what_dropped_unit_axes(
    before: tuple[int, ...], after: tuple[int, ...], axes: list[int], kept: bool, tmp_path: Path
):
    b = Builder()
    x = image(*before)
    y = b("MEAN", b.reshape(x, after), np.asarray(axes, np.int32), keep_dims=False)
    left, _ = rewritten(graph_of(b, [x], y), (clean.reduction_of_reshape,), tmp_path)
    assert left == (["MEAN"] if kept else ["RESHAPE", "MEAN"])


def test_of_two_constants_one_keeps_its_rank(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 4)
    both = b("ADD", weights(1, 3, 4), weights(1, 3, 1))
    rest = b("SLICE", both, np.zeros(3, np.int32), np.asarray([1, 3, 4], np.int32))
    graph = graph_of(b, [x], b("MUL", x, rest))
    assert rewritten(graph, (clean.shrink_constant,), tmp_path)[0] == ["ADD", "SLICE", "MUL"]
