"""From one type to another."""

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.bits import reinterpreted
from converters.frontends.openvino.bitwise import bitwise_or, right_shift
from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Value, constant

_HALF = 2.0**63


@lowers("Convert")
def convert(
    context: Context,
    x: Value,
    *,
    destination_type: str = "",
    no_clamp: bool = False,
    use_rounding: bool = False,
) -> Value:
    if use_rounding:
        raise NotExpressibleError("it rounds to the type that it converts to")
    return converted(context, x, context.dtypes[0])


@lowers("ConvertLike")
def convert_like(context: Context, x: Value, like: Value) -> Value:
    return converted(context, x, context.dtypes[0])


def converted(context: Context, x: Value, dtype: npt.DTypeLike) -> Value:
    """`x` as `dtype`. Floats are cut off towards zero; what is too large for a small integer wraps around, as it does by way of int32."""
    b, target = context.build, np.dtype(dtype)
    if x.dtype == target:
        return x
    if x.dtype == np.uint64:
        return _from_uint64(context, x, target)
    if target == np.uint64:
        wide = _to_uint64(context, x) if x.dtype.kind == "f" else b.cast(x, np.int64)
        return reinterpreted(context, wide, np.uint64)
    if x.dtype.kind == "f" and target.kind in "iu" and target != np.int64:
        x = b.cast(
            x, np.int64 if target == np.uint32 else np.int32
        )  # LiteRT's own cast to the others saturates
    return b.cast(x, target)


def _to_uint64(context: Context, x: Value) -> Value:
    """The bits in int64; from 2^63 on, less 2^63 and the top bit turned."""
    b = context.build
    number = b.cast(x, np.float32)
    limit = constant(np.asarray(_HALF, np.float32))
    large = b("GREATER_EQUAL", number, limit)
    part = b.cast(b("SELECT_V2", large, b("SUB", number, limit), number), np.int64)
    return b("SELECT_V2", large, b("ADD", part, np.asarray(np.iinfo(np.int64).min)), part)


def _from_uint64(context: Context, x: Value, target: "np.dtype[np.generic]") -> Value:
    """To floats: from 2^63 on twice the half, whose last bit stands for all that were lost, so that it is rounded once."""
    b = context.build
    bits = reinterpreted(context, x, np.int64)
    zero = np.asarray(0, np.int64)
    if target == np.bool_:
        return b("NOT_EQUAL", bits, zero)
    if target.kind != "f":
        return b.cast(bits, target)
    one = constant(np.asarray(1, np.uint64))
    last = reinterpreted(context, b("FLOOR_MOD", bits, np.asarray(2, np.int64)), np.uint64)
    half = reinterpreted(context, bitwise_or(context, right_shift(context, x, one), last), np.int64)
    double = b("MUL", b.cast(half, np.float32), constant(np.asarray(2, np.float32)))
    return b.cast(b("SELECT_V2", b("LESS", bits, zero), double, b.cast(bits, np.float32)), target)
