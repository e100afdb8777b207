"""Every activation against OpenVINO's own execution."""

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15


def f32(*numbers):
    return ops.constant(np.asarray(numbers if len(numbers) > 1 else numbers[0], np.float32))


CASES = {
    "relu": ops.relu,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "elu": lambda x: ops.elu(x, 1.0),
    "elu alpha": lambda x: ops.elu(x, 0.3),
    "selu": lambda x: ops.selu(x, f32(1.6733), f32(1.0507)),
    "leaky": lambda x: ops.prelu(x, f32(0.1)),
    "prelu": lambda x: ops.prelu(x, ops.constant(weights(3))),
    "prelu shaped": lambda x: ops.prelu(x, ops.constant(weights(3, 1, 1))),
    "prelu rank 4": lambda x: ops.prelu(x, ops.constant(weights(1, 3, 1, 1))),
    "clamp 0 6": lambda x: ops.clamp(x, 0.0, 6.0),
    "clamp -1 1": lambda x: ops.clamp(x, -1.0, 1.0),
    "clamp 0 1": lambda x: ops.clamp(x, 0.0, 1.0),
    "clamp": lambda x: ops.clamp(x, -0.3, 2.5),
    "clamp above": lambda x: ops.clamp(x, 0.0, float("inf")),
    "clamp below": lambda x: ops.clamp(x, float("-inf"), 0.7),
    "hswish": ops.hswish,
    "hsigmoid": ops.hsigmoid,
    "hard sigmoid": lambda x: ops.hard_sigmoid(x, f32(0.3), f32(0.4)),
    "swish": ops.swish,
    "swish beta": lambda x: ops.swish(x, f32(1.7)),
    "gelu": lambda x: ops.gelu(x, "erf"),
    "gelu tanh": lambda x: ops.gelu(x, "tanh"),
    "softplus": ops.softplus,
    "mish": ops.mish,
    "softsign": ops.softsign,
}


@pytest.mark.parametrize("name", CASES)
def test_activation(name):
    """Numbers up to ±12, so that every branch is reached."""
    x = (np.random.default_rng(0).normal(size=(2, 3, 7, 5)) * 4).astype(np.float32)
    got = check(CASES[name], x.shape, inputs=[x], tolerance=2e-6)
    assert got.transposes == 0


@pytest.mark.parametrize("name", CASES)
def test_between_convolutions(name):
    def build(x):
        x = ops.convolution(x, weights(3, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        return ops.convolution(CASES[name](x), weights(3, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])

    assert check(build, (1, 3, 6, 6)).transposes == 0


@pytest.mark.parametrize("name", ["softplus", "mish", "gelu", "swish", "sigmoid", "elu"])
def test_large_numbers_do_not_overflow(name):
    x = np.asarray([[-200, -100, -50, -1e-8, 0, 1e-8, 50, 100, 200]], np.float32)
    check(CASES[name], x.shape, inputs=[x])


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4), (2, 3, 4, 5), (2, 3, 2, 2, 3)])
@pytest.mark.parametrize("log", [False, True])
def test_softmax_on_every_axis(shape, log):
    for axis in range(-len(shape), len(shape)):
        check(lambda x, at=axis: (ops.log_softmax if log else ops.softmax)(x, at), shape, tolerance=2e-6)


def test_prelu_of_one_dimension_runs_along_the_channels():
    check(lambda x: ops.prelu(x, ops.constant(weights(5))), (3, 5))
    check(lambda x: ops.prelu(x, ops.constant(weights(5))), (3, 5, 5))
