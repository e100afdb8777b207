"""What the application has to say, as data: tables and formatted numbers. How they look is `zoo.output`'s matter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.types import Check, GraphStats, Manifest, Measurement, Score

if TYPE_CHECKING:
    from benchmarks.results import Results
    from converters.frontends.openvino.operators import Operator


WIDE = 200
"""Columns of a table that goes into a file or a pipe; more where its columns need them."""
GAP = 3
"""Columns between two cells."""


@dataclass(frozen=True)
class Table:
    """Rows of cells under column heads; columns of numbers are aligned to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    spare: tuple[str, ...] = ()
    """Columns that a narrow terminal goes without, the first to go first."""

    def fitting(self, width: int) -> "Table":
        """The table without as many spare columns as it takes to be no wider than `width` characters."""
        spare = [name for name in self.spare if name in self.columns]
        if self.width <= width or not spare:
            return self
        gone = self.columns.index(spare[0])
        return Table(
            _without(self.columns, gone),
            tuple(_without(row, gone) for row in self.rows),
            self.title,
            tuple(spare[1:]),
        ).fitting(width)

    @property
    def width(self) -> int:
        """Characters of a line where no cell is broken: cells with two blanks on each side but the outermost, as rich draws them."""
        widest = [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]
        return sum(widest) + 3 * len(widest) + 1

    def is_numeric(self, column: int) -> bool:
        cells = [row[column] for row in self.rows if row[column] not in ("", "-")]
        return bool(cells) and all(cell[0] in "+-.0123456789" or cell == "inf" for cell in cells)


def _without(cells: tuple[str, ...], gone: int) -> tuple[str, ...]:
    return cells[:gone] + cells[gone + 1 :]


