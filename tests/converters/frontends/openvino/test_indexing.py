"""Slices, gathers, splits and pads against OpenVINO's own execution."""

import itertools

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, model_of, reference, weights
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15


def ints(*numbers):
    return np.asarray(numbers, np.int64)


SLICES = {
    "inner": ((0, 1), (2, 3), (1, 1), (1, 2)),
    "steps": ((0, 0), (9, 9), (2, 3), (2, 3)),
    "from the end": ((-3, -2), (-1, 99), (1, 1), (2, 3)),
    "backwards": ((-1, 4), (-99, 0), (-1, -2), (2, 3)),
    "backwards one": ((3,), (0,), (-1,), (1,)),
    "mixed": ((1, -1), (3, -4), (1, -1), (1, 3)),
    "beyond": ((0, -100), (100, 100), (1, 1), (0, 1)),
}


@pytest.mark.parametrize("name", SLICES)
@pytest.mark.parametrize("convolved", [True, False])
def test_slice(name, convolved):
    start, stop, step, axes = (ints(*part) for part in SLICES[name])

    def build(x):
        if convolved:
            x = ops.convolution(x, weights(4, 4, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.slice(x, start, stop, step, axes)

    assert check(build, (2, 4, 5, 6)).transposes == 0


STRIDED = {
    "plain": ((0, 1, 1, 0), (2, 3, 4, 6), (1, 1, 2, 3), {}),
    "masks": (
        (1, 1, 1, 1),
        (2, 3, 4, 5),
        (1, 1, 1, 1),
        {"begin_mask": [1, 0, 1, 0], "end_mask": [0, 1, 0, 1]},
    ),
    "new axis": ((0, 0, 1), (0, 2, 3), (1, 1, 1), {"new_axis_mask": [1, 0, 0]}),
    "shrink": ((1, 2, 0), (2, 3, 5), (1, 1, 1), {"shrink_axis_mask": [1, 1, 0]}),
    "shrink last": (
        (0, -1),
        (0, 0),
        (1, 1),
        {"begin_mask": [1, 0], "end_mask": [1, 0], "shrink_axis_mask": [0, 1]},
    ),
    "ellipsis": ((0, 1), (0, 4), (1, 1), {"ellipsis_mask": [1, 0]}),
    "ellipsis shrink": (
        (1, 0, 2),
        (2, 0, 3),
        (1, 1, 1),
        {"ellipsis_mask": [0, 1, 0], "shrink_axis_mask": [1, 0, 1]},
    ),
    "backwards": ((-1, 3), (-99, 0), (-1, -2), {"end_mask": [1, 0]}),
    "backwards from the mask": ((0, 0), (0, 0), (-1, -1), {"begin_mask": [1, 1], "end_mask": [1, 1]}),
    "everything": (
        (0, 1, 0, 0, -1),
        (0, 2, 0, 0, -4),
        (1, 1, 1, 1, -1),
        {
            "new_axis_mask": [0, 0, 1, 0, 0],
            "shrink_axis_mask": [0, 1, 0, 0, 0],
            "begin_mask": [1, 0, 0, 1, 0],
            "end_mask": [1, 0, 0, 1, 0],
        },
    ),
}


@pytest.mark.parametrize("name", STRIDED)
def test_strided_slice(name):
    begin, end, strides, masks = STRIDED[name]
    given = {"begin_mask": [0] * len(begin), "end_mask": [0] * len(begin), **masks}

    def build(x):
        return ops.strided_slice(x, ints(*begin), ints(*end), ints(*strides), **given)

    # OpenVINO 2026.4's CPU plugin writes behind the result of "everything" (valgrind): its reference answers instead
    x = weights(2, 4, 5, 6)
    convert_and_compare(model_of(build, x.shape), inputs=[x], expected=reference(build, x))


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -3])
@pytest.mark.parametrize("indices", [1, -1, (0, 1), (1, 0), (1, 1, 0), ((0, 1), (1, 0)), ((1,),)])
@pytest.mark.parametrize("convolved", [True, False])
def test_gather_of_constant_indices(axis, indices, convolved):
    def build(x):
        if convolved:
            x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.gather(x, np.asarray(indices, np.int64), ints(axis))

    check(build, (2, 3, 4, 5))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather_of_computed_indices(axis):
    check(
        lambda x, i: ops.gather(x, i, ints(axis)),
        (3, 4, 5),
        (2, 2),
        dtypes=[np.float32, np.int64],
        inputs=[weights(3, 4, 5), np.asarray([[0, 2], [1, 0]])],
    )


