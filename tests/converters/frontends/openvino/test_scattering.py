"""Updates put into tensors or joined with what is there: against OpenVINO's own execution."""

from collections.abc import Sequence

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import check

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((2, 3, 4)).astype(np.float32)


@pytest.mark.parametrize("computed", [False, True])
def test_scatter_nd_update(computed: bool) -> None:
    from openvino import opset15 as ops

    indices, updates = (
        np.asarray([[0, 2], [1, 0], [1, 1]], np.int32),
        RANDOM.standard_normal((3, 4)).astype(np.float32),
    )
    if computed:
        check(
            ops.scatter_nd_update,
            (2, 3, 4),
            (3, 2),
            (3, 4),
            dtypes=[np.float32, np.int32, np.float32],
            inputs=[X, indices, updates],
        )
    else:
        check(
            lambda x, u: ops.scatter_nd_update(x, ops.constant(indices), u),
            (2, 3, 4),
            (3, 4),
            inputs=[X, updates],
        )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_scatter_elements_update(axis: int) -> None:
    from openvino import opset15 as ops

    indices = np.zeros((1, 1, 1), np.int32) + 1
    check(
        lambda x, u: ops.scatter_elements_update(x, ops.constant(indices), u, axis),
        (2, 3, 4),
        (1, 1, 1),
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_scatter_update(axis: int) -> None:
    from openvino import opset15 as ops

    indices = np.asarray([1, 0], np.int32)
    shape = [2, 3, 4]
    shape[axis] = 2
    check(
        lambda x, u: ops.scatter_update(x, ops.constant(indices), u, ops.constant(np.int32(axis))),
        (2, 3, 4),
        tuple(shape),
    )


@pytest.mark.parametrize("kind", [np.float32, np.int32])
@pytest.mark.parametrize("reduction", ["sum", "prod", "max", "min"])
@pytest.mark.parametrize("computed", [False, True])
def test_scatter_nd_with_a_reduction(reduction: str, kind: type, computed: bool) -> None:
    from openvino import opset15 as ops

    x = (X * 5).astype(kind)
    indices = np.asarray([[0, 2], [1, 0], [0, 2], [-1, 1]], np.int32)
    updates = (RANDOM.standard_normal((4, 4)) * 5).astype(kind)
    given = [x, indices, updates] if computed else [x, updates]
    check(
        (lambda x, i, u: ops.scatter_nd_update(x, i, u, reduction))
        if computed
        else (lambda x, u: ops.scatter_nd_update(x, ops.constant(indices), u, reduction)),
        *(array.shape for array in given),
        dtypes=[array.dtype.type for array in given],
        inputs=given,
    )


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("reduction", ["sum", "prod", "max", "min", "mean"])
@pytest.mark.parametrize("axis", [0, 2])
def test_scatter_elements_with_a_reduction(axis: int, reduction: str, initial: bool) -> None:
    from openvino import opset15 as ops

    indices = RANDOM.integers(-X.shape[axis], X.shape[axis], (2, 2, 3)).astype(np.int32)
    updates = RANDOM.standard_normal((2, 2, 3)).astype(np.float32)
    check(
        lambda x, i, u: ops.scatter_elements_update(x, i, u, ops.constant(axis), reduction, initial),
        X.shape,
        indices.shape,
        updates.shape,
        dtypes=[np.float32, np.int32, np.float32],
        inputs=[X, indices, updates],
    )


def test_a_reduction_too_large_is_refused() -> None:
    from openvino import opset15 as ops

    with pytest.raises(ConversionError, match="compare 4096 updates with 8192 places"):
        check(
            lambda x, i, u: ops.scatter_nd_update(x, i, u, "max"),
            (8192,),
            (4096, 1),
            (4096,),
            dtypes=[np.float32, np.int32, np.float32],
        )


@pytest.mark.parametrize(
    ("start", "stop", "step", "axes"),
    [
        ([1], [3], [1], [2]),
        ([0, 1], [2, 3], [1, 1], None),
        ([0, 3], [3, 0], [2, -1], [1, 2]),
        ([-1], [-9], [-2], [2]),
        ([0, 0, 0], [9, 9, 9], [1, 1, 1], None),
    ],
)
@pytest.mark.parametrize("kind", [np.float32, np.int64, np.bool_])
def test_slice_scatter(
    start: list[int], stop: list[int], step: list[int], axes: Sequence[int] | None, kind: type
) -> None:
    from openvino import opset15 as ops

    slices = [slice(None)] * 3
    for axis, *bounds in zip(axes or range(len(start)), start, stop, step, strict=True):
        slices[axis] = slice(*bounds)
    shape = X[tuple(slices)].shape
    where = None if axes is None else list(axes)
    check(
        lambda x, u: ops.slice_scatter(x, u, start, stop, step, where),
        X.shape,
        shape,
        dtypes=kind,
        inputs=[(X * 9).astype(kind), (RANDOM.standard_normal(shape) * 9).astype(kind)],
    )


def test_scatter_of_booleans() -> None:
    from openvino import opset15 as ops

    places = np.asarray([[0, 2, 1, 3]] * 2, np.int32)
    check(
        lambda x, u: ops.scatter_elements_update(x, places, u, np.int32(1)),
        (2, 4),
        (2, 4),
        dtypes=[np.bool_, np.bool_],
        inputs=[RANDOM.random((2, 4)) > 0.5, np.asarray([[True, False, True, True], [False] * 4])],
    )
