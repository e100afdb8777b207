"""What a list of run times says."""

from collections.abc import Sequence

import msgspec
import numpy as np


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds, but for `runs`. `std` is the sample standard deviation (0 for one run)."""

    median: float
    p5: float
    p95: float
    mean: float
    std: float
    runs: int


def summarize(times: Sequence[float]) -> Summary:
    """The summary of at least one time in milliseconds; percentiles interpolate linearly."""
    values = np.asarray(times, np.float64)
    p5, median, p95 = np.percentile(values, (5, 50, 95)).tolist()
    return Summary(
        median=median,
        p5=p5,
        p95=p95,
        mean=float(values.mean()),
        std=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        runs=values.size,
    )


def is_stable(windows: Sequence[float], *, last: int = 3, tolerance: float = 0.03) -> bool:
    """Whether the medians of the `last` windows lie within `tolerance` of each other: the warm-up is over."""
    recent = windows[-last:]
    return len(recent) == last and max(recent) <= (1 + tolerance) * min(recent)
