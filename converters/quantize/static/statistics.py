"""What is remembered of a stream of numbers: its ends exactly, its distribution in bins that grow with it."""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

Method = Literal["minmax", "percentile", "mse"]
METHODS: tuple[Method, ...] = ("minmax", "percentile", "mse")

_HALF = 2048
"""Bins on each side of zero. Their width is a power of two, so that growing merges whole bins."""
_PROBED = 1 << 14
"""So many elements of an array are counted, evenly drawn from it; its ends are exact."""
PERCENTILE = 99.99
"""What the percentile method keeps between its ends, in percent."""
_STEPS = np.concatenate([np.arange(0.30, 1.0, 0.02), [1.0]])
"""Parts of the whole range that the MSE method tries on each side."""


_COARSE = 4096
"""Grids of more levels have steps to spare: the MSE method clips nothing there."""
_CLIPPED = 2.0
"""Clipping counts so much more than rounding: its errors all have one sign, so they do not average out in the sums that follow. The
number was chosen by calibration images alone (ranges from 40 of 50, SQNR on the other 10; ten models): 2 has the highest mean, 0.3 dB above
1 and 0.1 above 4; half of the models prefer 1, by 0.7 dB at most."""


class ChannelMean:
    """The mean of one tensor's elements by index of the last axis, over evenly drawn rows. What is not finite counts as 0."""

    def __init__(self) -> None:
        self.total: npt.NDArray[np.float64] = np.zeros(0)
        self.count = 0

    def add(self, array: npt.NDArray[np.float32]) -> None:
        rows = _rows(array)
        part = rows[:: _stride(len(rows), rows.size // (16 * _PROBED))]
        total = part.sum(0, dtype=np.float64)
        if not np.isfinite(total).all():
            total = np.nan_to_num(part, posinf=0.0, neginf=0.0).sum(0, dtype=np.float64)
        self.total = self.total + total if self.count else total
        self.count += len(part)

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.total / max(self.count, 1))


class ChannelPeak:
    """The largest magnitude of one tensor's elements by index of the last axis. What is not finite counts as 0."""

    def __init__(self) -> None:
        self.peak: npt.NDArray[np.float64] = np.zeros(0)

    def add(self, array: npt.NDArray[np.float32]) -> None:
        rows = _rows(array)
        ends = np.maximum(rows.max(0, initial=0.0), -rows.min(0, initial=0.0))
        if not np.isfinite(ends).all():
            ends = np.abs(np.nan_to_num(rows, posinf=0.0, neginf=0.0)).max(0, initial=0.0)
        self.peak = np.maximum(self.peak, ends) if self.peak.size else ends.astype(np.float64)


def _rows(array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)


def _stride(size: int, least: int) -> int:
    """The smallest number from `least` on without a common factor with `size`: such steps through an array visit every channel and
    every column alike, however its axes are ordered."""
    stride = max(least, 1)
    while math.gcd(stride, size) > 1:
        stride += 1
    return stride


class Statistics:
    """Of one tensor. Finite elements only."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf
        self.exponent = -126
        """The bins reach from -2^exponent to 2^exponent."""
        self.counts = np.zeros(2 * _HALF, np.int64)

    def add(self, array: npt.NDArray[np.float32]) -> None:
        if not array.size:
            return
        low, high = float(array.min()), float(array.max())
        if not np.isfinite((low, high)).all():
            array = array[np.isfinite(array)]
            if not array.size:
                return
            low, high = float(array.min()), float(array.max())
        self.low, self.high = min(self.low, low), max(self.high, high)
        self._grow(max(abs(low), abs(high)))
        flat = array.reshape(-1)
        probe = flat[:: _stride(flat.size, flat.size // _PROBED)].astype(np.float64)
        index = np.floor(probe * (_HALF * 2.0**-self.exponent)).astype(np.int64) + _HALF
        self.counts += np.bincount(np.clip(index, 0, 2 * _HALF - 1), minlength=2 * _HALF)

    def _grow(self, reach: float) -> None:
        """Bins twice as wide until they reach so far."""
        needed = int(np.frexp(reach)[1]) if reach else self.exponent
        if needed <= self.exponent:
            return
        if self.counts.any():
            for _ in range(min(needed - self.exponent, 12)):
                pairs = self.counts.reshape(-1, 2).sum(axis=1)
                self.counts = np.zeros_like(self.counts)
                self.counts[_HALF // 2 : _HALF // 2 + _HALF] = pairs
        self.exponent = needed

    def range(self, method: str, levels: int = 255) -> tuple[float, float]:
        """What a grid should cover; zero is always inside."""
        low, high = min(self.low, 0.0), max(self.high, 0.0)
        if low > high or low == high:
            return 0.0, 0.0
        if method == "percentile":
            return self._percentile(low, high)
        if method == "mse" and levels <= _COARSE:
            return self._least_error(low, high, levels)
        return low, high

    @property
    def _centers(self) -> npt.NDArray[np.float64]:
        return np.asarray((np.arange(-_HALF, _HALF) + 0.5) * (2.0**self.exponent / _HALF), np.float64)

    def _percentile(self, low: float, high: float) -> tuple[float, float]:
        part = np.cumsum(self.counts) / max(self.counts.sum(), 1)
        outside = (100 - PERCENTILE) / 200
        width = 2.0**self.exponent / _HALF
        below = self._centers[int(np.searchsorted(part, outside))] - width / 2
        above = self._centers[int(np.searchsorted(part, 1 - outside))] + width / 2
        return max(low, min(below, 0.0)), min(high, max(above, 0.0))

    def _least_error(self, low: float, high: float, levels: int) -> tuple[float, float]:
        """The range whose rounding (step² / 12 for each element) and clipping (_CLIPPED times distance² outside) err least, squared and
        summed; ends are tried at parts of the whole range."""
        used = np.flatnonzero(self.counts)
        x, n = self._centers[used], self.counts[used].astype(np.float64)
        lows, highs = np.unique(low * _STEPS), np.unique(high * _STEPS)
        clipped_low = (np.square(np.minimum(x[None] - lows[:, None], 0)) * n).sum(axis=1)
        clipped_high = (np.square(np.maximum(x[None] - highs[:, None], 0)) * n).sum(axis=1)
        step = (highs[None] - lows[:, None]) / levels
        error = step**2 / 12 * n.sum() + _CLIPPED * (clipped_low[:, None] + clipped_high[None])
        best = np.unravel_index(int(np.argmin(error)), error.shape)
        return float(lows[best[0]]), float(highs[best[1]])
