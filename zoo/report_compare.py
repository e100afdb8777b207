"""The comparison in words and tables."""

from collections.abc import Sequence

from benchmarks.comparison import Verdict
from benchmarks.gate import Report
from benchmarks.goal import Recommendation
from benchmarks.standings import Row, Standings, Unmeasured
from registry.types import Measurement, Score
from zoo.report import STATUS, Table, size

MARK = "●"


def table(found: Standings, title: str) -> Table:
    """One row a configuration; a column only where its values differ or are known. What could not be measured stands below, with the
    reason in the place of the verdict."""
    rows = found.rows
    metrics = list(dict.fromkeys(score.metric for row in rows for score in row.scores))[:2]
    places = [*(row.place for row in rows), *(one.place for one in found.unmeasured)]
    optional = {
        "model": [one.model for one in places],
        "device": [one.device or "-" for one in places],
        "shapes": _shapes(rows),
        "batch": [str(one.batch) for one in places],
        "threads": [str(one.threads or "-") for one in places],
    }
    shown = {name: cells for name, cells in optional.items() if len(set(cells)) > 1}
    columns: dict[str, list[str]] = {
        "variant": [one.variant or one.model for one in places],
        "target": [one.target for one in places],
        **shown,
        "size": [size(row.latest.size) if row.latest.size else "-" for row in rows],
        **{metric: [_scored(row.score(metric)) for row in rows] for metric in metrics},
        "latency ms (95 %)": [latency(row.latest) for row in rows],
        f"against {found.reference}": [*(_judged(row, found) for row in rows), *map(_why, found.unmeasured)],
        "memory": [size(row.latest.memory) if row.latest.memory else "-" for row in rows],
        "residency": [str(row.latest.residency) for row in rows],
        "Pareto": [MARK if row.front else "" for row in rows] + [""] * len(found.unmeasured),
    }
    for cells in columns.values():
        cells.extend(["-"] * (len(places) - len(cells)))
    spare = ("memory", "threads", "residency", *metrics[1:])
    return Table(tuple(columns), tuple(zip(*columns.values(), strict=True)), title, spare)


def _why(one: Unmeasured) -> str:
    return f"{STATUS[one.failure.status]}: {one.failure.reason}"


def _shapes(rows: Sequence[Row]) -> list[str]:
    """Input shapes; all alike where they differ in the order of the axes alone, as formats do."""
    sizes = {str(sorted(sorted(shape) for shape in row.latest.shapes.values())) for row in rows}
    return [row.place.shapes if len(sizes) > 1 else "" for row in rows]


def latency(one: Measurement) -> str:
    """Median and interval to three significant digits of the median (four where it begins with 1), fewer where the interval is wide."""
    first = f"{one.median_ms:e}"
    wide = 1 - _exponent(max(one.high_ms - one.low_ms, 1e-9))
    digits = max(0, min(wide, 2 + first.startswith("1") - _exponent(one.median_ms)))
    text = f"{one.median_ms:.{digits}f} ({one.low_ms:.{digits}f}–{one.high_ms:.{digits}f})"  # noqa: RUF001
    return text if one.valid else f"{text} disturbed"


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])


def _scored(score: Score | None) -> str:
    if score is None:
        return "-"
    interval = "" if score.low is None or score.high is None else f" ({score.low:.3f}–{score.high:.3f})"  # noqa: RUF001
    return f"{score.value:.4f}{interval}"


def _judged(row: Row, found: Standings) -> str:
    if row.verdict is not None:
        return row.verdict.text
    return "the reference" if row.place == found.reference else "the reference there"


def footnotes(found: Standings, notes: Sequence[str]) -> list[str]:
    """What a reader must know besides the figures."""
    said = []
    merits = "size, latency and accuracy" if any(row.scores for row in found.rows) else "size and latency"
    if any(row.front for row in found.rows):
        said.append(
            f"{MARK} on the Pareto front of {merits}: nothing else is better in one of them and no worse in the others"
        )
    said += [
        f"{row.place}: disturbed, {row.latest.invalid_reason}; no verdict draws on it"
        for row in found.rows
        if not row.latest.valid
    ]
    said += [
        f"{row.place}: interrupted, these are the {len(row.latest.samples)} rounds that were done"
        for row in found.rows
        if row.latest.status == "interrupted"
    ]
    said += [f"{row.place}: {text}" for row in found.rows if (text := row.latest.environment.get("median"))]
    said += [
        f"{row.place}: {text}" for row in found.rows if (text := row.latest.environment.get("residency"))
    ]
    return [*said, *found.notes, *notes]


def pairs(found: Sequence[tuple[Row, Row, Verdict]]) -> Table:
    rows = tuple((str(b.place), str(a.place), said.text) for a, b, said in found)
    return Table(("configuration", "against", "verdict"), rows, "every pair")


def recommendation(found: Recommendation, goal: str) -> list[str]:
    """The choice and its reasons."""
    if found.chosen is None:
        said = [f"Nothing here meets the goal `{goal}`:"]
    else:
        row = found.chosen
        score = row.score()
        accuracy = f", {score.metric} {score.value:.4f}" if score else ""
        said = [
            f"For `{goal}` take {row.place}: {size(row.latest.size)}, {latency(row.latest)} ms{accuracy} ({row.latest.artifact})",
            *found.caution,
        ]
    return said + [f"  not {row.place}: {reason}" for row, reason in found.refused]


def gated(found: Report) -> Table:
    words = {"passed": "passed", "regressed": "REGRESSED", "inconclusive": "inconclusive"}
    rows = tuple(
        (
            one.place.model,
            str(one.place),
            one.place.device or "-",
            f"{one.before_ms:.4g}",
            "-" if one.after_ms is None else f"{one.after_ms:.4g}",
            words[one.outcome],
            one.reason,
        )
        for one in found.checked
    )
    columns = ("model", "configuration", "device", "before ms", "now ms", "outcome", "slow-down (95 %)")
    return Table(columns, rows, f"slower than the baseline by more than {found.limit:.3g}: {found.outcome}")