@pytest.mark.parametrize("index", [[[0, 2], [1, 0]], [[0, -2], [-1, 0]]])
def test_gather_with_batch_axes(index):
    check(
        lambda x, i: ops.gather(x, i, ints(2), 1),
        (2, 4, 5),
        (2, 2),
        dtypes=[np.float32, np.int32],
        inputs=[weights(2, 4, 5), np.asarray(index, np.int32)],
    )


def test_gather_from_a_table():
    table = ops.constant(weights(11, 6))
    index = np.asarray([[3, 1, 10]], np.int64)
    check(lambda i: ops.gather(table, i, ints(0)), (1, 3), dtypes=np.int64, inputs=[index])


def test_gather_of_negative_computed_indices():
    index = np.asarray([-1, 1, -3], np.int64)
    check(
        lambda i: ops.gather(ops.constant(weights(5, 2)), i, ints(0)), (3,), dtypes=np.int64, inputs=[index]
    )


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("convolved", [True, False])
def test_split(axis, convolved):
    def build(x):
        if convolved:
            x = ops.convolution(x, weights(4, 4, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        parts = ops.split(x, np.asarray(axis), 2).outputs()
        return [ops.relu(parts[1]), parts[0]]

    assert check(build, (2, 4, 6, 2)).transposes == 0


@pytest.mark.parametrize("lengths", [(1, 2, 3), (2, 2, 2), (6,), (5, -1)])
@pytest.mark.parametrize("axis", [1, 2, -2])
def test_variadic_split(lengths, axis):
    check(
        lambda x: [ops.relu(o) for o in ops.variadic_split(x, np.asarray(axis), ints(*lengths)).outputs()],
        (2, 6, 6, 2),
    )


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric", "edge"])
@pytest.mark.parametrize(
    "pads",
    [
        ((0, 0, 1, 2), (0, 0, 2, 1)),
        ((1, 0, 0, 0), (0, 2, 0, 0)),
        ((0, 1, 1, 0), (1, 1, 0, 0)),
        ((0,) * 4,) * 2,
    ],
)
@pytest.mark.parametrize("convolved", [True, False])
def test_pad(mode, pads, convolved):
    def build(x):
        if convolved:
            x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.pad(x, ints(*pads[0]), ints(*pads[1]), mode)

    assert check(build, (2, 3, 4, 5)).transposes == 0


@pytest.mark.parametrize("fill", [1.5, -3.0])
def test_pad_with_a_number(fill):
    check(lambda x: ops.pad(x, ints(0, 1), ints(2, 0), "constant", np.float32(fill)), (2, 3))


@pytest.mark.parametrize("pads", [((0, 0, -1, 0), (0, 0, 0, -2)), ((0, -1, 2, -1), (0, 1, -1, 0))])
@pytest.mark.parametrize("mode", ["constant", "edge"])
def test_negative_pads_crop(pads, mode):
    check(lambda x: ops.pad(x, ints(*pads[0]), ints(*pads[1]), mode), (2, 3, 4, 5))


@pytest.mark.parametrize(
    ("rank", "mode"), list(itertools.product([1, 2, 3, 5], ["constant", "reflect", "edge"]))
)
def test_pad_of_other_ranks(rank, mode):
    check(lambda x: ops.pad(x, ints(*[1] * rank), ints(*[2] * rank), mode), (3,) * rank)
