"""Values put on a grid: FakeQuantize, as a QUANTIZE and DEQUANTIZE pair or in float arithmetic."""

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.arithmetic import binary
from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Quantization, Value, constant

Floats = npt.NDArray[np.float64]

_SAME = 1e-6
_NOISE = 2.0**-22
"""How far from a whole number, for each level, float32 rounding leaves the level that zero has."""


@lowers("FakeQuantize")
def fake_quantize(
    context: Context,
    x: Value,
    low: Value,
    high: Value,
    out_low: Value,
    out_high: Value,
    *,
    levels: int,
    auto_broadcast: str = "numpy",
) -> Value:
    """round((clamp(x, low, high) - low) / (high - low) · (levels - 1)) / (levels - 1) · (out_high - out_low) + out_low.

    Where zero is one of the levels, x is divided by the step and rounded before zero's level is added: that is QuantizeLinear, and
    halves go to the even neighbour as they do there. (FakeQuantize-1 of OpenVINO's operation set; QuantizeLinear-21 of ONNX.)
    """
    if auto_broadcast == "pdpd":
        raise NotExpressibleError("its broadcasting rule is Paddle's, not numpy's")
    if low.data is None or high.data is None:
        return _computed_range(context, x, low, high, out_low, out_high, levels)
    begin, end = (value.array.astype(np.float64) for value in (low, high))
    if (begin >= end).any():
        raise NotExpressibleError("its range is empty or turned around")
    step = (end - begin) / (levels - 1)
    zero = -begin / step
    on_grid = np.abs(zero - np.round(zero)) <= _NOISE * levels
    if on_grid.all():
        zero = np.round(zero)
        grid = _quantization(step, zero, levels)
        factor = _ratio((begin, end), out_low, out_high)
        if grid is not None and factor is not None:
            return _through_int8(context, x, grid, factor)
        level = _rounded_quotient(context, x, step)
        last = levels - 1 - zero
        level = _limited(context, level, -zero, last)
        return _placed(context, level, zero, out_low, out_high, levels)
    b = context.build
    shifted = binary(context, "SUB", _limited(context, x, begin, end), _number(begin))
    level = b("ROUND", binary(context, "MUL", shifted, _number(1 / step)))
    return _placed(context, level, np.zeros(()), out_low, out_high, levels)


def _quantization(step: Floats, zero: Floats, levels: int) -> Quantization | None:
    """The int8 grid, where there is one."""
    if levels != 256 or step.size != 1 or not 0 <= zero.item() <= 255:
        return None
    return Quantization((float(np.float32(step.item())),), (int(zero.item()) - 128,))


def _ratio(bounds: tuple[Floats, Floats], out_low: Value, out_high: Value) -> float | None:
    """The factor from a range to the one behind it; None where they are no multiples of each other."""
    bounds_out = (out_low, out_high)
    if any(v.data is None or v.elements != 1 for v in bounds_out) or any(v.size != 1 for v in bounds):
        return None
    begin, end = (bound.item() for bound in bounds)
    low, high = out_low.array.item(), out_high.array.item()
    factor = (high - low) / (end - begin)
    near = abs(low - begin * factor) <= _SAME * abs(high - low)
    return (1.0 if abs(factor - 1) <= _SAME else factor) if near else None


def _through_int8(context: Context, x: Value, grid: Quantization, factor: float) -> Value:
    b = context.build
    stored = b("QUANTIZE", x, scale=grid.scale[0], zero_point=grid.zero_point[0])
    stored.quantization = grid
    real = b("DEQUANTIZE", stored)
    return real if factor == 1 else b("MUL", real, np.asarray(factor, np.float32))


def _number(values: Floats) -> Value:
    return constant(values.astype(np.float32))


def _rounded_quotient(context: Context, x: Value, step: Floats) -> Value:
    quotient = binary(context, "DIV", x, _number(step))
    return context.build("ROUND", quotient)


def _limited(context: Context, x: Value, low: Floats, high: Floats) -> Value:
    return binary(context, "MINIMUM", binary(context, "MAXIMUM", x, _number(low)), _number(high))


def _placed(
    context: Context, level: Value, zero: Floats, out_low: Value, out_high: Value, levels: int
) -> Value:
    """(level + zero) · (out_high - out_low) / (levels - 1) + out_low for levels counted from zero's."""
    if out_low.data is None or out_high.data is None:
        level = binary(context, "ADD", level, _number(zero))
        return _spread(context, level, out_low, out_high, levels)
    first, last = (value.array.astype(np.float64) for value in (out_low, out_high))
    step = (last - first) / (levels - 1)
    offset = first + zero * step
    result = level if (step == 1).all() else binary(context, "MUL", level, _number(step))
    whole = np.abs(offset) <= np.abs(step) * levels * _NOISE
    return result if whole.all() else binary(context, "ADD", result, _number(np.where(whole, 0, offset)))


def _spread(context: Context, level: Value, out_low: Value, out_high: Value, levels: int) -> Value:
    width = binary(context, "SUB", out_high, out_low)
    step = binary(context, "MUL", width, _number(np.asarray(1 / (levels - 1))))
    return binary(context, "ADD", binary(context, "MUL", level, step), out_low)


def _computed_range(
    context: Context, x: Value, low: Value, high: Value, out_low: Value, out_high: Value, levels: int
) -> Value:
    """The same for a range that the run computes: what zero's level lacks to a whole number is noise, or the grid's own offset."""
    b = context.build
    width = binary(context, "SUB", high, low)
    step = binary(context, "MUL", width, _number(np.asarray(1 / (levels - 1))))
    zero = b("NEG", binary(context, "DIV", low, step))
    whole = b("ROUND", zero)
    rest = b("SUB", zero, whole)
    noise = b("LESS", b("ABS", rest), _number(np.asarray(_NOISE * levels)))
    offset = b("SELECT_V2", noise, _number(np.zeros(())), rest)
    level = b("ROUND", binary(context, "ADD", binary(context, "DIV", x, step), offset))
    level = binary(context, "ADD", level, whole)
    level = _limited(context, level, np.zeros(()), np.asarray(levels - 1.0))
    if out_low.data is not None and out_high.data is not None:
        return _placed(context, level, np.zeros(()), out_low, out_high, levels)
    return _spread(context, level, out_low, out_high, levels)
