"""Interpolate: every mode, coordinate rule and rounding, up and down, against OpenVINO's own execution."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15

MODES = ("nearest", "linear", "linear_onnx", "cubic")
COORDINATES = ("half_pixel", "pytorch_half_pixel", "asymmetric", "tf_half_pixel_for_nn", "align_corners")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple")
SIZES = ((10, 12), (15, 18), (3, 3), (7, 8), (5, 6), (1, 1), (9, 3), (2, 14))


def resize(x, size, mode, coordinates, rounding, by_scale):
    if by_scale:
        shape = x.get_output_shape(0)[2:]
        given, how = np.asarray([o / n for o, n in zip(size, shape, strict=True)], np.float32), "scales"
    else:
        given, how = np.asarray(size, np.int64), "sizes"
    return ops.interpolate(
        x, given, mode, how, None, None, coordinates, rounding, False, -0.75, np.asarray([2, 3], np.int64)
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_interpolate(mode, coordinates):
    for size in SIZES:
        for rounding in ROUNDINGS if mode == "nearest" else ROUNDINGS[:1]:
            try:
                check(
                    lambda x, s=size, r=rounding: resize(x, s, mode, coordinates, r, False),
                    (1, 3, 5, 6),
                    tolerance=1e-5,
                )
            except AssertionError as error:
                raise AssertionError(f"{mode} {coordinates} {rounding} {size}: {error}") from error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_by_scale(mode, coordinates):
    for size in ((10, 12), (3, 3)):
        check(lambda x, s=size: resize(x, s, mode, coordinates, "floor", True), (1, 3, 5, 6))


@pytest.mark.parametrize(
    ("mode", "coordinates", "rounding", "op"),
    [
        ("linear_onnx", "half_pixel", "floor", "RESIZE_BILINEAR"),
        ("linear_onnx", "pytorch_half_pixel", "floor", "RESIZE_BILINEAR"),
        ("linear_onnx", "align_corners", "floor", "RESIZE_BILINEAR"),
        ("linear_onnx", "asymmetric", "floor", "RESIZE_BILINEAR"),
        ("nearest", "asymmetric", "floor", "RESIZE_NEAREST_NEIGHBOR"),
        ("nearest", "tf_half_pixel_for_nn", "floor", "RESIZE_NEAREST_NEIGHBOR"),
        ("nearest", "half_pixel", "round_prefer_floor", "RESIZE_NEAREST_NEIGHBOR"),
    ],
)
def test_doubling_is_one_operator(mode, coordinates, rounding, op):
    def build(x):
        x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return resize(x, (10, 12), mode, coordinates, rounding, False)

    assert check(build, (1, 3, 5, 6)).histogram == {"CONV_2D": 1, op: 1}


@pytest.mark.parametrize("axes", [(2, 3), (3,)])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_other_axes(axes, mode):
    size = np.asarray([(2, 3, 5, 6)[axis] * 2 for axis in axes], np.int64)

    def build(x):
        return ops.interpolate(
            x,
            size,
            mode,
            "sizes",
            None,
            None,
            "half_pixel",
            "floor",
            False,
            -0.75,
            np.asarray(axes, np.int64),
        )

    check(build, (2, 3, 5, 6))
