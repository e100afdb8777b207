"""Gathers and scatters by coordinates, largest values, one-hot, LRN, roll: against OpenVINO's own execution."""

from typing import Any

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import check

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((2, 3, 4)).astype(np.float32)
INDICES = RANDOM.integers(0, 24, (2, 3, 4)).astype(np.int32)


@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_gather_elements(axis: int, computed: bool) -> None:
    from openvino import opset15 as ops

    indices = (INDICES % X.shape[axis]).astype(np.int32)
    if computed:
        check(
            lambda x, i: ops.gather_elements(x, i, axis),
            (2, 3, 4),
            indices.shape,
            dtypes=[np.float32, np.int32],
            inputs=[X, indices],
        )
    else:
        check(lambda x: ops.gather_elements(x, ops.constant(indices), axis), (2, 3, 4), inputs=[X])


@pytest.mark.parametrize(
    ("shape", "batch"), [((5, 1), 0), ((5, 2), 0), ((2, 5, 1), 1), ((2, 3, 1), 2), ((2, 2, 2), 0)]
)
def test_gather_nd(shape: tuple[int, ...], batch: int) -> None:
    from openvino import opset15 as ops

    indices = RANDOM.integers(0, 2, shape).astype(np.int32)
    check(lambda x: ops.gather_nd(x, ops.constant(indices), batch), (2, 3, 4), inputs=[X])
    check(
        lambda x, i: ops.gather_nd(x, i, batch),
        (2, 3, 4),
        shape,
        dtypes=[np.float32, np.int32],
        inputs=[X, indices],
    )


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_one_hot(axis: int) -> None:
    from openvino import opset15 as ops

    x = np.asarray([[0, 2, 1], [4, 3, 0]], np.int32)
    check(
        lambda p: ops.one_hot(p, 5, np.float32(3), np.float32(-1), axis),
        (2, 3),
        dtypes=np.int32,
        inputs=[x],
    )


@pytest.mark.parametrize("mode", ["max", "min"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_topk(axis: int, mode: str) -> None:
    from openvino import opset15 as ops

    check(lambda x: ops.topk(x, 2, axis, mode, "value"), (2, 3, 4), inputs=[X])


def test_topk_by_index_is_refused_with_the_reason() -> None:
    from openvino import opset15 as ops

    with pytest.raises(ConversionError, match="by index"):
        check(lambda x: ops.topk(x, 2, 2, "max", "index"), (2, 3, 4))


@pytest.mark.parametrize("size", [1, 3, 5])
def test_lrn(size: int) -> None:
    from openvino import opset15 as ops

    found = check(
        lambda x: ops.lrn(x, ops.constant(np.asarray([1])), 0.5, 0.75, 2.0, size),
        (1, 6, 4, 5),
        tolerance=2e-5,
    )
    assert found.transposes == 0


@pytest.mark.parametrize(("shift", "axes"), [([1], [1]), ([-2], [2]), ([1, 3], [0, 2]), ([4], [1])])
def test_roll(shift: list[int], axes: list[int]) -> None:
    from openvino import opset15 as ops

    def build(x: Any) -> Any:
        return ops.roll(x, ops.constant(np.asarray(shift)), ops.constant(np.asarray(axes)))

    check(build, (2, 3, 4), inputs=[X])
