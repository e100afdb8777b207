"""Reading bits as another type, of constants and of computed values alike."""

import numpy as np
import pytest

from converters.frontends.openvino.bits import fitting, lanes, reinterpreted, whole
from converters.frontends.openvino.lowering import Context
from converters.graph import Value, constant
from converters.ops import Builder

CONTEXT = Context(Builder(), ((),), (np.dtype(np.float32),))


@pytest.mark.parametrize("source", ["int8", "uint16", "int32", "uint32", "int64", "uint64"])
def test_constants_go_through_lanes_and_back(source: str) -> None:
    data = np.frombuffer(np.random.default_rng(0).bytes(48), source).reshape(2, -1)
    back = whole(CONTEXT, lanes(CONTEXT, constant(data)), source)
    assert back.dtype == source
    assert np.array_equal(back.array, data)


def test_shapes_of_computed_values() -> None:
    x = Value("x", (2, 3), np.dtype(np.int64))
    small = reinterpreted(CONTEXT, x, np.int16)
    assert small.shape == (2, 3, 4)
    assert reinterpreted(CONTEXT, small, np.uint64).shape == (2, 3)
    assert reinterpreted(CONTEXT, x, np.uint64).shape == (2, 3)
    with pytest.raises(ValueError, match="do not make up"):
        reinterpreted(CONTEXT, small, np.int32)


def test_operands_of_high_rank_get_one_shape() -> None:
    x, y = Value("x", (2, 1, 3, 4), np.dtype(np.int32)), Value("y", (3, 1), np.dtype(np.int32))
    assert [v.shape for v in fitting(CONTEXT, x, y)] == [(2, 1, 3, 4)] * 2
