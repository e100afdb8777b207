"""Bitwise logic and shifts on every integer type. LiteRT has BITWISE_XOR and RIGHT_SHIFT up to 32 bits; the rest is arithmetic."""

import numpy as np

from converters.frontends.openvino.bits import fitting, lanes, lifted, reinterpreted, whole
from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Value, constant


def _numpy_broadcast(auto_broadcast: str) -> None:
    if auto_broadcast == "pdpd":
        raise NotExpressibleError("its broadcasting rule is Paddle's, not numpy's")


@lowers("BitwiseAnd")
def bitwise_and(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    """(x + y - (x xor y)) / 2: a sum is what differs plus twice what is common."""
    _numpy_broadcast(auto_broadcast)
    return _half_of_sum(context, "LOGICAL_AND", "SUB", x, y)


@lowers("BitwiseOr")
def bitwise_or(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    """(x + y + (x xor y)) / 2."""
    _numpy_broadcast(auto_broadcast)
    return _half_of_sum(context, "LOGICAL_OR", "ADD", x, y)


def _half_of_sum(context: Context, logical: str, sign: str, x: Value, y: Value) -> Value:
    b = context.build
    if x.dtype == np.bool_:
        rank = max(x.rank, y.rank)
        return b(logical, context.lift(x, rank), context.lift(y, rank))
    left, right = (lanes(context, value) for value in fitting(context, x, y))
    twice = b(sign, b("ADD", left, right), b("BITWISE_XOR", left, right))
    return whole(context, b("RIGHT_SHIFT", twice, np.asarray(1, np.int32)), x.dtype)


@lowers("BitwiseXor")
def bitwise_xor(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    _numpy_broadcast(auto_broadcast)
    b, rank = context.build, max(x.rank, y.rank)
    if x.dtype == np.bool_:
        return b("NOT_EQUAL", context.lift(x, rank), context.lift(y, rank))
    if x.dtype.itemsize < 8:
        return b("BITWISE_XOR", context.lift(x, rank), context.lift(y, rank))
    left, right = (reinterpreted(context, value, np.int32) for value in fitting(context, x, y))
    return reinterpreted(context, b("BITWISE_XOR", left, right), x.dtype)


@lowers("BitwiseNot")
def bitwise_not(context: Context, x: Value) -> Value:
    """-1 - x in two's complement."""
    b = context.build
    if x.dtype == np.bool_:
        return b("LOGICAL_NOT", x)
    if x.dtype.itemsize < 8:
        return b("BITWISE_XOR", x, np.asarray(-1).astype(x.dtype))
    signed = reinterpreted(context, x, np.int64)
    return reinterpreted(context, b("SUB", np.asarray(-1, np.int64), signed), x.dtype)


@lowers("BitwiseLeftShift")
def left_shift(context: Context, x: Value, count: Value, *, auto_broadcast: str = "numpy") -> Value:
    """x · 2^count with wrap-around; 0 where the count is negative or not less than the width."""
    _numpy_broadcast(auto_broadcast)
    b, rank = context.build, max(x.rank, count.rank)
    width = x.dtype.itemsize * 8
    powers = np.asarray([*(np.uint64(1) << np.uint64(i) for i in range(width)), 0], np.uint64).view(np.int64)
    index = _bounded(context, count, width)
    factor = constant(powers[index.data]) if index.data is not None else b("GATHER", powers, index)
    product = b(
        "MUL", context.lift(_as_int64(context, x), rank), context.lift(_as_int64(context, factor), rank)
    )
    return reinterpreted(context, product, x.dtype) if x.dtype.itemsize == 8 else b.cast(product, x.dtype)


@lowers("BitwiseRightShift")
def right_shift(context: Context, x: Value, count: Value, *, auto_broadcast: str = "numpy") -> Value:
    """floor(x / 2^count); 0 or -1, by the sign, where the count is negative or not less than the width."""
    _numpy_broadcast(auto_broadcast)
    rank = max(x.rank, count.rank)
    bounded = lifted(context, _bounded(context, count, x.dtype.itemsize * 8), rank)
    x = lifted(context, x, rank)
    return _halved_wide(context, x, bounded) if x.dtype.itemsize == 8 else _halved(context, x, bounded)


def _as_int64(context: Context, x: Value) -> Value:
    return reinterpreted(context, x, np.int64) if x.dtype == np.uint64 else context.build.cast(x, np.int64)


def _bounded(context: Context, count: Value, width: int) -> Value:
    """The count as int32, `width` where it is out of range."""
    b = context.build
    wide = _as_int64(context, count)
    if wide.data is not None:
        inside = (wide.data >= 0) & (wide.data < width)
        return constant(np.where(inside, wide.data, width).astype(np.int32))
    limit = np.asarray(width, np.int64)
    high = b("MINIMUM", wide, limit)
    return b.cast(b("SELECT_V2", b("LESS", wide, np.asarray(0, np.int64)), limit, high), np.int32)


def _halved(context: Context, x: Value, count: Value) -> Value:
    """Up to 32 bits; RIGHT_SHIFT itself shifts by no more than the width less one, which is right for signed numbers."""
    b, width = context.build, x.dtype.itemsize * 8
    shifted = b("RIGHT_SHIFT", x, b.cast(count, x.dtype))
    if x.dtype.kind == "i" or (count.data is not None and (count.data < width).all()):
        return shifted
    outside = b("GREATER_EQUAL", count, np.asarray(width, np.int32))
    return b("SELECT_V2", outside, np.asarray(0, x.dtype), shifted)


def _halved_wide(context: Context, x: Value, count: Value) -> Value:
    """64 bits as high · 2^32 + low: the first 32 places are taken from both halves, the rest from the high one alone."""
    b = context.build
    top = np.dtype(np.int32 if x.dtype.kind == "i" else np.uint32)
    halves = reinterpreted(context, x, top)
    low, high = (_lane(context, halves, index) for index in (0, 1))
    first = b("MINIMUM", count, np.asarray(32, np.int32))
    rest = b("SUB", count, first)
    high = _halved(context, high, rest)
    low = _halved(context, reinterpreted(context, low, np.uint32), first)
    factors = np.asarray([2 ** (32 - i) for i in range(33)], np.int64)
    moved = b("MUL", b.cast(high, np.int64), b("GATHER", factors, first))
    return reinterpreted(context, b("ADD", moved, b.cast(low, np.int64)), x.dtype)


def _lane(context: Context, halves: Value, index: int) -> Value:
    b = context.build
    if halves.data is not None:
        return constant(np.ascontiguousarray(halves.data[..., index]))
    begin = np.asarray([0] * (halves.rank - 1) + [index], np.int32)
    size = np.asarray([*halves.shape[:-1], 1], np.int32)
    return b.reshape(b("SLICE", halves, begin, size), halves.shape[:-1])
