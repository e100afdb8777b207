"""Fusing: biases, scales and activations go where they belong, and say why where they do not."""

from pathlib import Path

import numpy as np
import pytest

from converters.graph import Value
from converters.ops.builder import Builder
from converters.passes.fuse import fold_bias, fold_scale, fuse_activation
from tests.converters.passes.running import graph_of, image, reasons, rewritten, weights

RULES = (fold_scale, fold_bias, fuse_activation)


def linear(b: Builder, op: str, x: Value, bias: bool = True) -> Value:
    """An operator with 4 output channels."""
    offset = [weights(4)] if bias else []
    if op == "CONV_2D":
        return b(op, x, weights(4, 3, 3, x.shape[3]), *offset)
    if op == "DEPTHWISE_CONV_2D":
        return b(op, x, weights(1, 3, 3, 4), *offset, depth_multiplier=4 // x.shape[3])
    if op == "TRANSPOSE_CONV":
        size = np.asarray([1, 12, 12, 4], np.int32)
        return b(op, size, weights(4, 2, 2, x.shape[3]), x, *offset, stride_h=2, stride_w=2)
    return b(op, x, weights(4, x.shape[-1]), *offset, keep_num_dims=True)


LINEAR = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED")


@pytest.mark.parametrize(
    ("op", "bias"), [*((op, True) for op in LINEAR), ("TRANSPOSE_CONV", False), ("FULLY_CONNECTED", False)]
)
def test_scale_bias_and_activation_disappear(op: str, bias: bool, tmp_path: Path):
    """LiteRT has no CONV_2D or DEPTHWISE_CONV_2D without a bias: the second crashes its interpreter."""
    b = Builder()
    x = image(1, 6, 6, 2)
    y = linear(b, op, x, bias)
    y = b("MUL", y, weights(1, 1, 1, 4, seed=5))
    y = b("ADD", y, weights(4, seed=6))
    y = b("SUB", y, np.float32(0.25))
    y = b("RELU6", b("MUL", np.float32(2), y))
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == [op]


@pytest.mark.parametrize("activation", ["RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize("op", [*LINEAR, "ADD", "MUL", "SUB", "DIV", "MAX_POOL_2D", "AVERAGE_POOL_2D"])
def test_activation(op: str, activation: str, tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    if op in LINEAR:
        y = linear(b, op, x)
    elif op.endswith("POOL_2D"):
        y = b(op, x, filter_height=2, filter_width=2)
    else:
        y = b(op, x, np.float32(0.7))
    assert rewritten(graph_of(b, [x], b(activation, y)), RULES, tmp_path)[0] == [op]


def test_a_constant_minus_a_convolution_is_not_a_bias(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("SUB", weights(4), linear(b, "CONV_2D", x))
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == ["CONV_2D", "SUB"]


def test_a_second_reader_keeps_the_result(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = linear(b, "CONV_2D", x)
    graph = graph_of(b, [x], b("RELU", y), b("MUL", y, weights(4)), b("NEG", y))
    left, notes = rewritten(graph, RULES, tmp_path)
    assert sorted(left) == ["CONV_2D", "MUL", "NEG", "RELU"]
    assert any("read elsewhere" in reason for reason in reasons(notes, "fuse_activation"))
    assert any("read elsewhere" in reason for reason in reasons(notes, "fold_scale"))


def test_a_graph_output_keeps_the_result(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = linear(b, "CONV_2D", x)
    assert rewritten(graph_of(b, [x], y, b("RELU", y)), RULES, tmp_path)[0] == ["CONV_2D", "RELU"]


@pytest.mark.parametrize("op", ["ADD", "MUL"])
def test_a_constant_that_differs_from_place_to_place_stays(op: str, tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b(op, linear(b, "CONV_2D", x), weights(1, 4, 4, 1))
    left, notes = rewritten(graph_of(b, [x], y), RULES, tmp_path)
    assert left == ["CONV_2D", op]
    assert reasons(notes, "fold_bias" if op == "ADD" else "fold_scale") == [
        "the constant differs from position to position"
    ]


def test_nothing_goes_behind_an_activation(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("ADD", b("RELU", linear(b, "CONV_2D", x)), weights(4))
    left, notes = rewritten(graph_of(b, [x], b("RELU6", b("RELU", y))), RULES, tmp_path)
    assert left == ["CONV_2D", "ADD", "RELU6"]
    assert any("already has a fused activation" in reason for reason in reasons(notes, "fold_bias"))


@pytest.mark.parametrize("op", LINEAR)
def test_a_scale_that_is_not_negative_goes_through_a_relu(op: str, tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    scale = np.abs(weights(4, seed=5))
    scale[1] = 0
    y = b("MUL", b("RELU", linear(b, op, x)), scale)
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == [op]


@pytest.mark.parametrize(("activation", "scale"), [("RELU", -1.0), ("RELU6", 2.0)])
def test_other_scales_stay_behind_the_activation(activation: str, scale: float, tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("MUL", b(activation, linear(b, "CONV_2D", x)), np.float32(scale))
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == ["CONV_2D", "MUL"]


def test_a_channel_constant_that_broadcasts_the_result_wider_stays(tmp_path: Path):
    """One output channel times a constant of four is four channels."""
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("CONV_2D", x, weights(1, 3, 3, 2), weights(1))
    assert rewritten(graph_of(b, [x], b("MUL", y, weights(4))), RULES, tmp_path)[0] == ["CONV_2D", "MUL"]


def test_a_column_whose_size_is_the_channels_is_no_bias(tmp_path: Path):
    """(4, 1) broadcasts along the width, not the channels."""
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("ADD", linear(b, "CONV_2D", x), weights(4, 1))
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == ["CONV_2D", "ADD"]


def test_integers_are_not_fused(tmp_path: Path):
    b = Builder()
    x = Value("x", (2, 3), np.dtype(np.int32))
    y = b("ADD", x, np.asarray([1, 2, 3], np.int32))
    left, _ = rewritten(graph_of(b, [x], b("MAXIMUM", y, np.int32(0))), RULES, tmp_path)
    assert left == ["ADD", "MAXIMUM"]
