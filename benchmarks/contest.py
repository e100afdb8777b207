"""One architecture through ours and through the peer, side by side: counts, seconds, memory, and the latency of the two files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

from benchmarks import runner
from benchmarks.architecture_run import Outcome, convert, convert_by_peer
from benchmarks.results import Effort, Plan

CLOSE = 1.05
"""A ratio above this is measured again, longer: noise falls on one side as often as on the other, a slower file stays slower."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One architecture. `latency_ratio`: ours over the peer's, medians of runs in turns, one thread, XNNPACK; 0 where not measured."""

    name: str
    kind: str
    ours: Outcome
    peer: Outcome | None = None
    latency_ratio: float = 0.0


def contest(
    name: str, kind: str, model: Path, classes: int, peer: Path | None, ours_first: bool, seconds: float
) -> Row:
    """Both conversions, one after the other, then both files in turns for `seconds` of timed runs each."""
    with tempfile.TemporaryDirectory(prefix="architectures-") as folder:
        first, second = Path(folder) / "ours", Path(folder) / "peer"
        if peer is None:
            return Row(name=name, kind=kind, ours=convert(model, classes, first))
        if ours_first:
            ours = convert(model, classes, first)
            theirs = convert_by_peer(peer, model, classes, second)
        else:
            theirs = convert_by_peer(peer, model, classes, second)
            ours = convert(model, classes, first)
        ratio = 0.0
        if ours.file and theirs.file:
            ratio = latency_ratio(first / ours.file, second / theirs.file, seconds)
            if ratio > CLOSE:
                ratio = latency_ratio(first / ours.file, second / theirs.file, 3 * seconds)
        return Row(name=name, kind=kind, ours=ours, peer=theirs, latency_ratio=ratio)


def latency_ratio(first: Path, second: Path, seconds: float) -> float:
    """Median latency of `first` over that of `second`, in turns; 0 where one of them does not run."""
    plans = [Plan(path=str(one), target="cpu", artifact=one.name) for one in (first, second)]
    found = runner.measure(plans, Effort(rounds=1_000, seconds=seconds))
    if len(found.measurements) < 2:
        return 0.0
    a, b = found.measurements
    return a.median_ms / b.median_ms


def summary(rows: Sequence[Row]) -> list[str]:
    """Totals of what ours converted, and over the architectures that both did how the two compare."""
    done = [row.ours for row in rows if row.ours.status == "ok"]
    free = sum(not one.transposes for one in done)
    kept = [row.name for row in rows if row.kind == "convolutional" and row.ours.transposes]
    lines = [
        f"{len(done)} of {len(rows)} ok, {free} of them free of Transposes; {sum(o.ops for o in done)} ops, "
        f"{sum(o.transposes for o in done)} Transposes moving {sum(o.transposed_elements for o in done) / 1e6:.2f} M elements, "
        f"{sum(o.custom_ops for o in done)} custom ops; convolutional with Transposes: {', '.join(kept) or 'none'}"
    ]
    pairs = [(row, row.ours, row.peer) for row in rows if row.peer is not None]
    return [*lines, *_compared([(r, a, b) for r, a, b in pairs if b is not None])] if pairs else lines


def _compared(pairs: Sequence[tuple[Row, Outcome, Outcome]]) -> list[str]:
    both = [(row, a, b) for row, a, b in pairs if a.status == b.status == "ok"]
    lines = [f"the peer: {sum(b.status == 'ok' for _, _, b in pairs)} of {len(pairs)} ok"]
    if not both:
        return lines
    more = [row.name for row, a, b in both if a.ops > b.ops]
    ratios = [(row.latency_ratio, row.name) for row, _, _ in both if row.latency_ratio]
    slower = [f"{name} {ratio:.2f}" for ratio, name in ratios if ratio > CLOSE]
    faster = sorted(b.seconds / a.seconds for _, a, b in both)
    lines.append(
        f"of the {len(both)} that both convert: ops {sum(a.ops for _, a, _ in both)} to {sum(b.ops for _, _, b in both)}, "
        f"Transposes {sum(a.transposes for _, a, _ in both)} to {sum(b.transposes for _, _, b in both)}, "
        f"moving {sum(a.transposed_elements for _, a, _ in both) / 1e6:.2f} M elements "
        f"to {sum(b.transposed_elements for _, _, b in both) / 1e6:.2f} M; more ops than the peer: {', '.join(more) or 'none'}"
    )
    lines.append(
        f"conversion {median(faster):.1f} times as fast in the median ({faster[0]:.1f} to {faster[-1]:.1f}), "
        f"all together {sum(b.seconds for _, _, b in both) / sum(a.seconds for _, a, _ in both):.1f} times; "
        f"peak memory {median(a.peak_memory / b.peak_memory for _, a, b in both):.2f} of the peer's in the median"
    )
    if ratios:
        lines.append(
            f"latency {median(r for r, _ in ratios):.3f} of the peer's in the median ({min(ratios)[0]:.2f} to {max(ratios)[0]:.2f}); "
            f"above {CLOSE}: {', '.join(slower) or 'none'}"
        )
    return lines
