"""Blocks of the image that become channels, written by hand: one SPACE_TO_DEPTH, no Transpose, the channels' order in the weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino
import openvino.opset13 as ops
import pytest

from tests.converters.frontends.openvino.models import check, weights


def unshuffled(x: Any, split: Sequence[int], order: Sequence[int], shape: Sequence[int]) -> openvino.Output:
    turned = ops.transpose(ops.reshape(x, np.asarray(split), False), np.asarray(order))
    return ops.reshape(turned, np.asarray(shape), False).output(0)


@pytest.mark.parametrize("order", [(0, 3, 5, 1, 2, 4), (0, 1, 3, 5, 2, 4), (0, 5, 3, 1, 2, 4)])
@pytest.mark.parametrize("block", [2, 4])
def test_between_convolutions(order: tuple[int, ...], block: int) -> None:
    def build(x: Any) -> Any:
        split = (1, 3, 8 // block, block, 16 // block, block)
        y = unshuffled(x, split, order, (1, 3 * block**2, 8 // block, 16 // block))
        return ops.convolution(y, weights(5, 3 * block**2, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])

    found = check(build, (1, 3, 8, 16))
    assert found.histogram == {"SPACE_TO_DEPTH": 1, "CONV_2D": 1}


def test_its_order_stays_where_no_weights_are() -> None:
    found = check(
        lambda x: unshuffled(x, (2, 3, 4, 2, 4, 2), (0, 1, 3, 5, 2, 4), (2, 12, 4, 4)), (2, 3, 8, 8)
    )
    assert found.histogram == {"SPACE_TO_DEPTH": 1, "GATHER": 1}


def test_of_data_that_lie_channels_last() -> None:
    found = check(lambda x: unshuffled(x, (1, 4, 2, 4, 2, 3), (0, 1, 3, 2, 4, 5), (1, 16, 12)), (1, 8, 8, 3))
    assert found.histogram["SPACE_TO_DEPTH"] == 1


@pytest.mark.parametrize(
    ("split", "order", "shape"),
    [
        ((1, 3, 4, 2, 2, 4), (0, 3, 5, 1, 2, 4), (1, 24, 4, 2)),
        ((1, 3, 4, 2, 4, 2), (0, 2, 4, 1, 3, 5), (1, 16, 12)),
        ((1, 3, 2, 4, 2, 4), (0, 3, 5, 1, 4, 2), (1, 48, 2, 2)),
    ],
)
def test_what_is_something_else(split: Any, order: Any, shape: Any) -> None:
    found = check(lambda x: unshuffled(x, split, order, shape), (1, 3, 8, 8))
    assert "SPACE_TO_DEPTH" not in found.histogram
