"""Normalisations against OpenVINO's own execution."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15


@pytest.mark.parametrize("axes", [(2, 3), (1, 2, 3), (-1,), (1,)])
@pytest.mark.parametrize("variance", [True, False])
@pytest.mark.parametrize("mode", ["inside_sqrt", "outside_sqrt"])
def test_mvn(axes, variance, mode):
    check(lambda x: ops.mvn(x, np.asarray(axes), variance, 1e-3, mode), (2, 3, 4, 5))


@pytest.mark.parametrize("axes", [(1,), (2, 3), (1, 2, 3), (-1,)])
@pytest.mark.parametrize("mode", ["add", "max"])
def test_normalize_l2(axes, mode):
    check(lambda x: ops.normalize_l2(x, np.asarray(axes), 1e-3, mode), (2, 3, 4, 5))


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3, 7), (2, 3)])
def test_batch_norm(shape):
    g, b, m, v = weights(3), weights(3, seed=2), weights(3, seed=3), np.abs(weights(3, seed=4)) + 0.1
    check(lambda x: ops.batch_norm_inference(x, g, b, m, v, 1e-3), shape)


def test_batch_norm_goes_into_the_convolution():
    g, b, m, v = weights(4), weights(4, seed=2), weights(4, seed=3), np.abs(weights(4, seed=4)) + 0.1

    def build(x):
        x = ops.convolution(x, weights(4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        return ops.relu(ops.batch_norm_inference(x, g, b, m, v, 1e-3))

    assert check(build, (1, 3, 6, 6)).histogram == {"CONV_2D": 1}


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("shape", [(2, 6, 4, 5), (2, 6, 8)])
@pytest.mark.parametrize("after_conv", [True, False])
def test_group_norm(groups, shape, after_conv):
    def build(x):
        if after_conv and len(shape) == 4:
            x = ops.convolution(x, weights(6, 6, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.group_normalization(x, weights(6), weights(6, seed=2), groups, 1e-3)

    check(build, shape)


def test_layer_norm_written_out():
    def build(x):
        centred = ops.subtract(x, ops.reduce_mean(x, np.asarray([-1]), True))
        variance = ops.reduce_mean(ops.multiply(centred, centred), np.asarray([-1]), True)
        return ops.divide(centred, ops.sqrt(ops.add(variance, np.float32(1e-5))))

    check(build, (2, 7, 16))


@pytest.mark.parametrize("size", [3, 4, 5])
def test_local_response_normalisation(size):
    from registry.errors import ConversionError

    try:
        check(lambda x: ops.lrn(x, np.asarray([1]), 1e-2, 0.75, 1.0, size), (1, 7, 4, 5))
    except ConversionError as refusal:
        assert "LRN" in str(refusal)  # noqa: PT017


@pytest.mark.parametrize("shape", [(2, 5), (1, 3, 4, 5)])
def test_grn(shape: tuple[int, ...]) -> None:
    from openvino import opset15 as ops

    check(lambda x: ops.grn(x, 0.3), shape)
