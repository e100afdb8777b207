"""How a float constant becomes integers: without loss where it lies on a grid already, or rounded to a grid chosen for it."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from converters.graph import Quantization, Value
from converters.passes.integer.grids import bias_on_grid, constant_on_grid, weights_on_grid

Floats = npt.NDArray[np.float64]

_WEIGHT_LEVELS = 127
"""Weights are symmetric and narrow: -127 … 127 (LiteRT 8-bit quantization specification)."""
_BIAS_LEVELS = 2.0**30
"""A bias of so many steps leaves the 32-bit sum its other half."""
_LARGEST_BIAS = 2.0**31 - 1

_MOST = 2.0**8
"""data step · weight step / result step stays below: from there on XNNPACK creates no convolution and no fully connected operator
(`requantization_scale >= 256.0f` in its src/operators), and the file does not load."""
_SUM = 2.0**31
_MARGIN = 2.0**-10
"""How far a step stays away from a limit, beyond what float32 rounds."""
_FINEST = 2.0**-20
"""Output channels whose weights are smaller than this part of the largest are as good as zero."""


class Constants(Protocol):
    """What an integer form asks of the constants among its operands. None: there is no such form."""

    exact: bool

    def linear(
        self, weights: Value, bias: Value | None, axis: int, step: float, result: float = np.inf
    ) -> tuple[Value, Value] | None:
        """int8 weights with output channels along `axis`, and the bias in steps of weight scale · `step` (the data's); `result` is the
        result's step."""

    def constant(self, value: Value, grid: Quantization | None = None) -> Value | None:
        """A data operand, on `grid` where one is given."""


class Exact:
    """Nothing is lost: constants that lie on no grid have no integer form."""

    exact = True

    def linear(
        self, weights: Value, bias: Value | None, axis: int, step: float, result: float = np.inf
    ) -> tuple[Value, Value] | None:
        small = weights_on_grid(weights, axis)
        if small is None or small.quantization is None:
            return None
        scale = np.asarray(small.quantization.scale, np.float64) * step
        if scale.max(initial=0) >= _MOST * result:
            return None
        whole = bias_on_grid(bias, weights.shape[axis], scale)
        return None if whole is None else (small, whole)

    def constant(self, value: Value, grid: Quantization | None = None) -> Value | None:
        found = constant_on_grid(value)
        return found if found is None or grid is None else _placed(found, grid)


@dataclass(frozen=True)
class Rounded:
    """Post-training quantization: weights int8 and symmetric, per output channel or per tensor; other operands in `dtype`."""

    dtype: "np.dtype[Any]"
    per_channel: bool = True
    exact = False

    def linear(
        self, weights: Value, bias: Value | None, axis: int, step: float, result: float = np.inf
    ) -> tuple[Value, Value] | None:
        data = weights.array.astype(np.float64)
        if not np.isfinite(data).all():
            return None
        count = weights.shape[axis]
        offset = np.zeros(count) if bias is None else bias.array.astype(np.float64).reshape(-1)
        others = tuple(i for i in range(weights.rank) if i != axis)
        peak = np.abs(data).max(axis=others, initial=0)
        if not self.per_channel:
            peak = np.full(count, peak.max(initial=0))
        reach = np.abs(data).sum(axis=others) * step * np.iinfo(self.dtype).max + np.abs(offset)
        scale = self._limited(
            self._scales(peak, offset, step), reach, data.size // max(count, 1), step, result
        )
        shape = [1] * weights.rank
        shape[axis] = -1
        levels = np.clip(np.rint(data / scale.reshape(shape)), -_WEIGHT_LEVELS, _WEIGHT_LEVELS)
        stored = np.ascontiguousarray(levels.astype(np.int8))
        used = scale if self.per_channel else scale[:1]
        grid = Quantization(tuple(map(float, used)), (0,) * len(used), axis if len(used) > 1 else 0)
        wide = np.dtype(np.int64 if self.dtype == np.int16 else np.int32)
        steps = scale * step
        whole = np.clip(np.rint(offset / steps), -_LARGEST_BIAS, _LARGEST_BIAS).astype(wide)
        bias_grid = Quantization(tuple(map(float, np.asarray(used * step, np.float32))), (0,) * len(used))
        name = "" if bias is None else bias.name
        return (
            Value(weights.name, weights.shape, stored.dtype, stored, grid),
            Value(name, (count,), wide, whole, bias_grid),
        )

    def _scales(self, peak: Floats, offset: Floats, step: float) -> Floats:
        """peak / 127, but not so small that the bias would not fit; a channel of zeros has a neighbour's."""
        scale = peak / _WEIGHT_LEVELS
        known = scale[scale > 0]
        scale = np.where(scale > 0, scale, known.min() if known.size else 1.0)
        least = np.abs(offset) / (_BIAS_LEVELS * step)
        scale = np.maximum(scale, least if self.per_channel else least.max(initial=0))
        least_used = max(float(scale.max(initial=0)) * _FINEST, float(np.finfo(np.float32).tiny))
        return np.maximum(scale, least_used).astype(np.float32).astype(np.float64)

    def _limited(self, scale: Floats, reach: Floats, taps: int, step: float, result: float) -> Floats:
        """Not so large that XNNPACK refuses the layer, or that a sum in steps of the result leaves 32 bits (`reach`: the largest sum
        there can be). Weights may then saturate; each level of the data takes such a result far over its grid in any case."""
        most = np.where(
            reach >= _SUM * result, _SUM / (np.iinfo(self.dtype).max * _WEIGHT_LEVELS * max(taps, 1)), _MOST
        )
        limit = np.minimum(most, _MOST) * result / step * (1 - _MARGIN)
        if not self.per_channel:
            limit = np.full_like(scale, limit.min(initial=np.inf))
        return np.minimum(scale, limit.astype(np.float32)).astype(np.float32).astype(np.float64)

    def constant(self, value: Value, grid: Quantization | None = None) -> Value | None:
        data = value.array.astype(np.float64)
        if not np.isfinite(data).all():
            return None
        low, high = float(data.min(initial=0)), float(data.max(initial=0))
        return stored_on(value, grid or grid_of(low, high, self.dtype), self.dtype)


EXACT: Constants = Exact()
EMPTY = Quantization((0.01,), (0,))
"""The grid of nothing but zeros (no power of two: the int16 kernels treat those apart)."""
_LEAST = 2.0**-40
"""The finest step: XNNPACK takes no ratios of steps below 2^-32."""


def grid_of(low: float, high: float, dtype: "np.dtype[Any]") -> Quantization:
    """The finest grid of `dtype` that covers [low, high] and has zero on it; int16 is symmetric (LiteRT quantization specification)."""
    low, high = min(low, 0.0), max(high, 0.0)
    info = np.iinfo(dtype)
    if low == high:
        return Quantization(EMPTY.scale, (0,))
    least = float(info.max) * _LEAST
    if dtype == np.int16:
        scale = float(np.float32(max(-low, high, least) / info.max))
        return Quantization((scale,), (0,))
    scale = float(np.float32(max(high - low, least) / (info.max - info.min)))
    zero = int(np.clip(np.rint(info.min - low / scale), info.min, info.max))
    return Quantization((scale,), (zero,))


def stored_on(value: Value, grid: Quantization, dtype: "np.dtype[Any]") -> Value:
    """A float constant rounded to `grid` (one scale), saturating."""
    info = np.iinfo(dtype)
    levels = np.rint(value.array.astype(np.float64) / grid.scale[0]) + grid.zero_point[0]
    stored = np.clip(levels, info.min, info.max).astype(dtype)
    return Value(value.name, value.shape, np.dtype(dtype), stored, grid)


def _placed(value: Value, grid: Quantization) -> Value:
    """A stored constant put on another grid."""
    own = value.quantization
    if own is None or own == grid:
        return value
    real = (value.array.astype(np.float64) - own.zero_point[0]) * own.scale[0]
    return stored_on(Value(value.name, value.shape, real.dtype, real), grid, value.dtype)
