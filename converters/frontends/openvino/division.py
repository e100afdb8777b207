"""Division and remainders. LiteRT divides floats and int32; wider integers by float quotients, corrected until they are exact."""

import numpy as np

from converters.frontends.openvino.arithmetic import binary
from converters.frontends.openvino.bits import reinterpreted
from converters.frontends.openvino.bitwise import right_shift
from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Value, constant

_ZERO = np.asarray(0, np.int64)


@lowers("Divide")
def divide(
    context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy", m_pythondiv: bool = True
) -> Value:
    """Integers: floor division where Python's is meant, else C's, which cuts off towards zero."""
    if auto_broadcast == "pdpd":
        raise NotExpressibleError("its broadcasting rule is Paddle's, not numpy's")
    if x.dtype.kind == "f":
        if y.data is not None and y.data.dtype == np.float32 and _exact_reciprocal(y):
            return binary(context, "MUL", x, constant((1 / y.array).astype(np.float32)))
        return binary(context, "DIV", x, y)
    b = context.build
    if x.dtype == np.uint32:
        wide = (b.cast(value, np.int64) for value in (x, y))
        return b.cast(_quotient(context, *wide, floor=True, rounds=2), np.uint32)
    if x.dtype == np.uint64:
        return _unsigned_quotient(context, x, y)
    if x.dtype == np.int64:
        return _quotient(context, x, y, floor=m_pythondiv)
    return binary(context, "FLOOR_DIV" if m_pythondiv else "DIV", x, y)


def _exact_reciprocal(value: Value) -> bool:
    """Whether 1/c loses nothing: powers of two."""
    mantissa, _ = np.frexp(value.array)
    return bool(np.all(np.abs(mantissa) == 0.5))


def _quotient(context: Context, x: Value, y: Value, *, floor: bool, rounds: int = 3) -> Value:
    """int64. A float32 quotient is right to 22 bits: what it leaves is divided again until less than |y| is left.

    q = q0 + q1 + q2 with r(i+1) = r(i) - q(i) · y, all in wrapping arithmetic; then |r| < |y|, and the signs say how to round.
    """
    b = context.build
    divisor = b.cast(y, np.float32)
    rest, total = x, x
    for index in range(rounds):
        ratio = b("ROUND", binary(context, "DIV", b.cast(rest, np.float32), divisor))
        part = b.cast(ratio, np.int64)
        total = part if index == 0 else b("ADD", total, part)
        rest = binary(context, "SUB", rest, binary(context, "MUL", part, y))
    below = b("LESS", rest, _ZERO)
    if y.data is None or (y.data <= 0).any():
        inexact = b("NOT_EQUAL", rest, _ZERO)
        below = b("LOGICAL_AND", inexact, binary(context, "NOT_EQUAL", below, b("LESS", y, _ZERO)))
    floored = b("SUB", total, b.cast(below, np.int64))
    if floor:
        return floored
    inexact = b("NOT_EQUAL", rest, _ZERO)
    negative = binary(context, "NOT_EQUAL", b("LESS", x, _ZERO), _negative(context, y))
    return b("ADD", floored, b.cast(binary(context, "LOGICAL_AND", inexact, negative), np.int64))


def _negative(context: Context, y: Value) -> Value:
    return constant(y.data < 0) if y.data is not None else context.build("LESS", y, _ZERO)


def _unsigned_quotient(context: Context, x: Value, y: Value) -> Value:
    """uint64. Half of x is divided as a signed number; twice that is the quotient or one less. A divisor from 2^63 on fits once at most."""
    b = context.build
    half = reinterpreted(context, right_shift(context, x, constant(np.asarray(1, np.uint64))), np.int64)
    left, right = (reinterpreted(context, value, np.int64) for value in (x, y))
    once = _quotient(context, half, right, floor=True)
    double = b("ADD", once, once)
    rest = binary(context, "SUB", left, binary(context, "MUL", double, right))
    total = b("ADD", double, b.cast(_not_less(context, rest, right), np.int64))
    fits = b.cast(_not_less(context, left, right), np.int64)
    large = _negative(context, right)
    return reinterpreted(context, b("SELECT_V2", large, fits, total), np.uint64)


def _not_less(context: Context, x: Value, y: Value) -> Value:
    """x >= y of unsigned numbers in int64: their order is that of signed ones with the top bit turned."""
    return binary(context, "GREATER_EQUAL", *(turned(context, value) for value in (x, y)))


def turned(context: Context, x: Value) -> Value:
    """int64 with its top bit turned: what wrapping addition of it does."""
    top = np.iinfo(np.int64).min
    if x.data is not None:
        return constant(x.data ^ top)
    return context.build("ADD", x, np.asarray(top, np.int64))


@lowers("FloorMod")
def floor_modulus(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    """x - y · floor(x / y)."""
    if auto_broadcast == "pdpd":
        raise NotExpressibleError("its broadcasting rule is Paddle's, not numpy's")
    if x.dtype == np.uint64:
        return _unsigned_remainder(context, x, y)
    return binary(context, "FLOOR_MOD", x, y)


@lowers("Mod")
def modulus(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    """x - y · trunc(x / y); of floats sign(x) · floormod(|x|, |y|)."""
    b = context.build
    if x.dtype.kind == "u":
        return floor_modulus(context, x, y, auto_broadcast=auto_broadcast)
    if x.dtype.kind == "i":
        return _signed_remainder(context, x, y)
    size = constant(np.abs(y.data)) if y.data is not None else b("ABS", y)
    magnitude = binary(context, "FLOOR_MOD", b("ABS", x), size)
    return binary(context, "MUL", b("SIGN", x), magnitude)


def _signed_remainder(context: Context, x: Value, y: Value) -> Value:
    """floormod(x, y), less y where it is not 0 and the signs of x and y differ. Not by magnitudes: the smallest number has none."""
    b = context.build
    zero = constant(np.zeros((), x.dtype))
    floored = binary(context, "FLOOR_MOD", x, y)
    below = constant(y.data < 0) if y.data is not None else binary(context, "LESS", y, zero)
    differ = binary(context, "NOT_EQUAL", binary(context, "LESS", x, zero), below)
    wrong = binary(context, "LOGICAL_AND", binary(context, "NOT_EQUAL", floored, zero), differ)
    return b("SELECT_V2", wrong, binary(context, "SUB", floored, y), floored)


def _unsigned_remainder(context: Context, x: Value, y: Value) -> Value:
    quotient = reinterpreted(context, _unsigned_quotient(context, x, y), np.int64)
    left, right = (reinterpreted(context, value, np.int64) for value in (x, y))
    rest = binary(context, "SUB", left, binary(context, "MUL", quotient, right))
    return reinterpreted(context, rest, np.uint64)
