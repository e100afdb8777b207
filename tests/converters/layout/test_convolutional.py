"""Networks of convolutions alone, in one, two and three axes of space: no Transpose is left."""

from typing import Any

import numpy as np
import openvino.opset13 as ops
import pytest

from tests.converters.frontends.openvino.models import check, weights


def conv(x: Any, out: int, into: int, axes: int) -> Any:
    ones, pads = [1] * axes, [1] * axes
    return ops.convolution(x, weights(out, into, *(3,) * axes), ones, pads, pads, ones)


def enlarged(x: Any, axes: int, mode: str) -> Any:
    where = np.arange(2, 2 + axes)
    factors = np.full(axes, 2, np.float32)
    return ops.interpolate(
        x, factors, mode, "scales", axes=where, coordinate_transformation_mode="align_corners"
    )


@pytest.mark.parametrize(
    ("axes", "mode"), [(1, "linear"), (2, "cubic"), (3, "linear"), (3, "linear_onnx"), (3, "nearest")]
)
def test_enlarging_between_convolutions(axes: int, mode: str) -> None:
    found = check(
        lambda x: conv(enlarged(conv(x, 4, 2, axes), axes, mode), 3, 4, axes), (1, 2, *(4, 5, 6)[:axes])
    )
    assert found.transposes == 0


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("axes", [2, 3])
def test_normalised_groups_between_convolutions(axes: int, groups: int) -> None:
    def build(x: Any) -> Any:
        normal = ops.group_normalization(conv(x, 4, 2, axes), weights(4), weights(4, seed=2), groups, 1e-5)
        return conv(ops.relu(normal), 3, 4, axes)

    assert check(build, (1, 2, *(4, 5, 6)[:axes])).transposes == 0


@pytest.mark.parametrize("act", [lambda x: x, ops.tanh, lambda x: ops.multiply(x, ops.sigmoid(x))])
def test_a_sequence_that_a_convolution_writes_is_channels_last(act: Any) -> None:
    found = check(lambda x: act(conv(conv(x, 4, 2, 1), 3, 4, 1)), (1, 2, 9))
    assert found.transposes == 0
    assert [found.built.outputs[0].shape, found.built.outputs[0].permutation] == [(1, 9, 3), (0, 2, 1)]


def test_rows_of_features_stay_rows() -> None:
    """Flattened maps of a detection head are rows of numbers for each place, whichever way the model turned them."""

    def build(x: Any) -> Any:
        return ops.reshape(conv(x, 5, 2, 2), np.asarray((1, 5, -1)), False)

    assert check(build, (1, 2, 4, 6)).built.outputs[0].permutation == (0, 1, 2)
