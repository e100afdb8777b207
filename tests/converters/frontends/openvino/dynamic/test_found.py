"""How many come out is found at run time: suppression and distinct values, against OpenVINO and numpy."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, model_of
from tests.converters.harness import convert_and_compare


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize("encoding", ["corner", "center"])
def test_non_max_suppression(sort: bool, encoding: str) -> None:
    from openvino import opset15 as ops

    rng = np.random.default_rng(4)
    places = rng.uniform(0, 8, (2, 12, 2))
    sizes = rng.uniform(1, 4, (2, 12, 2))
    boxes = np.concatenate([places, sizes if encoding == "center" else places + sizes], axis=2)
    scores = rng.permutation(2 * 3 * 12).reshape(2, 3, 12) / 72

    def build(a, b):  # type: ignore[no-untyped-def]
        most, overlap, least = np.int64(4), np.float32(0.3), np.float32(0.2)
        found = ops.non_max_suppression(
            a, b, ops.constant(most), ops.constant(overlap), ops.constant(least), None, encoding, sort, "i64"
        )
        return [found.output(0), found.output(2)]

    inputs = [boxes.astype(np.float32), scores.astype(np.float32)]
    assert check(build, (2, 12, 4), (2, 3, 12), inputs=inputs).histogram["NON_MAX_SUPPRESSION_V4"] == 6


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_unique(in_order: bool, axis: int | None) -> None:
    """OpenVINO itself misses equal slices along a middle axis, so the expected answer is numpy's."""
    from openvino import opset15 as ops

    def build(a):  # type: ignore[no-untyped-def]
        where = None if axis is None else ops.constant(np.int64(axis))
        return ops.unique(a, where, in_order, "i64", "i64").outputs()

    x = np.random.default_rng(2).integers(0, 2, (3, 4, 5)).astype(np.float32)
    x[2] = x[0]
    x[:, 3] = x[:, 1]
    x[:, :, 4] = x[:, :, 0]
    values, first, inverse, counts = np.unique(x, True, True, True, axis=axis)
    inverse = inverse.reshape(-1)
    if not in_order:
        order = np.argsort(first)
        places = np.argsort(order)
        values = np.take(values, order, axis or 0)
        first, inverse, counts = first[order], places[inverse], counts[order]
    model = model_of(build, x.shape)
    convert_and_compare(model, inputs=[x], expected=[values, first, inverse, counts])
