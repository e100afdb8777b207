"""Intervals for the ratio of two latencies: from rounds taken in turns, or, wider, from runs that were not.

What makes two measurements of the same file differ is less the noise within a process than the process itself: where its memory happens
to lie makes it about 1 % faster or slower for as long as it lives, while its rounds may repeat to 0.1 %. An interval from the rounds alone
is therefore far too narrow. Here the processes (in unpaired data: the runs) are the units, and their spread, which few units cannot
tell well, is moderated by what is known beforehand (Smyth 2004, "Linear models and empirical Bayes methods for assessing differential
expression", eq. 4: the posterior variance and its t-distribution with the prior's degrees of freedom added).

How much to measure, by resampling ten pairs of processes of the same file on a shared 2-core machine with a load of 4 to 5 (40 ms a
round, four models): with four processes of eight rounds the same file is called different in 0 of 1,200 comparisons and 5 % more work is
seen in 89 to 100 % of them (100 % but for the model hit worst); five processes see 98 %, six all. One process alone sees nothing below 5 %.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
PROCESS_SPREAD = 0.014
"""Standard deviation of log(a / b) between pairs of processes that is expected before any is seen (1.2 to 1.5 %
was measured on four models)."""
RUN_SPREAD = 0.02
"""The same of log(a) between runs at different times."""
PRIOR_FREEDOM = 4.0
"""How many units' worth of evidence the expectation is."""
REACH = 2.0
"""Units further from their median than this many deviations are drawn in to that distance (a process beside a busy neighbour)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Of a logarithm: the centre and the ends of its 95 % interval."""

    centre: float
    low: float
    high: float


def paired(logs: Sequence[float], groups: Sequence[Hashable]) -> Interval:
    """The interval of log(a / b) from its value in every shared round, in order; `groups` names the process of each round.

    A round's pair shares the machine's mood, and its order was drawn, so the median over a process's rounds is free of both drift and
    order. It takes rounds in which a neighbour hit one of the two for outliers. Raises ValueError for no rounds.
    """
    if not logs:
        raise ValueError("no rounds")
    by_group: dict[Hashable, list[float]] = {}
    for group, value in zip(groups, logs, strict=True):
        by_group.setdefault(group, []).append(value)
    values = [np.asarray(one, np.float64) for one in by_group.values()]
    medians = np.array([np.median(one) for one in values])
    noise = float(np.mean(_median_variances(values, medians)))
    return _t_interval(*_moderated([medians], PROCESS_SPREAD**2 + noise))


def unpaired(first: Mapping[str, Interval], second: Mapping[str, Interval]) -> Interval:
    """The interval of log(a / b) where no round is shared: run → the interval of log(a) in it, and the same for b.

    One run each gives about ±8 %, three each ±4 %: what two runs on one machine differ by, if these do not show more.
    """
    sides = [np.array([one.centre for one in side.values()]) for side in (first, second)]
    ends = [one.high - one.low for side in (first, second) for one in side.values()]
    noise = float(np.mean(np.square(np.asarray(ends) / (2 * 1.96))))
    centres, variance, freedom = _moderated(sides, RUN_SPREAD**2 + noise)
    return _t_interval(np.array([centres[0] - centres[1]]), variance, freedom)


def _median_variances(values: Sequence[Floats], medians: Floats) -> Floats:
    """Variance of each process's median from the noise of its rounds: 1.57 σ² / n for a normal distribution, σ from the median absolute
    deviation of all, and more where neighbouring rounds resemble each other (first-order autoregression)."""
    left = [one - median for one, median in zip(values, medians, strict=True)]
    counts = np.array([one.size for one in values], np.float64)
    total = counts.sum()
    deviation = 1.4826 * float(np.median(np.abs(np.concatenate(left))))
    spare = total / max(1.0, total - counts.size)
    return np.asarray(1.57 * deviation**2 * spare * _inflation(left, 3 * deviation) / counts)


def _inflation(left: Sequence[Floats], reach: float) -> float:
    """(1 + ρ) / (1 - ρ) for the lag-one correlation ρ of the residuals, outliers drawn in; 1 where it is not positive."""
    drawn = [np.clip(one, -reach, reach) for one in left]
    power = sum(float(one @ one) for one in drawn)
    if power == 0:
        return 1.0
    rho = min(0.9, max(0.0, sum(float(one[1:] @ one[:-1]) for one in drawn) / power))
    return (1 + rho) / (1 - rho)


def _moderated(sides: Sequence[Floats], expected: float) -> tuple[Floats, float, float]:
    """Means of each side's units, the variance of their sum or difference, and its degrees of freedom."""
    drawn = [_drawn_in(side, expected) for side in sides]
    seen = sum(float(np.square(side - side.mean()).sum()) for side in drawn)
    freedom = sum(side.size - 1 for side in drawn)
    variance = (PRIOR_FREEDOM * expected + seen) / (PRIOR_FREEDOM + freedom)
    means = np.array([side.mean() for side in drawn])
    return means, variance * sum(1 / side.size for side in drawn), PRIOR_FREEDOM + freedom


def _drawn_in(units: Floats, expected: float) -> Floats:
    centre = float(np.median(units))
    spread = max(float(np.sqrt(expected)), 1.4826 * float(np.median(np.abs(units - centre))))
    return np.clip(units, centre - REACH * spread, centre + REACH * spread)


def _t_interval(centre: Floats, variance: float, freedom: float) -> Interval:
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2)) * variance**0.5
    middle = float(centre[0])
    return Interval(middle, middle - half, middle + half)
