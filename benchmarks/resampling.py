"""How sure a figure is, and whether two models differ: the bootstrap over samples, and the exact tests where they exist.

Every figure of every model is resampled with the same draws (one seed), so a difference is that of the same samples: the test is paired.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.metrics.figure import Figure, FloatArray, Stats, Weights

ROUNDS = 2000
CONFIDENCE = 0.95
_CHUNK = 1 << 22
"""Weights held at once."""


@dataclass(frozen=True)
class Estimate:
    """A figure's value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """A figure minus the same figure of the reference model, with its 95 % interval and the p-value of "there is none"."""

    value: float
    low: float
    high: float
    p: float
    verdict: str
    """`no measurable loss`, `loses 0.8 ± 0.3 points`, `gains …`."""


def size(stats: Stats) -> int:
    """The number of samples."""
    return len(next(iter(stats.values())))


def resample(
    figures: Sequence[Figure], stats: Stats, samples: int, *, seed: int = 0
) -> dict[str, FloatArray]:
    """Each figure's values [1 + ROUNDS]: the metric itself first, then those of samples drawn with replacement."""
    values: dict[str, list[FloatArray]] = {figure.name: [] for figure in figures}
    for weights in (np.ones((1, samples)), *draws(samples, seed=seed)):
        for figure in figures:
            values[figure.name].append(figure.value(stats, weights))
    return {name: np.concatenate(parts) for name, parts in values.items()}


def draws(samples: int, *, rounds: int = ROUNDS, seed: int = 0) -> Iterator[Weights]:
    """Weights [b, N] of `rounds` bootstrap draws in all, a few at a time: how often each sample was drawn."""
    random = np.random.default_rng([seed, samples])
    step = max(1, min(rounds, _CHUNK // samples))
    for start in range(0, rounds, step):
        many = min(step, rounds - start)
        drawn = random.integers(0, samples, (many, samples)) + samples * np.arange(many)[:, None]
        yield np.bincount(drawn.ravel(), minlength=many * samples).reshape(many, samples).astype(np.float64)


def estimate(figure: Figure, stats: Stats, values: FloatArray) -> Estimate:
    """The percentile interval (Efron & Tibshirani 1993, chapter 13); where all samples are right, or all wrong, Clopper and Pearson's.

    The bootstrap of equal numbers has no width, which is no certainty.
    """
    value, (low, high) = float(values[0]), _ends(values[1:])
    if figure.binary and low == high:
        from scipy.stats import binomtest

        hits = np.asarray(stats[figure.binary], bool)
        ends = binomtest(int(hits.sum()), hits.size).proportion_ci(CONFIDENCE, "exact")
        low, high = float(ends.low), float(ends.high)
    return Estimate(value, low, high)


def compare(
    figure: Figure, stats: Stats, values: FloatArray, other_stats: Stats, others: FloatArray
) -> Difference:
    """The paired test against a reference: McNemar's exact test for the share of right samples, else the paired bootstrap."""
    differences = values - others
    value, (low, high) = float(differences[0]), _ends(differences[1:])
    if figure.binary:
        p = mcnemar(stats[figure.binary], other_stats[figure.binary])
    else:
        drawn = differences[1:]
        below, above = np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0)
        p = min(1.0, 2 * (float(min(below, above)) + 1) / (drawn.size + 1))
    return Difference(value, low, high, p, verdict(figure, value, low, high, p))


def mcnemar(right: FloatArray, other: FloatArray) -> float:
    """The two-sided p-value of McNemar's exact test: of the samples that only one model gets right, half go to either (McNemar 1947)."""
    from scipy.stats import binomtest

    ours, theirs = np.asarray(right, bool), np.asarray(other, bool)
    only_ours, only_theirs = np.count_nonzero(ours & ~theirs), np.count_nonzero(theirs & ~ours)
    if only_ours + only_theirs == 0:
        return 1.0
    return float(binomtest(only_ours, only_ours + only_theirs).pvalue)


def verdict(figure: Figure, value: float, low: float, high: float, p: float) -> str:
    """The difference in words: measurable where the test says so at 5 % and it does not vanish in the figure's own digits."""
    unit = figure.unit
    change = value * unit.scale
    if not (p < 1 - CONFIDENCE and abs(change) >= unit.resolution):
        return "no measurable loss"
    word = "gains" if (value > 0) == figure.higher_is_better else "loses"
    return f"{word} {told(abs(change), unit.resolution)} ± {told((high - low) / 2 * unit.scale, unit.resolution)} {unit.name}".rstrip()


def told(number: float, resolution: float) -> str:
    """With as many decimals as the resolution has, but no more than it takes to see three digits."""
    decimals = max(0, round(-np.log10(resolution)))
    return f"{number:.{decimals}f}"


def _ends(values: FloatArray) -> tuple[float, float]:
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(values, (tail, 100 - tail))
    return float(low), float(high)
