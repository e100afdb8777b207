"""Reductions over every set of axes against OpenVINO's own execution."""

import itertools

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15

FLOAT = ("reduce_mean", "reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "reduce_l1", "reduce_l2")
AXES = [axes for n in (1, 2, 3, 4) for axes in itertools.combinations(range(4), n)]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("name", FLOAT)
def test_every_set_of_axes(name, keep):
    for axes in (*AXES, (-1,), (-2, 1)):
        check(lambda x, over=axes: getattr(ops, name)(x, np.asarray(over), keep), (2, 3, 4, 5))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("name", ["reduce_mean", "reduce_max"])
def test_after_a_convolution(name, keep):
    """What is left of the channels-last order after the axes are gone."""
    for axes in AXES:

        def build(x, over=axes):
            x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
            return getattr(ops, name)(x, np.asarray(over), keep)

        got = check(build, (2, 3, 4, 5))
        assert got.transposes <= 1


def test_global_pooling_head():
    def build(x):
        x = ops.convolution(x, weights(4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        x = ops.reduce_mean(ops.relu(x), np.asarray([2, 3]), True)
        return ops.matmul(ops.reshape(x, np.asarray([1, 4]), False), weights(4, 7), False, False)

    got = check(build, (1, 3, 8, 8))
    assert got.histogram == {"CONV_2D": 1, "MEAN": 1, "FULLY_CONNECTED": 1}


@pytest.mark.parametrize("name", ["reduce_logical_and", "reduce_logical_or"])
@pytest.mark.parametrize("keep", [True, False])
def test_logic(name, keep):
    check(lambda x: getattr(ops, name)(x, np.asarray([1, 2]), keep), (2, 3, 4), dtypes=np.bool_)


@pytest.mark.parametrize("name", ["reduce_sum", "reduce_max", "reduce_min", "reduce_prod"])
def test_integers(name):
    check(lambda x: getattr(ops, name)(x, np.asarray([1]), False), (2, 3, 4), dtypes=np.int32)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_cumsum(axis, exclusive, reverse):
    check(lambda x: ops.cum_sum(x, np.asarray(axis), exclusive, reverse), (2, 3, 4))


@pytest.mark.parametrize("axis", [0, 2, -2])
@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_cumsum_along_an_axis_computed_at_run_time(axis, kind):
    x = np.arange(24).reshape(2, 3, 4).astype(kind)
    check(
        lambda v, a: ops.cum_sum(v, a, False, True),
        (2, 3, 4),
        (),
        dtypes=[kind, np.int32],
        inputs=[x, np.asarray(axis, np.int32)],
    )
