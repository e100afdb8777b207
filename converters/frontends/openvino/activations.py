"""Activation functions."""

import numpy as np

from converters.frontends.openvino.arithmetic import binary
from converters.frontends.openvino.lowering import Context, axis_last, known, lowers
from converters.graph import Attr, Value, constant
from converters.ops.equation import inverse


def scalar(number: float, like: Value) -> Value:
    return constant(np.asarray(number, like.dtype))


@lowers("Relu")
def relu(context: Context, x: Value) -> Value:
    return context.build("RELU", x) if x.dtype.kind == "f" else context.build("MAXIMUM", x, scalar(0, x))


@lowers("Sigmoid")
def sigmoid(context: Context, x: Value) -> Value:
    return context.build("LOGISTIC", x)


@lowers("Tanh")
def tanh(context: Context, x: Value) -> Value:
    return context.build("TANH", x)


@lowers("PRelu")
def prelu(context: Context, x: Value, slope: Value) -> Value:
    """One slope for all is LEAKY_RELU; a one-dimensional slope runs along the channels (axis 1)."""
    if slope.is_constant and slope.elements == 1:
        return context.build("LEAKY_RELU", x, alpha=float(slope.array.reshape(-1)[0]))
    if slope.rank == 1 and x.rank > 1:
        slope = context.build.reshape(slope, (slope.shape[0], *(1,) * (x.rank - 2)))
    return context.build("PRELU", x, context.lift(slope, x.rank))


@lowers("LeakyRelu")
def leaky_relu(context: Context, x: Value, slope: Value) -> Value:
    return prelu(context, x, slope)


@lowers("Elu")
def elu(context: Context, x: Value, *, alpha: float = 1.0) -> Value:
    """LiteRT's ELU has alpha 1: max(x, 0) + alpha * elu(min(x, 0)) otherwise."""
    b = context.build
    if alpha == 1.0:
        return b("ELU", x)
    return b("ADD", b("RELU", x), b("MUL", b("ELU", b("MINIMUM", x, scalar(0, x))), scalar(alpha, x)))


@lowers("Selu")
def selu(context: Context, x: Value, alpha: Value, scale: Value) -> Value:
    result = elu(context, x, alpha=float(known(alpha, "alpha").reshape(-1)[0]))
    return context.build("MUL", result, scalar(float(known(scale, "lambda").reshape(-1)[0]), x))


@lowers("Clamp")
def clamp(context: Context, x: Value, *, min: float, max: float) -> Value:  # noqa: A002
    b = context.build
    named = {(0.0, 6.0): "RELU6", (-1.0, 1.0): "RELU_N1_TO_1"}.get((min, max))
    if x.dtype == np.float32 and named:
        return b(named, x)
    if np.issubdtype(x.dtype, np.integer):
        limits = np.iinfo(x.dtype)
        min, max = np.ceil(np.maximum(min, limits.min)), np.floor(np.minimum(max, limits.max))  # noqa: A001
    bounded = x if np.isneginf(min) else relu(context, x) if min == 0 else b("MAXIMUM", x, scalar(min, x))
    return bounded if np.isposinf(max) else b("MINIMUM", bounded, scalar(max, x))


@lowers("HSwish")
def hard_swish(context: Context, x: Value) -> Value:
    """x * relu6(x + 3) / 6; on request without HARD_SWISH, which some delegates do not run."""
    b = context.build
    if not context.replace_hard_swish:
        return b("HARD_SWISH", x)
    return b("MUL", b("MUL", x, b("RELU6", b("ADD", x, scalar(3, x)))), scalar(1 / 6, x))


@lowers("HSigmoid")
def hard_sigmoid_fixed(context: Context, x: Value) -> Value:
    """relu6(x + 3) / 6."""
    b = context.build
    return b("MUL", b("RELU6", b("ADD", x, scalar(3, x))), scalar(1 / 6, x))


@lowers("HardSigmoid")
def hard_sigmoid(context: Context, x: Value, alpha: Value, beta: Value) -> Value:
    """clamp(alpha * x + beta, 0, 1) = relu6(6 * alpha * x + 6 * beta) / 6: RELU6 fuses and XNNPACK runs it, unlike RELU_0_TO_1."""
    b = context.build
    slope, offset = (
        6 * float(known(value, what).reshape(-1)[0]) for value, what in ((alpha, "alpha"), (beta, "beta"))
    )
    scaled = x if np.float32(slope) == 1 else b("MUL", x, scalar(slope, x))
    return b("MUL", b("RELU6", b("ADD", scaled, scalar(offset, x))), scalar(1 / 6, x))


@lowers("Swish")
def swish(context: Context, x: Value, beta: Value | None = None) -> Value:
    """x * sigmoid(beta * x); on request with the hard sigmoid instead, as mobile networks do."""
    b = context.build
    scaled = x if beta is None or _is_one(beta) else binary(context, "MUL", x, beta)
    if context.replace_swish:
        return b("HARD_SWISH", x) if scaled is x else b("MUL", x, hard_sigmoid_fixed(context, scaled))
    return b("MUL", x, b("LOGISTIC", scaled))


def _is_one(value: Value) -> bool:
    return value.data is not None and bool(np.all(value.data == 1))


@lowers("Gelu")
def gelu(context: Context, x: Value, *, approximation_mode: str = "ERF") -> Value:
    return context.build("GELU", x, approximate=approximation_mode.upper() == "TANH")


@lowers("SoftPlus")
def softplus(context: Context, x: Value) -> Value:
    """log(1 + exp(x)) = relu(x) + log(1 + exp(-|x|)), which does not overflow."""
    b = context.build
    tail = b("LOG", b("ADD", b("EXP", b("NEG", b("ABS", x))), scalar(1, x)))
    return b("ADD", b("RELU", x), tail)


@lowers("Mish")
def mish(context: Context, x: Value) -> Value:
    return context.build("MUL", x, context.build("TANH", softplus(context, x)))


@lowers("SoftSign")
def softsign(context: Context, x: Value) -> Value:
    b = context.build
    return b("DIV", x, b("ADD", b("ABS", x), scalar(1, x)))


def along_last(context: Context, op: str, x: Value, axis: int, **attrs: Attr) -> Value:
    """An operator that works along the last axis, run along `axis`."""
    order = axis_last(x.rank, axis)
    back = inverse(order)
    b = context.build
    return b.transpose(b(op, b.transpose(x, order), **attrs), back)


@lowers("Softmax")
def softmax(context: Context, x: Value, *, axis: int = 1) -> Value:
    return along_last(context, "SOFTMAX", x, axis)


@lowers("LogSoftmax")
def log_softmax(context: Context, x: Value, *, axis: int = 1) -> Value:
    return along_last(context, "LOG_SOFTMAX", x, axis)
