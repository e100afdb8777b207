"""Operators on tensors without elements, which OpenVINO's own folding crashes on: the expected results are written out."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import model_of
from tests.converters.harness import convert_and_compare

openvino = pytest.importorskip("openvino")
ops = openvino.opset15
X = np.arange(6, dtype=np.float32).reshape(2, 3)


def plus_the_sum_of_nothing(x, shape=(0, 1)):
    """`x` + the sum over rows of an empty tensor that was broadcast to no rows of three."""
    rows = ops.broadcast(ops.constant(np.zeros(shape, np.float32)), ops.constant([0, 3]))
    return ops.add(x, ops.reduce_sum(rows, np.array([0]), False))


@pytest.mark.parametrize("shape", [(0, 1), (0, 3)])
def test_a_broadcast_of_nothing(shape):
    model = model_of(lambda x: plus_the_sum_of_nothing(x, shape), (2, 3))
    convert_and_compare(model, inputs=[X], expected=[X])


def test_in_the_branches_of_an_if():
    def branch(offset):
        x = ops.parameter([2, 3], np.float32)
        return openvino.Model([ops.result(ops.add(plus_the_sum_of_nothing(x), np.float32(offset)))], [x])

    def build(x, flag):
        choice = ops.if_op(flag.output(0))
        bodies = branch(1), branch(2)
        choice.set_then_body(bodies[0])
        choice.set_else_body(bodies[1])
        choice.set_input(x.output(0), bodies[0].get_parameters()[0], bodies[1].get_parameters()[0])
        return choice.set_output(bodies[0].get_results()[0], bodies[1].get_results()[0])

    model = model_of(build, (2, 3), (), dtypes=[np.float32, np.bool_])
    convert_and_compare(model, inputs=[X, np.array(True)], expected=[X + 1])
    convert_and_compare(model, inputs=[X, np.array(False)], expected=[X + 2])
