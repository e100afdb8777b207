"""Bitwise logic and shifts of every integer type, against numpy's (OpenVINO's CPU plugin computes 64 bits in 32)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import model_of
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15

INTEGERS = [np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
LOGIC = {"bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor}


def anything(dtype: np.dtype[Any], shape: tuple[int, ...], seed: int = 0) -> Any:
    """Random bits, the ends of the range among them."""
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    data = np.frombuffer(rng.bytes(count * dtype.itemsize), dtype).copy()
    info = np.iinfo(dtype)
    data[: min(count, 3)] = [info.min, info.max, 0][:count]
    return data.reshape(shape)


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("name", LOGIC)
def test_logic(name: str, dtype: Any) -> None:
    x, y = anything(dtype, (2, 3, 4)), anything(dtype, (3, 1), seed=1)
    model = model_of(getattr(ops, name), x.shape, y.shape, dtypes=dtype)
    convert_and_compare(model, inputs=[x, y], expected=[LOGIC[name](x, y)])


@pytest.mark.parametrize("dtype", [np.int32, np.uint64], ids=["int32", "uint64"])
def test_logic_of_high_rank(dtype: Any) -> None:
    x, y = anything(np.dtype(dtype), (2, 3, 1, 2)), anything(np.dtype(dtype), (1, 3, 4, 2), seed=1)
    model = model_of(ops.bitwise_and, x.shape, y.shape, dtypes=dtype)
    convert_and_compare(model, inputs=[x, y], expected=[x & y])


@pytest.mark.parametrize("name", [*LOGIC, "bitwise_not"])
def test_of_booleans(name: str) -> None:
    x, y = np.array([[True, False]]), np.array([[True], [False]])
    given = [x] if name == "bitwise_not" else [x, y]
    expected = ~x if name == "bitwise_not" else LOGIC[name](x, y)
    model = model_of(getattr(ops, name), *(a.shape for a in given), dtypes=bool)
    convert_and_compare(model, inputs=given, expected=[expected])


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_not(dtype: Any) -> None:
    x = anything(dtype, (2, 3))
    convert_and_compare(model_of(ops.bitwise_not, (2, 3), dtypes=dtype), inputs=[x], expected=[~x])


def shifted(x: Any, count: Any, right: bool) -> Any:
    """Python's own integers, cut to the type's width."""
    bits, kind = x.dtype.itemsize * 8, x.dtype
    out = []
    for value, by in zip(
        x.astype(object).ravel(), np.broadcast_to(count, x.shape).astype(object).ravel(), strict=True
    ):
        inside = 0 <= by < bits
        number = value >> (by if inside else bits) if right else value << by if inside else 0
        out.append(number & (2**bits - 1))
    unsigned = np.asarray(out, dtype=f"uint{bits}")
    return unsigned.view(kind).reshape(x.shape)


@settings(max_examples=12, deadline=None)
@given(dtype=st.sampled_from(INTEGERS), right=st.booleans(), known=st.booleans(), seed=st.integers(0, 99))
def test_shifts(dtype: Any, right: bool, known: bool, seed: int) -> None:
    bits = dtype.itemsize * 8
    x = anything(dtype, (3, 8), seed)
    lowest = -3 if dtype.kind == "i" else 0
    count = np.random.default_rng(seed).integers(lowest, bits + 4, 8).astype(dtype)
    make = ops.bitwise_right_shift if right else ops.bitwise_left_shift
    expected = [shifted(x, count, right)]
    if known:
        model = model_of(lambda a: make(a, ops.constant(count)), x.shape, dtypes=dtype)
        convert_and_compare(model, inputs=[x], expected=expected)
    else:
        convert_and_compare(
            model_of(make, x.shape, count.shape, dtypes=dtype), inputs=[x, count], expected=expected
        )


def test_and_of_small_integers_is_short() -> None:
    x = np.arange(6, dtype=np.uint8).reshape(2, 3)
    model = model_of(ops.bitwise_and, (2, 3), (2, 3), dtypes=np.uint8)
    found = convert_and_compare(model, inputs=[x, x[::-1]], expected=[x & x[::-1]])
    assert found.histogram == {"CAST": 3, "ADD": 1, "BITWISE_XOR": 1, "SUB": 1, "RIGHT_SHIFT": 1}
