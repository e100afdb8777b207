"""Size × accuracy × latency × memory × residency: one row a configuration, each with its verdict against a reference and its place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from benchmarks import pareto
from benchmarks.comparison import Verdict, verdict
from benchmarks.results import Failure
from benchmarks.results_store import device, moment
from registry.errors import InputError
from registry.types import Measurement, Score

By = Literal["variant", "target", "device"]
EXACT = ("float32", "source", "onnx", "openvino", "saved_model", "pb", "keras", "h5", "json")
"""Variants that hold the source's own numbers: what a target is judged by, whichever file it takes."""
MOST_RUNS = 5
"""Runs of one configuration that a verdict draws on: the latest."""


class Place(msgspec.Struct, frozen=True, order=True):
    """A configuration: what was run, and how."""

    model: str
    variant: str
    target: str
    device: str
    threads: int
    batch: int
    shapes: str = ""

    def __str__(self) -> str:
        named = f"{self.variant or self.model} on {self.target}"
        return named + (f", {self.threads} thread{'s' * (self.threads != 1)}" if self.threads else "")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration with all that is known of it; `runs` are of one artifact, the latest last."""

    place: Place
    runs: tuple[Measurement, ...]
    scores: tuple[Score, ...] = ()
    verdict: Verdict | None = None
    front: bool = False
    """On the Pareto front: no other row is better in one of size, latency and accuracy and no worse in the others."""

    @property
    def latest(self) -> Measurement:
        return self.runs[-1]

    def score(self, metric: str = "") -> Score | None:
        """The score by that name; without one, the task's main metric: the first."""
        return next((one for one in self.scores if not metric or one.metric == metric), None)


