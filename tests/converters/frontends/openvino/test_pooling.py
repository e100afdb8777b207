"""Pooling with every padding, rounding and divisor against OpenVINO's own execution."""

import itertools

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, model_of, weights
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15

KERNELS = ((2, 2), (3, 3), (3, 2))
STRIDES = ((1, 1), (2, 2), (3, 2))
PADS = (((0, 0), (0, 0)), ((1, 1), (1, 1)), ((0, 1), (1, 0)), ((1, 0), (1, 1)))
ROUNDING = ("floor", "ceil")


@pytest.mark.parametrize(
    ("kernel", "strides", "pads", "rounding"), list(itertools.product(KERNELS, STRIDES, PADS, ROUNDING))
)
def test_max_pool(kernel, strides, pads, rounding):
    got = check(
        lambda x: ops.max_pool(x, strides, [1, 1], *pads, kernel, rounding, "explicit").output(0),
        (2, 3, 9, 10),
    )
    assert got.transposes == 0
    assert set(got.histogram) <= {"MAX_POOL_2D", "PADV2"}


@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize(
    ("kernel", "strides", "pads", "rounding"), list(itertools.product(KERNELS, STRIDES, PADS, ROUNDING))
)
def test_average_pool(kernel, strides, pads, rounding, exclude):
    """OpenVINO's CPU plugin divides by the whole kernel beyond the declared pads, PyTorch and ONNX do not: there the definition decides."""
    x = np.random.default_rng(0).normal(size=(2, 3, 9, 10)).astype(np.float32)
    model = model_of(
        lambda v: ops.avg_pool(v, strides, *pads, kernel, exclude, rounding, "explicit"), x.shape
    )
    size = tuple(model.output(0).shape)
    expected = [mean_of_windows(x, size, kernel, strides, pads, exclude)]
    assert convert_and_compare(model, inputs=[x], expected=expected).transposes == 0
    if rounding == "floor" or exclude:
        convert_and_compare(model, inputs=[x])


def mean_of_windows(x, size, kernel, strides, pads, exclude):
    """The sum of each window over how many positions of it lie in the data, the declared pads included unless `exclude`."""
    result = np.zeros(size)
    widen = 0 if exclude else 1
    for i, j in itertools.product(range(size[2]), range(size[3])):
        spans = []
        count = 1
        for at, n, k, s, before, after in zip((i, j), x.shape[2:], kernel, strides, *pads, strict=True):
            first = at * s - before
            spans.append(slice(max(first, 0), min(first + k, n)))
            count *= min(first + k, n + widen * after) - max(first, -widen * before)
        with np.errstate(invalid="ignore"):
            result[:, :, i, j] = x[:, :, spans[0], spans[1]].astype(np.float64).sum((2, 3)) / count
    return result.astype(np.float32)


@pytest.mark.parametrize("mode", ["same_upper", "same_lower", "valid"])
@pytest.mark.parametrize("strides", STRIDES)
@pytest.mark.parametrize("exclude", [True, False])
def test_auto_pad(mode, strides, exclude):
    got = check(
        lambda x: ops.avg_pool(x, strides, [0, 0], [0, 0], (3, 2), exclude, "floor", mode), (1, 3, 9, 10)
    )
    assert got.transposes == 0
    check(
        lambda x: ops.max_pool(x, strides, [1, 1], [0, 0], [0, 0], (3, 2), "floor", mode).output(0),
        (1, 3, 9, 10),
    )


def test_whole_image_is_a_mean():
    got = check(lambda x: ops.avg_pool(x, [1, 1], [0, 0], [0, 0], [9, 10], False), (2, 3, 9, 10))
    assert got.histogram == {"MEAN": 1}


@pytest.mark.parametrize("pads", [(0, 0), (1, 1)])
@pytest.mark.parametrize("rounding", ROUNDING)
def test_max_pool_1d(pads, rounding):
    got = check(
        lambda x: ops.max_pool(x, [2], [1], [pads[0]], [pads[1]], [3], rounding, "explicit").output(0),
        (2, 3, 10),
    )
    assert got.transposes <= 1  # outputs of three axes keep the source's layout


def test_pads_beyond_the_data_are_minus_infinity_not_zero():
    """All inputs negative: a zero that leaked in would be the maximum."""

    def build(x):
        return ops.max_pool(ops.negative(ops.abs(x)), [1, 1], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)

    check(build, (1, 2, 5, 5))


def test_same_pads_between_convolutions():
    def build(x):
        x = ops.convolution(x, weights(4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        x = ops.max_pool(ops.relu(x), [2, 2], [1, 1], [0, 0], [1, 1], [3, 3], "floor", "explicit").output(0)
        return ops.convolution(x, weights(4, 4, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])

    assert check(build, (1, 3, 8, 8)).histogram == {"CONV_2D": 2, "MAX_POOL_2D": 1}
