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
    "Power": "POW",
    "SquaredDifference": "SQUARED_DIFFERENCE",
    "FloorMod": "FLOOR_MOD",
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
    "Abs": "ABS",
    "Negative": "NEG",
    "Exp": "EXP",
    "Log": "LOG",
    "Sqrt": "SQRT",
    "Sin": "SIN",
    "Cos": "COS",
    "Floor": "FLOOR",
    "Ceiling": "CEIL",
    "Sign": "SIGN",
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


@lowers("Divide")
def divide(
    context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy", m_pythondiv: bool = True
) -> Value:
    """Integers: floor division where Python's is meant, which LiteRT's FLOOR_DIV is; C's truncation has no operator."""
    if np.issubdtype(x.dtype, np.integer):
        if not m_pythondiv:
            raise NotExpressibleError("integer division that truncates has no LiteRT operator")
        return binary(context, "FLOOR_DIV", x, y)
    if y.data is not None and y.data.dtype == np.float32 and _exact_reciprocal(y):
        return binary(context, "MUL", x, constant((1 / y.array).astype(np.float32)))
    return binary(context, "DIV", x, y)


def _exact_reciprocal(value: Value) -> bool:
    """Whether 1/c loses nothing: powers of two."""
    mantissa, _ = np.frexp(value.array)
    return bool(np.all(np.abs(mantissa) == 0.5))


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


@lowers("Convert")
def convert(
    context: Context,
    x: Value,
    *,
    destination_type: str = "",
    no_clamp: bool = False,
    use_rounding: bool = False,
) -> Value:
    target = context.dtypes[0]
    return context.build.cast(x, target)


@lowers("ConvertLike")
def convert_like(context: Context, x: Value, like: Value) -> Value:
    return context.build.cast(x, context.dtypes[0])


@lowers("Mod")
def modulus(context: Context, x: Value, y: Value, *, auto_broadcast: str = "numpy") -> Value:
    """x - y * trunc(x / y) = sign(x) * floormod(|x|, |y|)."""
    b = context.build
    if x.dtype == np.int64:
        return _modulus_int64(context, x, y)
    magnitude = binary(context, "FLOOR_MOD", b("ABS", x), b("ABS", y) if not y.is_constant else _absolute(y))
    return binary(context, "MUL", b("SIGN", x), magnitude)


def _modulus_int64(context: Context, x: Value, y: Value) -> Value:
    """ABS and SIGN do not take int64: floormod(x, y), less y where it is not 0 and the signs of x and y differ."""
    b = context.build
    zero = np.asarray(0, np.int64)
    floored = binary(context, "FLOOR_MOD", x, y)
    differ = binary(context, "NOT_EQUAL", b("LESS", x, zero), b("LESS", y, zero))
    wrong = b("LOGICAL_AND", b("NOT_EQUAL", floored, zero), differ)
    return b("SELECT_V2", wrong, binary(context, "SUB", floored, y), floored)


def _absolute(value: Value) -> Value:
    return constant(np.abs(value.array))
