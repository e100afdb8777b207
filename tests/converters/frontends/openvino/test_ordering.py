"""Places among sorted numbers, sequences turned round, diagonals: against OpenVINO's own execution."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check

RANDOM = np.random.default_rng(3)
BOUNDS = np.asarray([-1.5, -0.5, 0.0, 0.5, 2.0], np.float32)
PLACED = np.asarray([[-2, -1.5, -1, -0.5], [0, 0.25, 2, 7]], np.float32)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("output", ["i32", "i64"])
def test_bucketize(right: bool, output: str) -> None:
    from openvino import opset15 as ops

    check(lambda x: ops.bucketize(x, BOUNDS, output, right), (2, 4), inputs=[PLACED])


def test_bucketize_of_integers_among_computed_boundaries() -> None:
    from openvino import opset15 as ops

    numbers = np.asarray([[1, 5, 9], [3, 4, -7]], np.int32)
    check(
        ops.bucketize,
        (2, 3),
        (4,),
        dtypes=[np.int32, np.float32],
        inputs=[numbers, np.asarray([-7, 1, 3.5, 5], np.float32)],
    )


@pytest.mark.parametrize("right", [True, False])
def test_search_sorted(right: bool) -> None:
    from openvino import opset15 as ops

    rows = np.sort(RANDOM.integers(-3, 4, (2, 3, 6)).astype(np.float32), axis=-1)
    values = RANDOM.integers(-4, 5, (2, 3, 5)).astype(np.float32)
    check(lambda a, v: ops.search_sorted(a, v, right), (2, 3, 6), (2, 3, 5), inputs=[rows, values])
    check(lambda a, v: ops.search_sorted(a, v, right), (6,), (2, 3, 5), inputs=[rows[0, 0], values])


@pytest.mark.parametrize(("batch", "along"), [(0, 1), (1, 0), (0, 2), (2, 1)])
@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_reverse_sequence(batch: int, along: int, kind: type) -> None:
    from openvino import opset15 as ops

    shape = (3, 4, 5)
    lengths = RANDOM.integers(1, shape[along] + 1, shape[batch]).astype(np.int32)
    x = RANDOM.integers(-9, 9, shape).astype(kind)
    check(
        lambda x, n: ops.reverse_sequence(x, n, batch, along),
        shape,
        lengths.shape,
        dtypes=[kind, np.int32],
        inputs=[x, lengths],
    )
    check(lambda x: ops.reverse_sequence(x, lengths, batch, along), shape, dtypes=kind, inputs=[x])


@pytest.mark.parametrize("number", [-2, 0, 3])
@pytest.mark.parametrize("batch", [None, [2, 3]])
def test_eye(number: int, batch: list[int] | None) -> None:
    from openvino import opset15 as ops

    check(
        lambda d: ops.eye(ops.constant(np.int32(4)), ops.constant(np.int32(5)), d, "f32", batch),
        (1,),
        dtypes=np.int32,
        inputs=[np.asarray([number], np.int32)],
    )
