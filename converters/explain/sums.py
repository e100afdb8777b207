"""Running sums over samples, from which every figure of a layer is made."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.explain.tables import Array, Grid

_BLOCK = 1024
_CHANNELS = 1 << 16
"""A last axis longer than this is no channel axis worth a row each."""


@dataclass(eq=False)
class ErrorSum:
    """Σ float², Σ (quantized - float)² and their count, in blocks of float32."""

    signal: float = 0.0
    noise: float = 0.0
    count: int = 0

    def add(self, expected: Array, actual: Array) -> None:
        """Both float32, of one shape."""
        difference = actual - expected
        self.signal += _square(expected)
        self.noise += _square(difference)
        self.count += expected.size

    @property
    def sqnr_db(self) -> float:
        """10 log10(Σ float² / Σ error²): infinite without an error, -infinite for noise about nothing."""
        if not self.noise:
            return float("inf")
        return float(10 * np.log10(self.signal / self.noise)) if self.signal else float("-inf")

    @property
    def relative_rmse(self) -> float:
        """sqrt(Σ error² / Σ float²)."""
        if not self.noise:
            return 0.0
        return float(np.sqrt(self.noise / self.signal)) if self.signal else float("inf")


@dataclass(eq=False)
class TensorSum:
    """One tensor of both files over the samples. Channels are the last axis of a tensor of rank 2 and more."""

    grid: Grid | None = None
    watches_rows: bool = False
    error: ErrorSum = field(default_factory=ErrorSum)
    alone: ErrorSum = field(default_factory=ErrorSum)
    """The operator's own error: on the float operands, put on their grids."""
    rounding: ErrorSum = field(default_factory=ErrorSum)
    """What putting the float values on the tensor's grid costs, whatever computes them."""
    saturated: int = 0
    nonfinite: int = 0
    flat_rows: int = 0
    """Rows along the last axis that vary in the float model and are one value here; counted where `watches_rows`."""
    rows: int = 0
    low: Array | None = None
    high: Array | None = None
    low_found: Array | None = None
    high_found: Array | None = None

    def add(self, expected: Array, stored: Array) -> None:
        """`expected` float32, `stored` as the quantized file stores it, of one shape."""
        actual = stored if self.grid is None else self.grid.real(stored)
        if not np.isfinite(expected).all():
            finite = np.isfinite(expected)
            self.nonfinite += int(expected.size - finite.sum())
            expected = np.where(finite, expected, np.float32(0))
        if not np.isfinite(actual).all():
            actual = np.nan_to_num(actual)
        self.error.add(expected, actual)
        rows, found = _channels(expected), _channels(stored)
        if not rows.size:
            return
        self.low, self.high = _extend(self.low, self.high, rows)
        self.low_found, self.high_found = _extend(self.low_found, self.high_found, found)
        if self.watches_rows:
            self.rows += len(rows)
            self.flat_rows += int(((np.ptp(found, 1) == 0) & (np.ptp(rows, 1) > 0)).sum())
        if self.grid is not None and not self.grid.per_channel:
            self._place(expected, self.grid)

    def _place(self, expected: Array, grid: Grid) -> None:
        (low, high), step = grid.range, np.float32(grid.step)
        self.saturated += int(np.count_nonzero(expected < low - step / 2))
        self.saturated += int(np.count_nonzero(expected > high + step / 2))
        placed = np.rint(expected / step)
        placed *= step
        self.rounding.add(expected, np.clip(placed, np.float32(low), np.float32(high), out=placed))

    @property
    def range(self) -> tuple[float, float]:
        """Of the float values; (0, 0) where there were none."""
        if self.low is None or self.high is None:
            return 0.0, 0.0
        return float(self.low.min()), float(self.high.max())

    @property
    def saturated_share(self) -> float:
        return self.saturated / self.error.count if self.error.count else 0.0

    @property
    def spreads(self) -> npt.NDArray[np.float64]:
        """Largest magnitude of each channel's float values."""
        if self.low is None or self.high is None:
            return np.zeros(0)
        return np.asarray(np.maximum(np.abs(self.low), np.abs(self.high)), np.float64)

    @property
    def dead(self) -> npt.NDArray[np.intp]:
        """Channels that vary in the float model and never do in the quantized one."""
        if self.low is None or self.low_found is None or self.low.shape != self.low_found.shape:
            return np.zeros(0, np.intp)
        lively = self.high > self.low + 1e-6 * self._scale  # type: ignore[operator]
        return np.flatnonzero(lively & (self.high_found == self.low_found))

    @property
    def _scale(self) -> float:
        return float(self.spreads.max(initial=0.0))


def _square(values: Array) -> float:
    """Σ values²: float32 inside blocks, float64 over them."""
    flat = values.reshape(-1)
    whole = flat.size - flat.size % _BLOCK
    blocks = flat[:whole].reshape(-1, _BLOCK)
    rest = flat[whole:].astype(np.float64)
    return float(np.einsum("ij,ij->i", blocks, blocks).sum(dtype=np.float64) + np.vdot(rest, rest))


def _extend(low: Array | None, high: Array | None, rows: Array) -> tuple[Array, Array]:
    least, most = rows.min(0), rows.max(0)
    if low is None or high is None or low.shape != least.shape:
        return least, most
    return np.minimum(low, least), np.maximum(high, most)


def _channels(values: Array) -> npt.NDArray[Any]:
    """[positions, channels]."""
    wide = values.ndim >= 2 and values.shape[-1] <= _CHANNELS
    return values.reshape(-1, values.shape[-1]) if wide and values.size else values.reshape(-1, 1)
