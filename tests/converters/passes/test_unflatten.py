"""A linear layer viewed as an image, as decoders begin: no Transpose where the weights can take the order."""

from typing import Any

import numpy as np
import openvino.opset13 as ops
import pytest

from tests.converters.frontends.openvino.models import check, weights


def view(x: Any, *shape: int) -> Any:
    return ops.reshape(x, np.asarray(shape), False)


def conv(x: Any, *shape: int) -> Any:
    return ops.convolution(x, weights(*shape), [1, 1], [1, 1], [1, 1], [1, 1])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("act", [lambda x: x, ops.relu, lambda x: ops.gelu(x, "erf"), ops.sigmoid])
def test_a_decoder_begins_without_a_transpose(batch: int, act: Any) -> None:
    def build(x: Any) -> Any:
        hidden = ops.add(ops.matmul(x, weights(96, 8), False, True), weights(96))
        return conv(view(act(hidden), batch, 6, 4, 4), 5, 6, 3, 3)

    assert check(build, (batch, 8)).transposes == 0


def test_a_result_that_others_read_keeps_its_order() -> None:
    def build(x: Any) -> Any:
        hidden = ops.matmul(x, weights(96, 8), False, True)
        return [conv(view(hidden, 2, 6, 4, 4), 5, 6, 3, 3), ops.relu(hidden)]

    assert check(build, (2, 8)).transposes == 1


def test_an_input_keeps_its_order() -> None:
    check(lambda x: conv(view(x, 1, 6, 4, 4), 5, 6, 3, 3), (1, 96))


def test_what_a_loop_gives_is_no_view() -> None:
    """Of an operator with several results any may be read."""
    given = [weights(1, 32, 4), weights(1, 32, 8, seed=2), weights(1, 32, seed=3)]

    def build(x: Any) -> Any:
        states = [np.zeros((2, 1, 8), np.float32)] * 2
        y = ops.lstm_sequence(x, *states, np.asarray([5, 5]), *given, 8, "forward")
        return ops.relu(ops.transpose(y.output(0), np.asarray((0, 1, 3, 2))))

    check(build, (2, 5, 4))
