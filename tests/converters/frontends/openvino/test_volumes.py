"""Convolutions over three spatial axes, against OpenVINO's own execution."""

import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15

ONES = [1, 1, 1]


@pytest.mark.parametrize("strides", [ONES, [1, 2, 2], [2, 1, 3]])
@pytest.mark.parametrize(("begin", "end"), [([0, 0, 0], [0, 0, 0]), (ONES, ONES), ([0, 2, 1], [1, 0, 1])])
@pytest.mark.parametrize("dilations", [ONES, [1, 2, 2]])
def test_conv_3d(strides, begin, end, dilations):
    got = check(
        lambda x: ops.convolution(x, weights(5, 3, 3, 2, 3), strides, begin, end, dilations), (2, 3, 5, 8, 9)
    )
    assert got.transposes == 0
    assert set(got.histogram) <= {"CONV_3D", "PAD"}


@pytest.mark.parametrize("mode", ["same_upper", "same_lower", "valid"])
def test_auto_pad(mode):
    check(
        lambda x: ops.convolution(x, weights(4, 2, 3, 3, 3), [2, 2, 2], [0] * 3, [0] * 3, ONES, mode),
        (1, 2, 6, 7, 8),
    )


@pytest.mark.parametrize(("groups", "outputs"), [(2, 2), (4, 1), (4, 3)])
def test_groups_are_zeros_in_a_dense_kernel(groups, outputs):
    kernel = weights(groups, outputs, 4 // groups, 3, 3, 3)
    got = check(lambda x: ops.group_convolution(x, kernel, ONES, ONES, ONES, ONES), (1, 4, 4, 5, 6))
    assert got.histogram["CONV_3D"] == 1


def test_scale_offset_and_relu_fold_in():
    def build(x):
        y = ops.convolution(x, weights(5, 3, 3, 3, 3), ONES, ONES, ONES, ONES)
        return ops.relu(ops.add(ops.multiply(y, weights(1, 5, 1, 1, 1)), weights(1, 5, 1, 1, 1, seed=2)))

    got = check(build, (1, 3, 4, 6, 6))
    assert got.histogram["CONV_3D"] == 1
    assert "RELU" not in got.histogram
    assert "ADD" not in got.histogram
