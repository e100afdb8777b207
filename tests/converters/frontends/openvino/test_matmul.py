"""Matrix products against OpenVINO's own execution."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15

SHAPES = [
    ((3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 3, 4), (4, 5)),
    ((3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (1, 6, 4, 5)),
    ((2, 6, 3, 4), (6, 4, 5)),
    ((1, 1, 3, 4), (1, 1, 4, 5)),
    ((2, 2, 2, 3, 4), (2, 2, 2, 4, 5)),
]


def flipped(shape, flip):
    return (*shape[:-2], shape[-1], shape[-2]) if flip else shape


@pytest.mark.parametrize("constant", [None, 0, 1])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("a", [True, False])
@pytest.mark.parametrize("b", [True, False])
def test_every_rank_and_flag(shapes, a, b, constant):
    left, right = flipped(shapes[0], a), flipped(shapes[1], b)
    if constant is None:
        check(lambda x, y: ops.matmul(x, y, a, b), left, right)
    elif constant == 0:
        check(lambda y: ops.matmul(ops.constant(weights(*left)), y, a, b), right)
    else:
        check(lambda x: ops.matmul(x, ops.constant(weights(*right)), a, b), left)


@pytest.mark.parametrize(
    "shapes", [((4,), (4,)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (2, 4, 5)), ((2, 3, 4), (4,))]
)
@pytest.mark.parametrize("constant", [True, False])
def test_vectors(shapes, constant):
    if constant:
        check(lambda x: ops.matmul(x, ops.constant(weights(*shapes[1])), False, False), shapes[0])
    else:
        check(lambda x, y: ops.matmul(x, y, False, False), *shapes)


def test_bias_and_activation_go_into_the_layer():
    def build(x):
        return ops.relu(ops.add(ops.matmul(x, weights(4, 5), False, False), weights(5)))

    assert check(build, (3, 4)).histogram == {"FULLY_CONNECTED": 1}


def test_attention():
    """q·kᵀ, softmax, ·v with heads taken out of the features: the adjoint flags absorb what they can."""
    from tests.converters.frontends.openvino.models import model_of
    from tests.converters.harness import convert_and_compare

    def heads(x, seed):
        x = ops.matmul(x, weights(8, 8, seed=seed), False, False)
        return ops.transpose(ops.reshape(x, np.asarray([1, 6, 2, 4]), False), np.asarray([0, 2, 1, 3]))

    def build(x):
        q, k, v = (heads(x, seed) for seed in range(3))
        weight = ops.softmax(ops.matmul(q, k, False, True), -1)
        y = ops.transpose(ops.matmul(weight, v, False, False), np.asarray([0, 2, 1, 3]))
        return ops.reshape(y, np.asarray([1, 6, 8]), False)

    got = convert_and_compare(model_of(build, (1, 6, 8)))
    assert got.transposes <= 4


@pytest.mark.parametrize("shape", [(1, 3, 4, 5), (2, 3, 4, 5)])
def test_flattened_features(shape):
    """The flatten stays in NCHW order: the weights' columns must follow."""

    def build(x):
        x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.matmul(ops.reshape(x, np.asarray([shape[0], 60]), False), weights(60, 7), False, False)

    got = check(build, shape)
    assert got.histogram == {"CONV_2D": 1, "FULLY_CONNECTED": 1}
