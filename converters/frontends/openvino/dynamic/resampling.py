"""Interpolation to a size or by scales that are computed: positions and weights made at run time, as Interpolate-11 defines them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converters.frontends.openvino.dynamic.vectors import extent
from converters.frontends.openvino.lowering import Context, NotExpressibleError, known, lowers_dynamic
from converters.graph import Value


def _number(value: float) -> "np.ndarray[tuple[()], np.dtype[np.float32]]":
    return np.asarray(value, np.float32)


@dataclass(frozen=True)
class _Axis:
    """One axis: its size, the result's size and the ratio result / operand, float32 scalars."""

    context: Context
    size: Value
    out: Value
    scale: Value

    def positions(self, coordinates: str) -> Value:
        """[out]: where each element of the result lies among the operand's."""
        b = self.context.build
        one = np.asarray(1, np.int32)
        steps = b("RANGE", np.asarray(0, np.int32), b.cast(self.out, np.int32), one)
        i = b.cast(steps, np.float32)
        if coordinates == "align_corners":
            last = b("SUB", self.size, _number(1))
            gaps = b("MAXIMUM", b("SUB", self.out, _number(1)), _number(1))
            return b("DIV", b("MUL", i, last), gaps)
        if coordinates == "asymmetric":
            return b("DIV", i, self.scale)
        centred = b("DIV", b("ADD", i, _number(0.5)), self.scale)
        if coordinates == "tf_half_pixel_for_nn":
            return centred
        centred = b("SUB", centred, _number(0.5))
        if coordinates == "pytorch_half_pixel":
            several = b.cast(b("GREATER", self.out, _number(1)), np.float32)
            return b("MUL", centred, several)
        if coordinates == "half_pixel":
            return centred
        raise NotExpressibleError(f"its coordinates `{coordinates}` are not known")

    def taken(self, x: Value, position: Value, axis: int) -> Value:
        """`x` at whole positions (float32) along `axis`, those outside moved to the edge."""
        b = self.context.build
        inside = b("MINIMUM", b("MAXIMUM", position, _number(0)), b("SUB", self.size, _number(1)))
        return b("GATHER", x, b.cast(inside, np.int32), axis=axis)

    def weighted(self, x: Value, position: Value, weight: Value, axis: int) -> Value:
        b = self.context.build
        column = b.reshape(weight, (-1, *(1,) * (x.rank - 1 - axis)))
        return b("MUL", self.taken(x, position, axis), column)


def _nearest(one: _Axis, x: Value, axis: int, p: Value, rounding: str) -> Value:
    b = one.context.build
    if rounding == "simple":
        floored = b("GREATER_EQUAL", one.scale, _number(1))
        return one.taken(x, b("SELECT_V2", floored, b("FLOOR", p), b("CEIL", p)), axis)
    rounded = {
        "round_prefer_floor": lambda: b("CEIL", b("SUB", p, _number(0.5))),
        "round_prefer_ceil": lambda: b("FLOOR", b("ADD", p, _number(0.5))),
        "floor": lambda: b("FLOOR", p),
        "ceil": lambda: b("CEIL", p),
    }
    return one.taken(x, rounded[rounding](), axis)


def _linear(one: _Axis, x: Value, axis: int, p: Value) -> Value:
    b = one.context.build
    low = b("FLOOR", p)
    near = b("SUB", p, low)
    first = one.weighted(x, low, b("SUB", _number(1), near), axis)
    return b("ADD", first, one.weighted(x, b("ADD", low, _number(1)), near, axis))


def _cubic(one: _Axis, x: Value, axis: int, p: Value, a: float) -> Value:
    """Four taps by Keys' kernel (IEEE Trans. ASSP 29(6), 1981) with parameter a."""
    b = one.context.build
    low = b("FLOOR", p)
    t = b("SUB", p, low)
    total: Value | None = None
    for offset in (-1, 0, 1, 2):
        d = b("ABS", b("SUB", t, _number(offset)))
        inner = offset in (0, 1)
        factors = (a + 2, -(a + 3), 0.0, 1.0) if inner else (a, -5 * a, 8 * a, -4 * a)
        weight = b("MUL", d, _number(factors[0]))
        for factor in factors[1:-1]:
            weight = b("MUL", b("ADD", weight, _number(factor)), d)
        weight = b("ADD", weight, _number(factors[-1]))
        part = one.weighted(x, b("ADD", low, _number(offset)), weight, axis)
        total = part if total is None else b("ADD", total, part)
    assert total is not None
    return total


@lowers_dynamic("Interpolate")
def interpolate(
    context: Context,
    x: Value,
    sizes: Value,
    scales_or_axes: Value | None = None,
    axes: Value | None = None,
    *,
    mode: str,
    shape_calculation_mode: str = "sizes",
    coordinate_transformation_mode: str = "half_pixel",
    nearest_mode: str = "round_prefer_floor",
    antialias: bool = False,
    pads_begin: Sequence[int] = (),
    pads_end: Sequence[int] = (),
    cube_coeff: float = -0.75,
) -> Value:
    """Interpolate-11: `sizes` holds sizes or scales, as `shape_calculation_mode` says; Interpolate-4 has both."""
    if antialias or any((*pads_begin, *pads_end)):
        raise NotExpressibleError(
            "antialiasing and padding need a known size; make what decides it a constant"
        )
    if mode not in ("nearest", "linear", "linear_onnx", "cubic"):
        raise NotExpressibleError(f"its mode `{mode}` needs a known size")
    by_scales = shape_calculation_mode.lower() == "scales"
    numbers, where = sizes, scales_or_axes
    if scales_or_axes is not None and scales_or_axes.dtype.kind == "f":
        numbers, where = (scales_or_axes if by_scales else sizes), axes
    over = range(x.rank) if where is None else [int(n) % x.rank for n in known(where, "axes").reshape(-1)]
    b = context.build
    for index, axis in enumerate(over):
        given = b.cast(b("GATHER", numbers, np.asarray(index, np.int32), axis=0), np.float32)
        size = b.cast(extent(context, x, axis), np.float32)
        out = b("FLOOR", b("MUL", size, given)) if by_scales else given
        one = _Axis(context, size, out, given if by_scales else b("DIV", given, size))
        p = one.positions(coordinate_transformation_mode)
        if mode == "nearest":
            x = _nearest(one, x, axis, p, nearest_mode)
        elif mode == "cubic":
            x = _cubic(one, x, axis, p, cube_coeff)
        else:
            x = _linear(one, x, axis, p)
    return x
