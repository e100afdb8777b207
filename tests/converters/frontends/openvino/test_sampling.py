"""GridSample against OpenVINO's own execution: modes, paddings, positions far outside."""

import itertools
from typing import Any

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check

CASES = list(
    itertools.product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (True, False))
)


def _sampled(
    shape: tuple[int, ...], out: tuple[int, int], mode: str, padding: str, align: bool, reach: float
) -> Any:
    from openvino import opset15 as ops

    random = np.random.default_rng(3)
    x = random.normal(size=shape).astype(np.float32)
    grid = random.uniform(-reach, reach, (shape[0], *out, 2)).astype(np.float32)
    return check(
        lambda v, g: ops.grid_sample(v, g, {"align_corners": align, "mode": mode, "padding_mode": padding}),
        x.shape,
        grid.shape,
        inputs=[x, grid],
        tolerance=1e-4,  # a position of some pixels in float32 is right to 1e-6 of a pixel
    )


@pytest.mark.parametrize(("mode", "padding", "align"), CASES)
@pytest.mark.parametrize("reach", [1.0, 4.0])
def test_grid_sample(mode: str, padding: str, align: bool, reach: float) -> None:
    got = _sampled((2, 3, 5, 7), (4, 6), mode, padding, align, reach)
    assert got.transposes <= 1  # the grid's own
    assert got.histogram["GATHER"] == {"bilinear": 4, "nearest": 1, "bicubic": 16}[mode]


@pytest.mark.parametrize(("mode", "padding", "align"), CASES)
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 2, 1, 4), (1, 2, 4, 1)])
def test_single_rows_and_columns(mode: str, padding: str, align: bool, shape: tuple[int, ...]) -> None:
    _sampled(shape, (3, 3), mode, padding, align, 1.5)


def test_what_lies_outside_is_zero_whatever_the_rim_holds() -> None:
    from openvino import opset15 as ops

    x = np.full((1, 1, 3, 3), np.inf, np.float32)
    x[0, 0, 1, 1] = 2
    grid = np.asarray([[[[0, 0], [4, 4], [-4, 0]]]], np.float32)
    check(
        lambda v, g: ops.grid_sample(
            v, g, {"align_corners": True, "mode": "nearest", "padding_mode": "zeros"}
        ),
        x.shape,
        grid.shape,
        inputs=[x, grid],
    )
