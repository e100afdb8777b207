"""Integer division and remainders of every type, against Python's own integers."""

import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import model_of
from tests.converters.frontends.openvino.test_bitwise import INTEGERS, anything
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15


def truncated(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def remainder(a: int, b: int) -> int:
    return a - b * truncated(a, b)


def division(floor: bool) -> Any:
    def build(x: Any, y: Any) -> Any:
        node = ops.divide(x, y)
        node.set_attribute("m_pythondiv", floor)
        return node

    return build


CASES = {
    "floor": (division(True), operator.floordiv),
    "truncated": (division(False), truncated),
    "floor_mod": (ops.floor_mod, operator.mod),
    "mod": (ops.mod, remainder),
}


def exact(function: Any, x: Any, y: Any) -> Any:
    pairs = np.broadcast_arrays(x.astype(object), y.astype(object))
    found = [function(a, b) for a, b in zip(*(p.ravel() for p in pairs), strict=True)]
    return np.asarray(found, dtype=object).astype(x.dtype).reshape(pairs[0].shape)


def divisors(dtype: Any, seed: int) -> Any:
    """Of every size, never 0, and not -1, by which the smallest number cannot be divided."""
    y = anything(dtype, (4, 1), seed)
    rng = np.random.default_rng(seed)
    y = y >> rng.integers(0, dtype.itemsize * 8 - 1, y.shape).astype(dtype)
    return np.where((y == 0) | (y.astype(object) == -1), dtype.type(3), y)


@settings(max_examples=25, deadline=None)
@given(
    dtype=st.sampled_from(INTEGERS),
    case=st.sampled_from(sorted(CASES)),
    known=st.booleans(),
    seed=st.integers(0, 999),
)
def test_of_every_type(dtype: Any, case: str, known: bool, seed: int) -> None:
    build, function = CASES[case]
    x, y = anything(dtype, (4, 16), seed), divisors(dtype, seed + 1)
    expected = [exact(function, x, y)]
    if known:
        model = model_of(lambda a: build(a, ops.constant(y)), x.shape, dtypes=dtype)
        convert_and_compare(model, inputs=[x], expected=expected)
    else:
        convert_and_compare(model_of(build, x.shape, y.shape, dtypes=dtype), inputs=[x, y], expected=expected)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_remainders_by_the_smallest_number(dtype: Any, known: bool) -> None:
    info = np.iinfo(dtype)
    x = np.asarray([info.min, info.min + 1, -7, -1, 0, 1, 7, info.max], dtype)
    y = np.asarray([[info.min], [info.max], [3], [-3]], dtype)
    second = () if known else (y,)
    model = model_of(
        (lambda a: ops.mod(a, ops.constant(y))) if known else ops.mod,
        x.shape,
        *(v.shape for v in second),
        dtypes=dtype,
    )
    convert_and_compare(model, inputs=[x, *second], expected=[exact(remainder, x, y)])


@pytest.mark.parametrize("case", ["floor", "truncated"])
def test_of_large_numbers_by_small_ones(case: str) -> None:
    build, function = CASES[case]
    info = np.iinfo(np.int64)
    x = np.asarray([info.min, info.min + 1, info.max, info.max - 1, -1, 0, 1, 2**53 + 1], np.int64)
    y = np.asarray([[1], [2], [3], [-2], [-3], [10**9 + 7], [info.max], [info.min]], np.int64)
    model = model_of(build, x.shape, y.shape, dtypes=np.int64)
    convert_and_compare(model, inputs=[x, y], expected=[exact(function, x, y)])


def test_of_int32_is_one_operator() -> None:
    x, y = np.asarray([-7, 7], np.int32), np.asarray([2, -2], np.int32)
    for floor, op, expected in ((True, "FLOOR_DIV", [-4, -4]), (False, "DIV", [-3, -3])):
        found = convert_and_compare(
            model_of(division(floor), (2,), (2,), dtypes=np.int32),
            inputs=[x, y],
            expected=[np.asarray(expected, np.int32)],
        )
        assert found.histogram == {op: 1}
