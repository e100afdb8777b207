"""Whether two measurements of one run differ: a paired bootstrap over the rounds that both took part in."""

from dataclasses import dataclass

import numpy as np

from registry.errors import InputError
from registry.types import Measurement

RESAMPLES = 4000


@dataclass(frozen=True)
class Verdict:
    """How much faster `b` is than `a`: a's time by b's, with its 95 % interval, and the sentence."""

    ratio: float
    low: float
    high: float
    text: str


def verdict(a: Measurement, b: Measurement) -> Verdict:
    """The paired verdict. Raises InputError where the two share no round."""
    ours = {one.round: one.ms for one in a.samples}
    theirs = {one.round: one.ms for one in b.samples}
    shared = sorted(ours.keys() & theirs.keys()) if a.run_id == b.run_id else []
    if not shared:
        raise InputError(f"{a.artifact} and {b.artifact} have no round in common: measure them in one run.")
    logs = np.log([ours[one] / theirs[one] for one in shared])
    drawn = np.random.default_rng(0).integers(0, logs.size, (RESAMPLES, logs.size))
    low, high = np.exp(np.percentile(np.median(logs[drawn], axis=1), (2.5, 97.5))).tolist()
    ratio = float(np.exp(np.median(logs)))
    if low <= 1 <= high:
        return Verdict(ratio, low, high, "no measurable difference")
    faster, ends = ("faster", (low, high)) if ratio > 1 else ("slower", (1 / high, 1 / low))
    return Verdict(ratio, low, high, f"{max(ratio, 1 / ratio):.2f}× {faster} ({ends[0]:.2f}–{ends[1]:.2f})")  # noqa: RUF001
