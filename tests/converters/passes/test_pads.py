"""Padding folded into windows, exactly where SAME means it."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from converters.ops.builder import Builder
from converters.passes.pads import fold_pad_into_conv, fold_pad_into_max_pool
from tests.converters.passes.running import graph_of, image, reasons, rewritten, weights

RULES = (fold_pad_into_conv, fold_pad_into_max_pool)
LOWEST = np.float32(np.finfo(np.float32).min)


def rows(height: tuple[int, int], width: tuple[int, int], depth: tuple[int, int] = (0, 0)) -> np.ndarray:
    return np.asarray([(0, 0), height, width, depth], np.int32)


@pytest.mark.parametrize("op", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize(
    ("size", "stride", "kernel", "dilation"), list(itertools.product([6, 7], [1, 2], [2, 3], [1, 2]))
)
def test_every_pad_of_same_size_and_no_other(
    op: str, size: int, stride: int, kernel: int, dilation: int, tmp_path: Path
):
    """All pads up to 2 and 2: rewriting happens for one of them at most, and never changes a result."""
    if stride > 1 and dilation > 1:
        pytest.skip("not a convolution that LiteRT has")
    folded = 0
    for before, after in itertools.product(range(3), range(3)):
        b = Builder()
        x = image(1, size, size, 2)
        y = b("PAD", x, rows((before, after), (before, after)))
        shape = (4, kernel, kernel, 2) if op == "CONV_2D" else (1, kernel, kernel, 2)
        options = {
            "stride_h": stride,
            "stride_w": stride,
            "dilation_h_factor": dilation,
            "dilation_w_factor": dilation,
        }
        y = b(op, y, weights(*shape), weights(shape[0] if op == "CONV_2D" else 2), **options)
        left, notes = rewritten(graph_of(b, [x], y), RULES, tmp_path)
        folded += left == [op]
        assert (left == [op]) != bool(reasons(notes, "fold_pad_into_conv"))
    assert folded <= 1


def test_max_pool_takes_the_lowest_number_or_zeros_after_a_relu(tmp_path: Path):
    for fill, activation, left in (
        (LOWEST, None, ["MAX_POOL_2D"]),
        (None, None, ["PAD", "MAX_POOL_2D"]),
        (np.float32(-1), None, ["PADV2", "MAX_POOL_2D"]),
        (None, "RELU", ["RELU", "MAX_POOL_2D"]),
        (None, "TANH", ["TANH", "PAD", "MAX_POOL_2D"]),
    ):
        b = Builder()
        x = image(1, 6, 6, 2)
        y = x if activation is None else b(activation, x)
        pads = rows((1, 1), (1, 1))
        y = b("PAD", y, pads) if fill is None else b("PADV2", y, pads, fill)
        y = b("MAX_POOL_2D", y, filter_height=3, filter_width=3)
        found, notes = rewritten(graph_of(b, [x], y), RULES, tmp_path)
        assert found == left
        assert bool(reasons(notes, "fold_pad_into_max_pool")) == (
            "PAD" in "".join(left).replace("MAX_POOL", "")
        )


def test_average_pools_never_fold(tmp_path: Path):
    """SAME leaves the pads out of the mean."""
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("AVERAGE_POOL_2D", b("PAD", x, rows((1, 1), (1, 1))), filter_height=3, filter_width=3)
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == ["PAD", "AVERAGE_POOL_2D"]


def test_padded_channels_and_pads_twice_stay(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    y = b("CONV_2D", b("PAD", x, rows((1, 1), (1, 1), (0, 1))), weights(4, 3, 3, 3), weights(4))
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == ["PAD", "CONV_2D"]
    b = Builder()
    y = b("CONV_2D", b("PAD", x, rows((1, 1), (1, 1))), weights(4, 3, 3, 2), weights(4), padding="SAME")
    left, notes = rewritten(graph_of(b, [x], y), RULES, tmp_path)
    assert left == ["PAD", "CONV_2D"]
    assert reasons(notes, "fold_pad_into_conv") == ["CONV_2D pads already"]


def test_a_pad_that_is_read_twice_serves_both(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 6, 2)
    padded = b("PAD", x, rows((1, 1), (1, 1)))
    y = b("CONV_2D", padded, weights(4, 3, 3, 2), weights(4))
    assert rewritten(graph_of(b, [x], y, b("RELU", padded)), RULES, tmp_path)[0] == ["PAD", "CONV_2D", "RELU"]
