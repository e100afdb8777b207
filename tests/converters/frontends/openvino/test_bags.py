"""Sums over bags of table rows, the largest of segments: against OpenVINO's own execution."""

from typing import Any

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

INDICES = np.asarray([0, 2, 3, 4, 1, 2], np.int32)
STARTS = np.asarray([0, 2, 2, 5], np.int32)
SEGMENTS = np.asarray([0, 0, 1, 1, 1, 3], np.int32)
SCALES = weights(6, seed=4)


@pytest.mark.parametrize(("reduction", "weighted"), [("sum", False), ("sum", True), ("mean", False)])
def test_packed(reduction: str, weighted: bool) -> None:
    from openvino import opset15 as ops

    scales = SCALES.reshape(2, 3) if weighted else None
    check(
        lambda t, i: ops.embedding_bag_packed(t, i, scales, reduction),
        (5, 3),
        (2, 3),
        dtypes=[np.float32, np.int32],
        inputs=[weights(5, 3), INDICES.reshape(2, 3)],
    )


@pytest.mark.parametrize("default", [None, 1, -1])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_offsets(reduction: str, default: int | None) -> None:
    from openvino import opset15 as ops

    number = None if default is None else ops.constant(np.int32(default))
    check(
        lambda t, i, s: ops.embedding_bag_offsets(t, i, s, number, None, reduction),
        (5, 3, 2),
        (6,),
        (4,),
        dtypes=[np.float32, np.int32, np.int32],
        inputs=[weights(5, 3, 2), INDICES, STARTS],
    )


def test_offsets_of_weighted_rows() -> None:
    from openvino import opset15 as ops

    check(
        lambda t, i, s, w: ops.embedding_bag_offsets(t, i, s, ops.constant(np.int32(0)), w),
        (5, 3),
        (6,),
        (4,),
        (6,),
        dtypes=[np.float32, np.int32, np.int32, np.float32],
        inputs=[weights(5, 3), INDICES, STARTS, SCALES],
    )


@pytest.mark.parametrize("extra", [(), (2,), (2, SCALES)])
def test_segments_sum(extra: tuple[Any, ...]) -> None:
    from openvino import opset15 as ops

    more = [
        ops.constant(np.asarray(n)) if isinstance(n, np.ndarray) else ops.constant(np.int32(n)) for n in extra
    ]
    check(
        lambda t, i, s: ops.embedding_segments_sum(t, i, s, ops.constant(np.int32(5)), *more),
        (5, 3),
        (6,),
        (6,),
        dtypes=[np.float32, np.int32, np.int32],
        inputs=[weights(5, 3), INDICES, SEGMENTS],
    )


@pytest.mark.parametrize("fill", ["ZERO", "LOWEST"])
@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_segment_max(fill: str, kind: type) -> None:
    from openvino import opset16 as ops

    x = (weights(6, 2, 3, seed=2) * 9).astype(kind)
    check(
        lambda x: ops.segment_max(x, SEGMENTS, ops.constant(np.int32(5)), fill),
        (6, 2, 3),
        dtypes=kind,
        inputs=[x],
    )
