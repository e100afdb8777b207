"""What the times of the rounds say: quantiles, an interval for the median, whether the warm-up is over."""

from collections.abc import Sequence

import msgspec
import numpy as np

RESAMPLES = 2000
CONFIDENCE = 0.95


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds, but for `runs`. `std` is the sample standard deviation (0 for one run)."""

    median: float
    p5: float
    p95: float
    p99: float
    least: float
    mean: float
    std: float
    low: float
    """Lower end of the 95 % bootstrap interval of the median."""
    high: float
    runs: int


def summarize(rounds: Sequence[Sequence[float]]) -> Summary:
    """The summary of at least one time in milliseconds, given round by round; percentiles interpolate linearly.

    The interval draws whole rounds with replacement (cluster bootstrap): within a round the runs share the machine's mood, so taking
    them for independent would make the interval too narrow. Of each draw the median of the rounds' medians is taken.
    """
    values = np.concatenate([np.asarray(one, np.float64) for one in rounds])
    p5, median, p95, p99 = np.percentile(values, (5, 50, 95, 99)).tolist()
    centres = [float(np.median(one)) for one in rounds if len(one)]
    low, high = interval(centres if len(centres) > 1 else values.tolist())
    return Summary(
        median=median,
        p5=p5,
        p95=p95,
        p99=p99,
        least=float(values.min()),
        mean=float(values.mean()),
        std=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        low=min(low, median),
        high=max(high, median),
        runs=values.size,
    )


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The percentile bootstrap interval of the median of independent values (Efron 1979); seeded, so the same values give the same."""
    sample = np.asarray(values, np.float64)
    drawn = np.random.default_rng(seed).integers(0, sample.size, (RESAMPLES, sample.size))
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(np.median(sample[drawn], axis=1), (tail, 100 - tail)).tolist()
    return low, high


def is_stable(windows: Sequence[float], *, last: int = 3, tolerance: float = 0.03) -> bool:
    """Whether the medians of the `last` windows lie within `tolerance` of each other: the warm-up is over."""
    recent = windows[-last:]
    return len(recent) == last and max(recent) <= (1 + tolerance) * min(recent)
