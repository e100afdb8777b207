"""The verdict on two measurements: faster, slower, no measurable difference, or not comparable and why."""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from benchmarks.paired import Interval, paired, unpaired
from registry.types import Measurement

MARGIN = 1.01
"""The smallest ratio of interest: a difference is named only where the whole interval lies beyond it."""

Kind = Literal["faster", "slower", "same", "incomparable"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How much faster `b` is than `a`: a's time over b's, with its 95 % interval (all 0 where nothing can be said)."""

    kind: Kind
    text: str
    ratio: float = 0.0
    low: float = 0.0
    high: float = 0.0
    paired: bool = False
    """From rounds in which both took turns; else from separate runs, with the wider interval that those deserve."""
    rounds: int = 0
    processes: int = 0
    """Pairs of processes that the rounds came from."""


def verdict(a: Measurement | Sequence[Measurement], b: Measurement | Sequence[Measurement]) -> Verdict:
    """The verdict on `b` against `a`, each one measurement or several runs of the same configuration.

    Runs that both took part in are paired round by round; where there is none, whole runs stand against each other. Invalid
    measurements are left out; where nothing else is left the verdict says why.
    """
    first = [a] if isinstance(a, Measurement) else list(a)
    second = [b] if isinstance(b, Measurement) else list(b)
    reason = _obstacle(first, second)
    if reason:
        return Verdict(kind="incomparable", text=f"not comparable: {reason}")
    first = [one for one in first if one.valid]
    second = [one for one in second if one.valid]
    logs, groups = _shared_rounds(first, second)
    if logs:
        found = paired(logs, groups)
        return _worded(found, paired=True, rounds=len(logs), processes=len(set(groups)))
    found = unpaired({one.run_id: _own(one) for one in first}, {one.run_id: _own(one) for one in second})
    across = "devices" if {one.device for one in first} != {one.device for one in second} else "runs"
    return _worded(found, f", across {across}")


def _obstacle(first: Sequence[Measurement], second: Sequence[Measurement]) -> str:
    """Why nothing can be said; empty where something can."""
    for side in (first, second):
        if not side:
            return "not measured"
        if not any(one.valid for one in side):
            worst = side[-1]
            return f"{worst.artifact} on {worst.target} was too disturbed ({worst.invalid_reason or 'no reason given'})"
    one, other = first[-1], second[-1]
    if one.batch != other.batch:
        return f"batch {one.batch} against batch {other.batch}"
    if one.model == other.model and one.shapes and other.shapes and _sizes(one) != _sizes(other):
        return f"different input shapes, {_shapes(one)} against {_shapes(other)}"
    return ""


def _shared_rounds(
    first: Sequence[Measurement], second: Sequence[Measurement]
) -> tuple[list[float], list[tuple[str, int]]]:
    """log(a / b) of every round that both took part in, and its process: of the side that had fewer, since those are shared."""
    runs = {one.run_id: one for one in second if one.run_id}
    logs, groups = [], []
    for ours in first:
        theirs = runs.get(ours.run_id)
        if theirs is None:
            continue
        others = {sample.round: sample for sample in theirs.samples}
        pairs = [(one, others[one.round]) for one in ours.samples if one.round in others]
        fewer = len({one.process for one, _ in pairs}) <= len({other.process for _, other in pairs})
        for one, other in pairs:
            logs.append(math.log(one.ms / other.ms))
            groups.append((ours.run_id, one.process if fewer else other.process))
    return logs, groups


def _own(one: Measurement) -> Interval:
    """The interval of log(median) within its run."""
    middle = math.log(one.median_ms)
    if not 0 < one.low_ms <= one.median_ms <= one.high_ms:
        return Interval(middle, middle, middle)
    return Interval(middle, math.log(one.low_ms), math.log(one.high_ms))


def _worded(
    found: Interval, note: str = "", *, paired: bool = False, rounds: int = 0, processes: int = 0
) -> Verdict:
    ratio, low, high = math.exp(found.centre), math.exp(found.low), math.exp(found.high)
    kind: Kind = "faster" if low > MARGIN else "slower" if high < 1 / MARGIN else "same"
    if kind == "same":
        text = f"no measurable difference ({low:.2f}–{high:.2f})"  # noqa: RUF001
    else:
        ends = (ratio, low, high) if kind == "faster" else (1 / ratio, 1 / high, 1 / low)
        text = f"{_times(ends[0])}× {kind} ({_times(ends[1])}–{_times(ends[2])})"  # noqa: RUF001
    return Verdict(
        kind=kind,
        text=text + note,
        ratio=ratio,
        low=low,
        high=high,
        paired=paired,
        rounds=rounds,
        processes=processes,
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def _sizes(one: Measurement) -> list[list[int]]:
    """Input shapes without their axis order, which may differ between formats (channels first or last)."""
    return sorted(sorted(shape) for shape in one.shapes.values())


def _shapes(one: Measurement) -> str:
    return ", ".join("×".join(map(str, shape)) for shape in one.shapes.values())  # noqa: RUF001
