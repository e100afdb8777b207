"""Finding the grid that constants lie on, so that storing them as integers loses nothing."""

from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Quantization, Value

_MOST = 128
"""int8 reaches from -128 to 127."""
_PROBE = 64
"""So many elements are tried first: most steps do not fit even those."""
_NEAR = 2e-4
"""How far from a whole number of steps float32 rounding may leave an element (255 steps, each sum and product rounded)."""

Floats = npt.NDArray[np.float64]


def step_of(values: npt.NDArray[Any]) -> float | None:
    """The largest step of which every element is a whole number, from -128 to 127; None where there is no such step.

    The largest magnitude is m steps for some m up to 128, so there are 128 candidates and no search.
    """
    flat = values.astype(np.float64).reshape(-1)
    peak = float(np.abs(flat).max(initial=0))
    if peak == 0:
        return 1.0
    extreme = flat[int(np.abs(flat).argmax())]
    last = _MOST if extreme < 0 else _MOST - 1
    steps = peak / np.arange(1, last + 1)
    probe = flat[np.linspace(0, flat.size - 1, min(flat.size, _PROBE)).astype(np.int64)]
    fits = (_distance(probe[None, :] / steps[:, None]) <= _NEAR).all(axis=1)
    for step in steps[fits]:
        level = flat / step
        if _distance(level).max() <= _NEAR and np.round(level).max() < _MOST:
            return float(step)
    return None


def _distance(levels: Floats) -> Floats:
    return np.abs(levels - np.round(levels))


def weights_on_grid(weights: Value, axis: int) -> Value | None:
    """A float32 constant as int8 with a step for each index of `axis` and zero point 0; None where it lies on no such grid."""
    rows = np.moveaxis(weights.array, axis, 0)
    found = [step_of(row) for row in rows]
    steps = [step for step in found if step is not None]
    if len(steps) < len(found):
        return None
    scale = np.asarray(steps, np.float32)
    if np.allclose(scale, scale[0], rtol=1e-6, atol=0):
        scale = scale[:1]
    shape = [1] * weights.rank
    shape[axis] = -1
    stored = np.round(weights.array / scale.astype(np.float64).reshape(shape)).astype(np.int8)
    grid = Quantization(tuple(map(float, scale)), (0,) * scale.size, axis if scale.size > 1 else 0)
    return Value(weights.name, weights.shape, stored.dtype, np.ascontiguousarray(stored), grid)


def constant_on_grid(value: Value) -> Value | None:
    """A float32 constant as int8 with one step and any zero point; None where it lies on no such grid."""
    data = value.array.astype(np.float64)
    step = step_of(data)
    shift = 0
    if step is None:
        low, high = float(data.min()), float(data.max())
        shift = 128 if low >= 0 else -127 if high <= 0 else 0
        step = None if shift == 0 else _step_of_one_sign(data)
    if step is None:
        return None
    stored = np.round(data / step) - shift
    if stored.min() < -_MOST or stored.max() >= _MOST:
        return None
    grid = Quantization((float(np.float32(step)),), (-shift,))
    return Value(value.name, value.shape, np.dtype(np.int8), stored.astype(np.int8), grid)


def _step_of_one_sign(data: Floats) -> float | None:
    peak = float(np.abs(data).max(initial=0))
    for count in range(_MOST, 256):
        if _distance(data / (peak / count)).max() <= _NEAR:
            return peak / count
    return None


def bias_on_grid(bias: Value | None, count: int, scale: npt.NDArray[np.float64]) -> Value | None:
    """A bias as int32 in steps of input scale · weight scale; None where it does not fit. Half a step of that is nothing in int8."""
    data = np.zeros(count) if bias is None else bias.array.astype(np.float64).reshape(-1)
    level = np.round(data / scale)
    if np.abs(level).max(initial=0) >= 2**31:
        return None
    steps = tuple(float(np.float32(s)) for s in np.atleast_1d(scale))
    grid = Quantization(steps, (0,) * len(steps))
    name = "" if bias is None else bias.name
    return Value(name, (count,), np.dtype(np.int32), level.astype(np.int32), grid)
