"""The Edge TPU's forms compute the same, and are the ones that its compiler maps."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Node, Value
from converters.ops.builder import Builder
from converters.passes.edgetpu import for_edgetpu
from tests.converters.harness import difference, random_array, run_graph
from tests.converters.passes.running import graph_of, image, weights

Case = tuple[str, Value, Callable[[Builder, Value], Value], list[str]]


def ints(*numbers: int) -> np.ndarray:
    return np.asarray(numbers, np.int32)


def conv(b: Builder, x: Value, groups: int, out: int, **options: object) -> Value:
    return b("CONV_2D", x, weights(out, 3, 3, x.shape[3] // groups), weights(out, seed=2), **options)


CASES: list[Case] = [
    ("leaky", image(2, 5), lambda b, x: b("LEAKY_RELU", x, alpha=0.1), ["MUL", "MAXIMUM"]),
    ("steep leaky", image(2, 5), lambda b, x: b("LEAKY_RELU", x, alpha=1.5), ["MUL", "MINIMUM"]),
    ("relu in disguise", image(2, 5), lambda b, x: b("LEAKY_RELU", x, alpha=0.0), ["RELU"]),
    ("hard swish", image(2, 50), lambda b, x: b("HARD_SWISH", x), ["ADD", "MUL", "MUL"]),
    (
        "prelu a pixel",
        image(1, 3, 3, 2),
        lambda b, x: b("PRELU", x, weights(3, 3, 2)),
        ["RELU", "MINIMUM", "MUL", "ADD"],
    ),
    ("prelu a channel", image(1, 3, 3, 2), lambda b, x: b("PRELU", x, weights(1, 1, 2)), ["PRELU"]),
    ("clamp", image(2, 9), lambda b, x: b("RELU_0_TO_1", x), ["RELU", "MINIMUM"]),
    ("abs", image(2, 9), lambda b, x: b("ABS", x), ["MUL", "MAXIMUM"]),
    ("neg", image(2, 9), lambda b, x: b("NEG", x), ["MUL"]),
    ("square", image(2, 9), lambda b, x: b("SQUARE", x), ["MUL"]),
    (
        "division",
        image(2, 9),
        lambda b, x: b("DIV", x, np.float32(3), fused_activation_function="RELU"),
        ["MUL", "RELU"],
    ),
    (
        "pool",
        image(1, 4, 4, 2),
        lambda b, x: b("MAX_POOL_2D", x, filter_height=2, filter_width=2, fused_activation_function="RELU"),
        ["MAX_POOL_2D", "RELU"],
    ),
    ("mean of depth", image(1, 4, 4, 6), lambda b, x: b("MEAN", x, ints(3), keep_dims=True), ["CONV_2D"]),
    ("mean of depth 4", image(1, 4, 4, 8), lambda b, x: b("MEAN", x, ints(3), keep_dims=True), ["MEAN"]),
    (
        "zeros beside",
        image(1, 2, 2, 3),
        lambda b, x: b("CONCATENATION", np.zeros((1, 2, 2, 1), np.float32), x, axis=3),
        ["PAD"],
    ),
    (
        "ones beside",
        image(1, 2, 2, 3),
        lambda b, x: b("CONCATENATION", np.ones((1, 2, 2, 1), np.float32), x, axis=3),
        ["CONCATENATION"],
    ),
    (
        "pad by zeros",
        image(1, 2, 2, 3),
        lambda b, x: b("PADV2", x, ints(0, 0, 1, 2, 0, 1, 0, 0).reshape(4, 2), np.float32(0)),
        ["PAD"],
    ),
    (
        "mirror",
        image(1, 4, 3, 2),
        lambda b, x: b("MIRROR_PAD", x, ints(0, 0, 2, 1, 1, 0, 0, 0).reshape(4, 2)),
        ["SLICE", "SLICE", "SLICE", "CONCATENATION", "SLICE", "CONCATENATION"],
    ),
    (
        "mirror with the edge",
        image(1, 4, 3, 2),
        lambda b, x: b("MIRROR_PAD", x, ints(0, 0, 2, 0, 0, 0, 0, 0).reshape(4, 2), mode="SYMMETRIC"),
        ["SLICE", "SLICE", "CONCATENATION"],
    ),
    (
        "every other pixel",
        image(1, 7, 6, 2),
        lambda b, x: b("STRIDED_SLICE", x, ints(0, 1, 0, 0), ints(1, 7, 6, 2), ints(1, 2, 3, 1)),
        ["SLICE", "MAX_POOL_2D"],
    ),
    (
        "every other pixel from the first",
        image(1, 7, 6, 2),
        lambda b, x: b("STRIDED_SLICE", x, ints(0, 0, 0, 0), ints(1, 7, 6, 2), ints(1, 2, 2, 1)),
        ["MAX_POOL_2D"],
    ),
    (
        "neighbours",
        image(1, 7, 3),
        lambda b, x: b("GATHER", x, ints(2, 3, 4), axis=1),
        ["SLICE"],
    ),
    (
        "two runs",
        image(1, 7, 3),
        lambda b, x: b("GATHER", x, ints(5, 6, 0), axis=1),
        ["SLICE", "SLICE", "CONCATENATION"],
    ),
    ("one row", image(1, 7, 3), lambda b, x: b("GATHER", x, np.int32(6), axis=1), ["SLICE", "RESHAPE"]),
    (
        "pixel shuffle",
        image(1, 3, 2, 12),
        lambda b, x: b("DEPTH_TO_SPACE", x, block_size=2),
        ["TRANSPOSE_CONV"],
    ),
    (
        "one pixel",
        image(1, 1, 1, 3),
        lambda b, x: b("RESIZE_BILINEAR", x, ints(4, 5), align_corners=True),
        ["TILE"],
    ),
    (
        "two groups",
        image(1, 5, 5, 4),
        lambda b, x: conv(b, x, 2, 6, padding="SAME", stride_h=2),
        ["SPLIT", "CONV_2D", "CONV_2D", "CONCATENATION"],
    ),
    (
        "a group a channel",
        image(1, 5, 5, 4),
        lambda b, x: conv(b, x, 4, 8, fused_activation_function="RELU6"),
        ["DEPTHWISE_CONV_2D"],
    ),
    ("one group", image(1, 5, 5, 4), lambda b, x: conv(b, x, 1, 8), ["CONV_2D"]),
    (
        "rows",
        image(1, 7, 4),
        lambda b, x: b("FULLY_CONNECTED", x, weights(3, 4), weights(3), keep_num_dims=True),
        ["RESHAPE", "CONV_2D", "RESHAPE"],
    ),
    (
        "one row of results",
        image(1, 4),
        lambda b, x: b("FULLY_CONNECTED", x, weights(3, 4)),
        ["FULLY_CONNECTED"],
    ),
    (
        "transposed convolution",
        image(1, 3, 3, 2),
        lambda b, x: b(
            "TRANSPOSE_CONV",
            ints(1, 6, 6, 4),
            weights(4, 2, 2, 2),
            x,
            weights(4),
            stride_h=2,
            stride_w=2,
            fused_activation_function="RELU",
        ),
        ["TRANSPOSE_CONV", "RELU"],
    ),
]


def same(graph: Graph, folder: Path, tolerance: float) -> list[str]:
    after = for_edgetpu(graph)
    rng = np.random.default_rng(0)
    given = [3 * random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) <= tolerance
    assert [v.name for v in after.outputs] == [v.name for v in graph.outputs]
    return [node.op for node in after.nodes]


@pytest.mark.parametrize(("x", "build", "ops"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_forms(x: Value, build: Callable[[Builder, Value], Value], ops: list[str], tmp_path: Path):
    b = Builder()
    assert same(graph_of(b, [x], build(b, x)), tmp_path, 2e-6) == ops


@pytest.mark.parametrize("approximate", [True, False])
def test_gelu_is_approximated(approximate: bool, tmp_path: Path):
    """The tanh form differs from the error function's by 4.8e-4 at most; over a range of 9 that is far below a step of int8."""
    b = Builder()
    x = image(4, 500)
    ops = same(
        graph_of(b, [x], b("GELU", x, approximate=approximate)), tmp_path, 2e-6 if approximate else 1e-4
    )
    assert set(ops) == {"MUL", "ADD", "TANH"}


def test_a_mean_over_a_large_image_goes_in_two_steps(tmp_path: Path):
    """Summing 32,768 numbers at once in float32 is itself off by some 1e-6."""
    b = Builder()
    x = image(1, 256, 128, 2)
    y = b("MEAN", b("ADD", x, np.float32(2)), ints(1, 2))
    assert same(graph_of(b, [x], y), tmp_path, 1e-5) == ["ADD", "AVERAGE_POOL_2D", "MEAN"]


def test_several_results(tmp_path: Path):
    b = Builder()
    x = image(1, 7, 3)
    parts = b.many("SPLIT_V", x, ints(2, 1, 4), np.asarray(1, np.int32), num_splits=3)
    assert same(graph_of(b, [x], *parts), tmp_path, 0) == ["SLICE"] * 3


def test_open_shapes_are_refused():
    x = Value("pixels", (-1, 4), np.dtype(np.float32))
    y = Value("y", (-1, 4), np.dtype(np.float32))
    with pytest.raises(ValueError, match=r"shape \[-1, 4\] of `pixels` is only known at run time"):
        for_edgetpu(Graph("open", (x,), (y,), [Node("RELU", (x,), (y,))]))
