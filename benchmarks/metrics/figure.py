"""A figure: one number about a data set, as a function of per-sample statistics and of how often each sample counts.

With every weight 1 it is the metric itself; with weights drawn as a bootstrap draws samples it is one of the metric's resampled
values. So means (top-1), ratios of sums (word error), and metrics of a whole corpus (max-F, mIoU, mAP) are resampled in one way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating]
Row = Mapping[str, Array | float]
"""One sample's statistics by name: the same names and shapes for every sample (but where a family collects them itself)."""
Stats = Mapping[str, Array]
"""All samples' statistics; the first axis is the samples'."""
Weights = FloatArray
"""[B, N]: how often each of N samples counts in each of B draws."""


@dataclass(frozen=True)
class Unit:
    """How differences are told: `value · scale`, with the unit's `name`. Less than `resolution` is no difference."""

    name: str
    scale: float
    resolution: float


POINTS = Unit("points", 100.0, 0.01)
"""Percentage points, of figures in 0…1."""
PLAIN = Unit("", 1.0, 1e-4)
DECIBEL = Unit("dB", 1.0, 0.01)


@dataclass(frozen=True)
class Figure:
    """`value` maps all samples' statistics and weights [B, N] to [B]."""

    name: str
    value: Callable[[Stats, Weights], FloatArray]
    unit: Unit = POINTS
    higher_is_better: bool = True
    compared: bool = True
    """Whether a difference from float32's figure means anything: a distance from the source model is one already."""
    binary: str = ""
    """The statistic, 0 or 1 a sample, whose mean this is: for exact intervals and tests; empty for any other figure."""


def mean_of(key: str) -> Callable[[Stats, Weights], FloatArray]:
    """The weighted mean of a statistic [N]."""
    return lambda stats, weights: weights @ stats[key].astype(np.float64) / weights.sum(1)


def ratio_of(above: str, below: str) -> Callable[[Stats, Weights], FloatArray]:
    """The weighted sum of one statistic [N] over that of another; 0 where that is 0."""

    def value(stats: Stats, weights: Weights) -> FloatArray:
        total = weights @ stats[below].astype(np.float64)
        part = weights @ stats[above].astype(np.float64)
        return np.asarray(np.divide(part, total, out=np.zeros_like(part), where=total != 0))

    return value


def share(name: str, key: str) -> Figure:
    """The share of samples whose statistic `key` is 1."""
    return Figure(name, mean_of(key), binary=key)
