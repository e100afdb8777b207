"""The regression gate: every configuration of a baseline against the same one measured now, within a stated limit."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from benchmarks.comparison import Verdict, verdict
from benchmarks.standings import Place, place
from registry.types import Measurement

Outcome = Literal["passed", "regressed", "inconclusive"]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration. `slowdown` is the new time by the old one, less 1, with its 95 % interval: 0.05 is 5 % slower."""

    place: Place
    outcome: Outcome
    reason: str
    slowdown: float | None = None
    low: float | None = None
    high: float | None = None
    paired: bool = False
    before_ms: float = 0.0
    after_ms: float | None = None
    before_sha256: str = ""
    after_sha256: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's answer: regressed where any configuration did, inconclusive where none did and some could not be told."""

    outcome: Outcome
    limit: float
    checked: tuple[Checked, ...]


def check(before: Sequence[Measurement], after: Sequence[Measurement], limit: float) -> Report:
    """A configuration regressed where even the low end of its slow-down lies above `limit`, and passed where even the high end does not.

    What lies between, was too disturbed or was not measured is inconclusive. Both lists come oldest first.
    """
    old, new = _by_place(before), _by_place(after)
    checked = tuple(_check(where, runs, new.get(where, []), limit) for where, runs in old.items())
    outcomes = {one.outcome for one in checked}
    worst: Outcome = (
        "regressed" if "regressed" in outcomes else "inconclusive" if "inconclusive" in outcomes else "passed"
    )
    return Report(outcome=worst if checked else "inconclusive", limit=limit, checked=checked)


def _by_place(found: Sequence[Measurement]) -> dict[Place, list[Measurement]]:
    """The runs of each configuration, of the bytes that were measured last."""
    groups: dict[Place, list[Measurement]] = {}
    for one in found:
        groups.setdefault(place(one), []).append(one)
    return {where: [one for one in runs if one.sha256 == runs[-1].sha256] for where, runs in groups.items()}


def _check(where: Place, before: list[Measurement], after: list[Measurement], limit: float) -> Checked:
    known = {one.run_id for one in before}
    again = [one for one in after if one.run_id not in known or one.sha256 != before[-1].sha256]
    base = {"place": where, "before_ms": before[-1].median_ms, "before_sha256": before[-1].sha256}
    if not again:
        return Checked(**base, outcome="inconclusive", reason="not measured since the baseline")  # type: ignore[arg-type]
    said = verdict(before, again)
    measured = base | {
        "after_ms": again[-1].median_ms,
        "after_sha256": again[-1].sha256,
        "paired": said.paired,
    }
    if said.kind == "incomparable":
        return Checked(**measured, outcome="inconclusive", reason=said.text)  # type: ignore[arg-type]
    slower = 1 / said.ratio - 1, 1 / said.high - 1, 1 / said.low - 1
    outcome: Outcome = (
        "regressed" if slower[1] > limit else "passed" if slower[2] <= limit else "inconclusive"
    )
    reason = _reason(outcome, said, slower, limit)
    return Checked(
        **measured,  # type: ignore[arg-type]
        outcome=outcome,
        reason=reason,
        slowdown=slower[0],
        low=slower[1],
        high=slower[2],
    )


def _reason(outcome: Outcome, said: Verdict, slower: tuple[float, float, float], limit: float) -> str:
    interval = f"{slower[0]:+.1%} ({slower[1]:+.1%} to {slower[2]:+.1%})"
    if outcome == "regressed":
        return f"{interval} against a limit of {limit:+.1%}"
    if outcome == "passed":
        return interval
    if said.paired:
        return f"{interval} straddles the limit of {limit:+.1%}: more rounds would tell"
    return (
        f"{interval} straddles the limit of {limit:+.1%}: separate runs differ by that much; "
        "repeat the bench some times, or bench the old and the new artifact in one run"
    )
