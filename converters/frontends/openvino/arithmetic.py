"""Elementwise arithmetic, comparison and logic."""

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Attr, Value, constant

_BINARY = {
    "Add": "ADD",
    "Subtract": "SUB",
    "Multiply": "MUL",
    "Maximum": "MAXIMUM",
    "Minimum": "MINIMUM",
    "Equal": "EQUAL",
    "NotEqual": "NOT_EQUAL",
    "Less": "LESS",
    "LessEqual": "LESS_EQUAL",
    "Greater": "GREATER",
    "GreaterEqual": "GREATER_EQUAL",
    "LogicalAnd": "LOGICAL_AND",
    "LogicalOr": "LOGICAL_OR",
    "LogicalXor": "NOT_EQUAL",
}
_UNARY = {
    "Negative": "NEG",
    "Exp": "EXP",
    "Log": "LOG",
    "Sqrt": "SQRT",
    "Sin": "SIN",
    "Cos": "COS",
    "Floor": "FLOOR",
    "Ceiling": "CEIL",
    "LogicalNot": "LOGICAL_NOT",
}


def binary(context: Context, op: str, x: Value, y: Value, **attrs: Attr) -> Value:
    """A broadcasting operator, its operands lifted to one rank."""
    rank = max(x.rank, y.rank)
    return context.build(op, context.lift(x, rank), context.lift(y, rank), **attrs)


def _register_binary(source: str, op: str) -> None:
    @lowers(source)
    def lowering(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
        if auto_broadcast == "pdpd":
            raise NotExpressibleError("its broadcasting rule is Paddle's, not numpy's")
        return binary(context, op, x, y)


def _register_unary(source: str, op: str) -> None:
    @lowers(source)
    def lowering(context: Context, x: Value) -> Value:
        return context.build(op, x)


for _source, _op in _BINARY.items():
    _register_binary(_source, _op)
for _source, _op in _UNARY.items():
    _register_unary(_source, _op)


@lowers("Round")
def round_(context: Context, x: Value, *, mode: str = "half_to_even") -> Value:
    if mode != "half_to_even":
        raise NotExpressibleError(
            "LiteRT's ROUND takes halves to the even neighbour, this one away from zero"
        )
    return context.build("ROUND", x)


@lowers("Select")
def select(context: Context, condition: Value, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    rank = len(context.shape)
    return context.build("SELECT_V2", *(context.lift(value, rank) for value in (condition, x, y)))


_ZERO = np.asarray(0, np.int64)
_EXPONENT_BITS = 6
"""A power beyond the 63rd fits int64 for the bases -1, 0 and 1 alone."""


@lowers("Abs")
def absolute(context: Context, x: Value) -> Value:
    """LiteRT's ABS does not take int64: the larger of x and -x."""
    b = context.build
    return b("MAXIMUM", x, b("NEG", x)) if x.dtype == np.int64 else b("ABS", x)


@lowers("Sign")
def sign(context: Context, x: Value) -> Value:
    """LiteRT's SIGN does not take int64: (x > 0) - (x < 0)."""
    b = context.build
    if x.dtype != np.int64:
        return b("SIGN", x)
    return b("SUB", *(b.cast(b(op, x, _ZERO), np.int64) for op in ("GREATER", "LESS")))


@lowers("SquaredDifference")
def squared_difference(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    if x.dtype != np.int64:
        return binary(context, "SQUARED_DIFFERENCE", x, y)
    difference = binary(context, "SUB", x, y)
    return context.build("MUL", difference, difference)


@lowers("Power")
def power(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    """LiteRT's POW does not take int64: by squaring, one factor for each bit of the exponent, which must not be negative."""
    if x.dtype != np.int64:
        return binary(context, "POW", x, y)
    b = context.build
    if y.data is not None and (y.data < 0).any():
        raise NotExpressibleError("a negative power of an integer is no integer")
    odd = b("FLOOR_MOD", y, np.asarray(2, np.int64))
    most = 2**_EXPONENT_BITS - 2
    large = b("GREATER", y, np.asarray(most + 1, np.int64))
    exponent = b.cast(b("SELECT_V2", large, b("ADD", odd, np.asarray(most, np.int64)), y), np.int32)
    result, factor = constant(np.asarray(1, np.int64)), x
    for bit in range(_EXPONENT_BITS):
        shifted = b("RIGHT_SHIFT", exponent, np.asarray(bit, np.int32)) if bit else exponent
        taken = b("NOT_EQUAL", b("FLOOR_MOD", shifted, np.asarray(2, np.int32)), np.asarray(0, np.int32))
        rank = max(taken.rank, factor.rank)
        chosen = b(
            "SELECT_V2", context.lift(taken, rank), context.lift(factor, rank), np.asarray(1, np.int64)
        )
        result = binary(context, "MUL", result, chosen)
        factor = b("MUL", factor, factor)
    return result
