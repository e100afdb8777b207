"""Operators that rename, join, repeat or reorder axes against OpenVINO's own execution."""

import itertools

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15


def ints(*numbers):
    return np.asarray(numbers, np.int64)


def convolved(x):
    channels = x.get_output_shape(0)[1]
    return ops.convolution(x, weights(channels, channels, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_transpose(order):
    """Even one that the layout absorbs, between convolutions."""
    check(lambda x: ops.transpose(x, ints(*order)), (2, 3, 4, 5))
    check(lambda x: ops.relu(ops.transpose(convolved(x), ints(*order))), (2, 3, 4, 5))


@pytest.mark.parametrize(
    "order", [(2, 0, 1), (1, 0, 2), (4, 3, 2, 1, 0), (0, 2, 1, 4, 3), (0, 1, 3, 5, 2, 4)]
)
def test_transpose_of_other_ranks(order):
    check(lambda x: ops.relu(ops.transpose(x, ints(*order))), tuple(range(2, 2 + len(order))))


@pytest.mark.parametrize(
    "shape",
    [
        (2, 3, 20),
        (2, 60),
        (120,),
        (2, 3, 2, 2, 5),
        (6, 4, 5),
        (2, 1, 3, 4, 5, 1),
        (2, 4, 3, 5),
        (24, 5),
        (1, 120),
    ],
)
@pytest.mark.parametrize("after", [convolved, lambda x: x])
def test_reshape(shape, after):
    check(lambda x: ops.relu(ops.reshape(after(x), ints(*shape), False)), (2, 3, 4, 5))


@pytest.mark.parametrize("shape", [(0, -1), (0, 0, -1), (-1, 5)])
def test_reshape_special_zero(shape):
    check(lambda x: ops.reshape(x, ints(*shape), True), (2, 3, 4, 5))


@pytest.mark.parametrize("axes", [(1,), (1, 3), (-1,)])
def test_squeeze_unsqueeze(axes):
    check(lambda x: ops.squeeze(x, ints(*axes)), (2, 1, 3, 1))
    check(lambda x: ops.unsqueeze(x, ints(*axes)), (2, 3))
    check(lambda x: ops.squeeze(convolved(x), ints(*axes)), (2, 1, 3, 1))


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -3])
@pytest.mark.parametrize("after", [convolved, lambda x: x])
def test_concat(axis, after):
    shapes = [[2, 3, 4, 5], [2, 3, 4, 5]]
    shapes[1][axis] += 1
    check(lambda x, y: ops.concat([after(x), after(y), after(x)], axis), *map(tuple, shapes))
    check(lambda x: ops.concat([after(x), ops.constant(weights(*shapes[1]))], axis), (2, 3, 4, 5))


@pytest.mark.parametrize("repeats", [(1, 2, 1, 3), (2, 1, 1, 1), (2, 2), (2, 1, 1, 1, 1)])
@pytest.mark.parametrize("after", [convolved, lambda x: x])
def test_tile(repeats, after):
    check(lambda x: ops.tile(after(x), ints(*repeats)), (2, 3, 1, 5))


@pytest.mark.parametrize(
    ("shape", "target"),
    [((3, 1), (2, 3, 4)), ((1,), (2, 3)), ((), (2, 3)), ((2, 1, 4), (2, 3, 4)), ((2, 3), (2, 3))],
)
def test_broadcast(shape, target):
    check(lambda x: ops.broadcast(x, ints(*target), broadcast_spec="NUMPY"), shape)


def test_broadcast_explicit_and_bidirectional():
    check(lambda x: ops.broadcast(x, ints(2, 3, 4), ints(1), "EXPLICIT"), (3,))
    check(lambda x: ops.broadcast(x, ints(4, 3, 4), ints(0, 1), "EXPLICIT"), (4, 3))
    check(lambda x: ops.broadcast(x, ints(1, 4), broadcast_spec="BIDIRECTIONAL"), (3, 1))


def test_broadcast_of_integers_and_booleans():
    check(lambda x: ops.broadcast(x, ints(2, 3)), (3,), dtypes=np.int32)
    check(lambda x: ops.broadcast(x, ints(2, 3)), (3,), dtypes=np.bool_)


@pytest.mark.parametrize("mode", ["blocks_first", "depth_first"])
@pytest.mark.parametrize("block", [2, 3])
@pytest.mark.parametrize("after", [convolved, lambda x: x])
def test_depth_to_space_and_back(mode, block, after):
    got = check(lambda x: ops.depth_to_space(after(x), mode, block), (2, 2 * block**2, 3, 4))
    assert got.transposes == 0
    got = check(lambda x: ops.space_to_depth(after(x), mode, block), (2, 3, 2 * block, 3 * block))
    assert got.transposes == 0


@pytest.mark.parametrize(("axis", "groups"), [(1, 2), (1, 3), (2, 2), (-1, 2)])
@pytest.mark.parametrize("after", [convolved, lambda x: x])
def test_shuffle_channels(axis, groups, after):
    check(lambda x: ops.shuffle_channels(after(x), axis, groups), (2, 6, 4, 8))


def test_shuffle_by_reshape_and_transpose():
    def build(x):
        x = ops.reshape(convolved(x), ints(1, 2, 3, 4, 4), False)
        x = ops.reshape(ops.transpose(x, ints(0, 2, 1, 3, 4)), ints(1, 6, 4, 4), False)
        return convolved(x)

    check(build, (1, 6, 4, 4))


def test_pixel_shuffle_by_reshape_and_transpose():
    def build(x):
        x = ops.reshape(convolved(x), ints(1, 2, 2, 2, 3, 3), False)
        x = ops.reshape(ops.transpose(x, ints(0, 1, 4, 2, 5, 3)), ints(1, 2, 6, 6), False)
        return convolved(x)

    check(build, (1, 8, 3, 3))