class Unmeasured(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that could not be measured, and why: the latest that is known."""

    place: Place
    failure: Failure


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: empty fields hold back nothing, but of `threads` and `batches` the smallest alone is shown."""

    by: By | None = None
    reference: str = ""
    """A variant, or VARIANT@TARGET; the default is float32 on the CPU, or what comes nearest to it."""
    threads: tuple[int, ...] = ()
    batches: tuple[int, ...] = ()


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[Row, ...]
    reference: Place
    unmeasured: tuple[Unmeasured, ...] = ()
    notes: tuple[str, ...] = ()


def standings(
    found: Sequence[Measurement],
    scores: Iterable[Score],
    wanted: Wanted,
    failures: Iterable[Failure] = (),
) -> Standings:
    """The rows of all these measurements, oldest first, and what could not be measured.

    Raises InputError where nothing was measured, or nothing like the reference.
    """
    if not found:
        raise InputError(
            "nothing was measured that this comparison asks for: run `zoo bench` first, or ask for less"
        )
    rows, notes = _rows(found, _by_hash(scores))
    rows = _one_setting(_one_setting(rows, "threads", wanted.threads), "batch", wanted.batches)
    reference = _reference(rows, wanted.reference)
    left = _unmeasured(failures, rows, reference, wanted)
    rows = _held(rows, reference, wanted.by)
    rows = [_judged(row, rows, reference, wanted.by) for row in rows]
    better = pareto.front([_merits(row) for row in rows], lambda a, b: _measurably_faster(rows[a], rows[b]))
    placed = [
        msgspec.structs.replace(row, front=index in better and row.latest.valid)
        for index, row in enumerate(rows)
    ]
    return Standings(
        rows=tuple(placed), reference=reference.place, unmeasured=tuple(left), notes=tuple(notes)
    )


def pairs(rows: Sequence[Row]) -> list[tuple[Row, Row, Verdict]]:
    """Every two rows with the verdict on the second against the first."""
    return [(a, b, verdict(a.runs, b.runs)) for index, a in enumerate(rows) for b in rows[index + 1 :]]


def _unmeasured(
    failures: Iterable[Failure], rows: Sequence[Row], reference: Row, wanted: Wanted
) -> list[Unmeasured]:
    """One of each variant and target that no row has, with the fewest threads and smallest batch that were tried, or those wanted."""
    have = {(row.place.model, row.place.variant, row.place.target) for row in rows}
    found: dict[tuple[str, str, str], Unmeasured] = {}
    for one in failures:
        where = (one.model, one.variant, one.target)
        if where in have or (wanted.threads and one.threads not in wanted.threads):
            continue
        if wanted.batches and one.batch not in wanted.batches:
            continue
        before = found.get(where)
        if before is None or (one.threads, one.batch) <= (before.place.threads, before.place.batch):
            found[where] = Unmeasured(place=place(one), failure=one)
    return [
        one
        for one in found.values()
        if (wanted.by != "variant" or one.place.target == reference.place.target)
        and (wanted.by in (None, "variant") or one.place.variant == reference.place.variant)
        and (wanted.by != "device" or one.place.target == reference.place.target)
    ]


def place(one: Measurement | Failure) -> Place:
    shapes = "; ".join("×".join(map(str, shape)) for shape in one.shapes.values())  # noqa: RUF001
    return Place(one.model, one.variant, one.target, device(one), one.threads, one.batch, shapes)


def _rows(
    found: Sequence[Measurement], scores: Mapping[str, tuple[Score, ...]]
) -> tuple[list[Row], list[str]]:
    """One row a configuration, of the artifact that was measured last; what was measured of other bytes under the same name is named."""
    groups: dict[Place, list[Measurement]] = {}
    for one in found:
        groups.setdefault(place(one), []).append(one)
    rows, notes = [], []
    for where, every in groups.items():
        latest = every[-1]
        same = [one for one in every if one.sha256 == latest.sha256 and one.backend == latest.backend]
        others = {one.sha256 for one in every} - {latest.sha256}
        if others:
            notes.append(
                f"{where}: earlier results belong to {len(others)} other file{'s' * (len(others) > 1)} of that name and are left out"
            )
        good = [one for one in same if one.valid]
        if good and not latest.valid:
            notes.append(
                f"{where}: the latest run was disturbed ({latest.invalid_reason}); the one of {moment(good[-1])[:10]} stands here"
            )
        rows.append(
            Row(place=where, runs=tuple((good or same)[-MOST_RUNS:]), scores=scores.get(latest.sha256, ()))
        )
    return rows, notes


def _by_hash(scores: Iterable[Score]) -> dict[str, tuple[Score, ...]]:
    """The scores of each artifact; of one metric on several sets of samples that of the most."""
    found: dict[str, dict[str, Score]] = {}
    for one in scores:
        metrics = found.setdefault(one.sha256, {})
        if one.metric not in metrics or one.samples > metrics[one.metric].samples:
            metrics[one.metric] = one
    return {sha256: tuple(metrics.values()) for sha256, metrics in found.items()}


def _one_setting(rows: list[Row], field: Literal["threads", "batch"], wanted: tuple[int, ...]) -> list[Row]:
    """Rows with the wanted values of a field; where none is named, the smallest one."""
    value: Callable[[Row], int] = lambda row: int(getattr(row.place, field))  # noqa: E731
    if wanted:
        kept = [row for row in rows if value(row) in wanted]
        if not kept:
            there = ", ".join(map(str, sorted({value(row) for row in rows})))
            raise InputError(
                f"nothing was measured with {field} {', '.join(map(str, wanted))}; there are {there}"
            )
        return kept
    smallest: dict[tuple[str, ...], int] = {}
    for row in rows:
        where = _kind(row.place)
        smallest[where] = min(smallest.get(where, value(row)), value(row))
    return [row for row in rows if value(row) == smallest[_kind(row.place)]]


def _kind(one: Place) -> tuple[str, ...]:
    return one.model, one.variant, one.target, one.device


def _reference(rows: Sequence[Row], asked: str) -> Row:
    """The row that all others are held against. Raises InputError where no row is what was asked for."""
    if asked:
        variant, _, target = asked.partition("@")
        for row in rows:
            if variant in (row.place.variant, row.place.model) and target in ("", row.place.target):
                return row
        there = ", ".join(f"{row.place.variant or row.place.model}@{row.place.target}" for row in rows)
        raise InputError(f"--reference {asked}: nothing like it was measured; there are {there}")

    def distance(row: Row) -> tuple[bool, int, bool, int]:
        known = row.place.variant in EXACT
        position = EXACT.index(row.place.variant) if known else len(EXACT)
        return row.place.target != "cpu", position, row.place.target.startswith("gpu"), row.place.threads

    return min(rows, key=distance)


def _held(rows: list[Row], reference: Row, by: By | None) -> list[Row]:
    """Those rows that differ from the reference in the one thing that is asked about."""
    base = reference.place
    if by == "variant":
        return [row for row in rows if (row.place.target, row.place.device) == (base.target, base.device)]
    if by == "device":
        return [row for row in rows if (row.place.variant, row.place.target) == (base.variant, base.target)]
    if by == "target":
        here = [row for row in rows if row.place.device == base.device]
        have = {row.place.target for row in here if row.place.variant == base.variant}
        return [
            row
            for row in here
            if row.place.variant == base.variant
            or (row.place.target not in have and base.variant in EXACT and row.place.variant in EXACT)
        ]
    return rows


def _judged(row: Row, rows: Sequence[Row], reference: Row, by: By | None) -> Row:
    """The row with its verdict against the reference: the one on its own device, where there is one and devices are not the question."""
    base = reference
    if by != "device":
        alike = (reference.place.model, reference.place.variant, reference.place.target)
        base = next(
            (
                one
                for one in rows
                if (one.place.model, one.place.variant, one.place.target) == alike
                and one.place.device == row.place.device
                and one.place.threads == row.place.threads
            ),
            reference,
        )
    if base.place == row.place:
        return row
    return msgspec.structs.replace(row, verdict=verdict(base.runs, row.runs))


def _merits(row: Row) -> pareto.Merits:
    score = row.score()
    better = None if score is None else score.value if score.higher_is_better else -score.value
    if not row.latest.valid:
        return pareto.Merits(None, None, None)  # neither on the front nor in anybody's way
    return pareto.Merits(size=row.latest.size or None, latency=row.latest.median_ms, accuracy=better)


def _measurably_faster(a: Row, b: Row) -> bool:
    """Whether a is faster than b beyond doubt; where the two cannot be compared, by their medians."""
    said = verdict(b.runs, a.runs)
    if said.kind == "incomparable":
        return a.latest.median_ms < b.latest.median_ms
    return said.kind == "faster"


def measured_at(row: Row) -> str:
    return moment(row.latest)


def short_name(row: Row, rows: Sequence[Row]) -> str:
    """The variant, with whatever else tells the rows apart but the target, which a picture shows by colour and marker."""
    one = row.place
    parts = [
        one.model if len({other.place.model for other in rows}) > 1 else "",
        one.variant,
        one.device if len({other.place.device for other in rows}) > 1 else "",
        f"{one.threads} threads"
        if len({other.place.threads for other in rows}) > 1 and one.threads > 1
        else "",
    ]
    return " ".join(part for part in parts if part) or one.model
