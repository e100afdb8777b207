"""Normalisations, written out where LiteRT has no operator of their own."""

import math

import numpy as np

from converters.frontends.openvino.activations import scalar
from converters.frontends.openvino.arithmetic import binary
from converters.frontends.openvino.lowering import Context, axes_of, int32, known, lowers
from converters.graph import Value, constant


def _shifted(context: Context, x: Value, axes: tuple[int, ...]) -> tuple[Value, Value]:
    """(x - mean, variance) over `axes`."""
    b = context.build
    centred = b("SUB", x, b("MEAN", x, int32(axes), keep_dims=True))
    return centred, b("MEAN", b("SQUARE", centred), int32(axes), keep_dims=True)


@lowers("MVN")
def mvn(
    context: Context,
    x: Value,
    axes: Value,
    *,
    normalize_variance: bool = True,
    eps: float = 1e-9,
    eps_mode: str = "inside_sqrt",
) -> Value:
    """(x - mean) / sqrt(variance + eps), or / (sqrt(variance) + eps)."""
    b = context.build
    centred, variance = _shifted(context, x, axes_of(axes, x.rank))
    if not normalize_variance:
        return centred
    if eps_mode.lower() == "inside_sqrt":
        return b("MUL", centred, b("RSQRT", b("ADD", variance, scalar(eps, x))))
    return b("DIV", centred, b("ADD", b("SQRT", variance), scalar(eps, x)))


@lowers("NormalizeL2")
def normalize_l2(
    context: Context, x: Value, axes: Value, *, eps: float = 0.0, eps_mode: str = "add"
) -> Value:
    """x / sqrt(sum(x²) + eps), or with max(sum(x²), eps)."""
    b = context.build
    total = b("SUM", b("SQUARE", x), int32(axes_of(axes, x.rank)), keep_dims=True)
    safe = b("ADD" if eps_mode.lower() == "add" else "MAXIMUM", total, scalar(eps, x))
    return b("MUL", x, b("RSQRT", safe))


@lowers("GRN")
def grn(context: Context, x: Value, *, bias: float) -> Value:
    """x / sqrt(sum of x² over the channels + bias)."""
    b = context.build
    total = b("SUM", b("SQUARE", x), int32([1]), keep_dims=True)
    return b("MUL", x, b("RSQRT", b("ADD", total, scalar(bias, x))))


@lowers("BatchNormInference")
def batch_norm(
    context: Context, x: Value, gamma: Value, beta: Value, mean: Value, variance: Value, *, epsilon: float
) -> Value:
    """One multiplication and one addition a channel (axis 1)."""
    g, shift, m, v = (
        known(value, "statistics").astype(np.float64) for value in (gamma, beta, mean, variance)
    )
    scale = g / np.sqrt(v + epsilon)
    shape = (1, -1, *(1,) * (x.rank - 2))
    factor = constant(scale.reshape(shape).astype(np.float32))
    offset = constant((shift - m * scale).reshape(shape).astype(np.float32))
    return context.build("ADD", context.build("MUL", x, factor), offset)


@lowers("GroupNormalization")
def group_norm(
    context: Context, x: Value, scale: Value, bias: Value, *, num_groups: int, epsilon: float
) -> Value:
    b = context.build
    n, channels = x.shape[:2]
    grouped = b.reshape(x, (n, num_groups, channels // num_groups, math.prod(x.shape[2:])))
    centred, variance = _shifted(context, grouped, (2, 3))
    normal = b("MUL", centred, b("RSQRT", b("ADD", variance, scalar(epsilon, x))))
    shape = (1, channels, *(1,) * (x.rank - 2))
    scaled = binary(context, "MUL", b.reshape(normal, x.shape), b.reshape(scale, shape))
    return binary(context, "ADD", scaled, b.reshape(bias, shape))


@lowers("RMSNorm", "RMS")
def rms_norm(context: Context, x: Value, axes: Value, scale: Value | None = None, *, epsilon: float) -> Value:
    b = context.build
    mean = b("MEAN", b("SQUARE", x), int32(axes_of(axes, x.rank)), keep_dims=True)
    normal = b("MUL", x, b("RSQRT", b("ADD", mean, scalar(epsilon, x))))
    return normal if scale is None else binary(context, "MUL", normal, scale)