def size(count: int) -> str:
    """Bytes as people read them: `4.4 MB` (decimal units)."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.2f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def number(value: float) -> str:
    return f"{value:.3g}" if value == value else "NaN"


def worst(checks: Iterable[Check]) -> Check | None:
    """The check with the largest relative error; one that failed comes before any that passed."""
    return max(checks, key=lambda check: (not check.passed, _order(check.max_relative)), default=None)


def _order(value: float) -> float:
    return float("inf") if value != value else value


def artifacts(manifest: Manifest, title: str = "") -> Table:
    """One row an artifact: what it is, how big, and its largest difference from the source model."""
    rows = []
    for artifact in manifest.artifacts:
        check = worst(artifact.checks)
        rows.append(
            (
                artifact.target,
                artifact.path,
                size(artifact.size),
                str(artifact.stats.ops) if artifact.stats else "-",
                str(artifact.stats.transposes) if artifact.stats else "-",
                number(check.max_absolute) if check else "-",
                number(check.max_relative) if check else "-",
                number(check.snr_db) if check else "-",
                "-" if check is None else _passed(check) or "FAILED",
            )
        )
    columns = ("target", "file", "size", "ops", "Transposes", "max abs", "max rel", "SNR dB", "check")
    return Table(columns, tuple(rows), title or manifest.name)


def _passed(check: Check) -> str:
    """`finite` where nothing more was asked for; empty where it did not pass."""
    return "" if not check.passed else "ok" if check.judged else "finite"


def checks(by_target: Mapping[str, Sequence[Check]], title: str = "") -> Table:
    """One row a comparison."""
    rows = tuple(
        (
            target,
            check.output,
            check.inputs,
            number(check.max_absolute),
            number(check.max_relative),
            f"{check.cosine:.6f}",
            number(check.snr_db),
            _passed(check) or check.reason or "FAILED",
        )
        for target, made in by_target.items()
        for check in made
    )
    columns = ("target", "output", "inputs", "max abs", "max rel", "cosine", "SNR dB", "check")
    return Table(columns, rows, title)


def operators(found: "Sequence[Operator]") -> Table:
    """One row an operator type of OpenVINO."""
    words = {"supported": "yes", "limited": "with limits", "inexpressible": "no"}
    rows = tuple((one.name, one.opsets, words[one.status], one.note) for one in found)
    return Table(("operator", "opsets", "lowered", "limits, or why not"), rows)


def graph(stats: GraphStats) -> str:
    """The graph in one line."""
    return (
        f"{stats.ops} ops (from {stats.source_ops}), {stats.transposes} Transposes moving {size(stats.transposed_bytes)}, "
        f"{stats.custom_ops} custom ops, {stats.parameters:,} parameters, {stats.flops / 1e9:.3g} GFLOPs"
    )


def bench(found: "Results") -> tuple[str | Table, ...]:
    """A run for people: one row a configuration, what could not be measured, and why figures are marked."""
    failures = tuple(
        f"{one.artifact} on {one.target}: {STATUS[one.status]}{_WENT_ON * (one.status == 'crashed')}: {one.reason}"
        for one in found.failures
    )
    doubts = tuple(
        f"! {one.artifact} on {one.target}, {one.threads} threads: {one.invalid_reason}"
        for one in found.measurements
        if not one.valid
    )
    table = (measurements(found.measurements),) if found.measurements else ()
    return (*table, *failures, *doubts, *found.notes)


STATUS = {"missing": "not here", "refused": "refused", "failed": "failed", "crashed": "crashed"}
"""Why a configuration could not be measured, in a word."""
_WENT_ON = ", the others went on"


def measurements(found: Sequence[Measurement], title: str = "") -> Table:
    """One row a measurement; `!` marks those that were too disturbed to decide by."""
    rows = tuple(
        (
            one.artifact,
            _target(one),
            str(one.threads),
            *((str(one.batch), _dims(one.shapes)) if _varied(found) else ()),
            f"{one.median_ms:.3f}{'' if one.valid else ' !'}",
            f"{one.low_ms:.3f} to {one.high_ms:.3f}",
            f"{one.p5_ms:.3f}",
            f"{one.p95_ms:.3f}",
            f"{one.p99_ms:.3f}",
            f"{one.throughput:.1f}",
            f"{one.load_ms:.1f}",
            f"{one.first_ms:.2f}",
            size(one.memory),
            str(one.residency),
        )
        for one in found
    )
    columns = (
        *("artifact", "target", "threads"),
        *(("batch", "inputs") if _varied(found) else ()),
        *("median ms", "95 % interval", "p5", "p95", "p99", "per s", "load ms", "first ms", "memory"),
        "where it ran",
    )
    return Table(columns, rows, title, ("p99", "p5", "per s", "load ms", "first ms", "p95", "memory"))


def _target(one: Measurement) -> str:
    """An accelerator that has only part of a model is never given as if it had all; on `cpu` all is on the CPU in any case."""
    partly = one.residency.kind == "partial" and not one.target.startswith("cpu")
    return f"{one.target} (partly)" if partly else one.target


def _varied(found: Sequence[Measurement]) -> bool:
    """Whether batch or shapes differ within one artifact, so that they tell its rows apart."""
    known = {(one.sha256, one.target): (one.batch, one.shapes) for one in found}
    return any((one.batch, one.shapes) != known[one.sha256, one.target] for one in found) or any(
        one.batch != 1 for one in found
    )


def _dims(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join("x".join(map(str, shape)) for shape in shapes.values())


def scores(found: Sequence[Score], title: str = "") -> Table:
    """One row a figure: its value and 95 % interval, and what is lost against the reference on the same samples."""
    rows = tuple(
        (
            one.artifact,
            one.metric,
            figure(one.value, one.unit),
            f"{figure(one.low, one.unit)} … {figure(one.high, one.unit)}",
            str(one.samples),
            _change(one),
            one.verdict or "-",
        )
        for one in found
    )
    reference = next((one.reference for one in found if one.reference), "")
    columns = (
        "artifact",
        "metric",
        "value",
        "95 % interval",
        "samples",
        "difference",
        f"against {reference}",
    )
    return Table(
        columns if reference else columns[:5], tuple(row if reference else row[:5] for row in rows), title
    )


def figure(value: float | None, unit: str) -> str:
    """A figure in its own digits: shares and errors with four, decibels with two."""
    return "-" if value is None else f"{value:.2f}" if unit == "dB" else f"{value:.4f}"


def _change(score: Score) -> str:
    if score.difference is None or score.difference_low is None or score.difference_high is None:
        return "-"
    scale, digits = (100, 2) if score.unit == "points" else (1, 2 if score.unit == "dB" else 4)
    half = (score.difference_high - score.difference_low) / 2
    return f"{score.difference * scale:+.{digits}f} ± {half * scale:.{digits}f}"


def demo(manifest: Manifest, found_scores: Sequence[Score], latencies: Sequence[Measurement]) -> Table:
    """The variants of one model side by side: size, task metric, error against the source, latency (XNNPACK, one thread)."""
    by_artifact: dict[str, list[Score]] = {}
    for score in found_scores:
        by_artifact.setdefault(score.artifact, []).append(score)
    fastest = {
        one.artifact: one for one in latencies if one.threads == 1 and one.delegate.lower() == "xnnpack"
    }
    metrics = tuple(dict.fromkeys(score.metric for score in found_scores))
    rows = []
    for artifact in manifest.artifacts:
        check = worst(artifact.checks)
        values = {score.metric: score.value for score in by_artifact.get(artifact.target, [])}
        latency = fastest.get(artifact.path) or fastest.get(artifact.target)
        rows.append(
            (
                artifact.target,
                size(artifact.size),
                *(f"{values[metric]:.4f}" if metric in values else "-" for metric in metrics),
                number(check.max_relative) if check else "-",
                f"{latency.median_ms:.3f}" if latency else "-",
            )
        )
    columns = ("variant", "size", *metrics, "max rel error", "latency ms")
    return Table(columns, tuple(rows), f"{manifest.name}: every variant")
