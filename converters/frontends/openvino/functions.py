"""Elementary functions that LiteRT has no operator for, composed of those it has."""

import numpy as np

from converters.frontends.openvino.activations import scalar
from converters.frontends.openvino.lowering import Context, lowers
from converters.graph import Value


@lowers("Tan")
def tan(context: Context, x: Value) -> Value:
    b = context.build
    return b("DIV", b("SIN", x), b("COS", x))


@lowers("Atan")
def atan(context: Context, x: Value) -> Value:
    return context.build("ATAN2", x, _like(context, x, 1.0))


@lowers("Asin")
def asin(context: Context, x: Value) -> Value:
    """atan2(x, sqrt((1 - x)(1 + x)))."""
    return context.build("ATAN2", x, _cosine_of_asin(context, x))


@lowers("Acos")
def acos(context: Context, x: Value) -> Value:
    """atan2(sqrt((1 - x)(1 + x)), x)."""
    return context.build("ATAN2", _cosine_of_asin(context, x), x)


def _cosine_of_asin(context: Context, x: Value) -> Value:
    b = context.build
    return b("SQRT", b("MUL", b("SUB", scalar(1, x), x), b("ADD", x, scalar(1, x))))


def _like(context: Context, x: Value, number: float) -> Value:
    """`number` in the shape of `x` (ATAN2 does not broadcast)."""
    from converters.graph import constant

    return constant(np.full(x.shape, number, x.dtype))


@lowers("Sinh")
def sinh(context: Context, x: Value) -> Value:
    """(exp(x) - exp(-x)) / 2 = tanh(x) · cosh(x), which keeps its digits near zero."""
    return context.build("MUL", context.build("TANH", x), cosh(context, x))


@lowers("Cosh")
def cosh(context: Context, x: Value) -> Value:
    """(exp(x) + exp(-x)) / 2."""
    b = context.build
    return b("MUL", b("ADD", b("EXP", x), b("EXP", b("NEG", x))), scalar(0.5, x))


@lowers("Asinh")
def asinh(context: Context, x: Value) -> Value:
    """sign(x) · log(|x| + sqrt(x² + 1))."""
    b = context.build
    size = b("ABS", x)
    root = b("SQRT", b("ADD", b("SQUARE", x), scalar(1, x)))
    return b("MUL", b("SIGN", x), b("LOG", b("ADD", size, root)))


@lowers("Acosh")
def acosh(context: Context, x: Value) -> Value:
    """log(x + sqrt((x - 1)(x + 1)))."""
    b = context.build
    root = b("SQRT", b("MUL", b("SUB", x, scalar(1, x)), b("ADD", x, scalar(1, x))))
    return b("LOG", b("ADD", x, root))


@lowers("Atanh")
def atanh(context: Context, x: Value) -> Value:
    """(log(1 + x) - log(1 - x)) / 2."""
    b = context.build
    difference = b("SUB", b("LOG", b("ADD", x, scalar(1, x))), b("LOG", b("SUB", scalar(1, x), x)))
    return b("MUL", difference, scalar(0.5, x))


@lowers("Erf")
def erf(context: Context, x: Value) -> Value:
    """x · P(x²) / Q(x²) on the range where erf has not rounded to ±1.

    The rational approximation that Eigen, XLA and TensorFlow compute float32 erf by (Eigen/src/Core/MathFunctionsImpl.h), so what a
    runtime's own operator would give to a few units in the last place.
    """
    b = context.build
    limit = 3.832506856900711
    bounded = b("MINIMUM", b("MAXIMUM", x, scalar(-limit, x)), scalar(limit, x))
    square = b("SQUARE", bounded)
    numerator = _polynomial(context, square, _ERF_NUMERATOR)
    denominator = _polynomial(context, square, _ERF_DENOMINATOR)
    return b("DIV", b("MUL", bounded, numerator), denominator)


_ERF_NUMERATOR = (
    0.00022905065861350646,
    0.0034082910107109506,
    0.050955695062380861,
    0.18520832239976145,
    1.128379143519084,
)
_ERF_DENOMINATOR = (
    -1.1791602954361697e-7,
    0.000023547966471313185,
    0.0010179625278914885,
    0.014070470171167667,
    0.11098505178285362,
    0.49746925110067538,
    1.0,
)


def _polynomial(context: Context, x: Value, coefficients: tuple[float, ...]) -> Value:
    """Horner's scheme, highest power first."""
    b = context.build
    result = b("ADD", b("MUL", x, scalar(coefficients[0], x)), scalar(coefficients[1], x))
    for coefficient in coefficients[2:]:
        result = b("ADD", b("MUL", result, x), scalar(coefficient, x))
    return result


@lowers("IsNaN")
def is_nan(context: Context, x: Value) -> Value:
    return context.build("NOT_EQUAL", x, x)


@lowers("IsInf")
def is_inf(
    context: Context, x: Value, *, detect_negative: bool = True, detect_positive: bool = True
) -> Value:
    b = context.build
    if detect_negative and detect_positive:
        return b("EQUAL", b("ABS", x), scalar(np.inf, x))
    if detect_positive or detect_negative:
        return b("EQUAL", x, scalar(np.inf if detect_positive else -np.inf, x))
    return b("NOT_EQUAL", b("ABS", x), b("ABS", x))


@lowers("IsFinite")
def is_finite(context: Context, x: Value) -> Value:
    """|x| < infinity, which a NaN is not."""
    return context.build("LESS", context.build("ABS", x), scalar(np.inf, x))
