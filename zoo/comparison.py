"""One comparison, ready to be shown: tables, document, pictures."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import goal as goals
from benchmarks import scaling, standings
from benchmarks.results_store import Query
from benchmarks.standings import Row, Standings, Wanted
from registry.disk import write_atomic
from registry.errors import InputError
from zoo import comparing, keeping, report_compare
from zoo.report import Table

_PICTURES = (".png", ".svg")


@dataclass(frozen=True)
class Comparison:
    title: str
    standings: Standings
    curves: list[scaling.Curve]
    notes: list[str]
    goal: str = ""
    recommendation: goals.Recommendation | None = None

    def document(self) -> dict[str, Any]:
        """For programs: every figure but the single rounds, which `zoo results --export` has."""
        found: dict[str, Any] = {
            "title": self.title,
            "reference": self.standings.reference,
            "rows": [_plain(row) for row in self.standings.rows],
            "unmeasured": self.standings.unmeasured,
            "pairs": [
                {"a": a.place, "b": b.place, "verdict": said}
                for a, b, said in standings.pairs(self.standings.rows)
            ],
            "threads": self.curves,
            "notes": [*self.standings.notes, *self.notes],
        }
        if self.recommendation is not None:
            chosen = self.recommendation.chosen
            found["recommendation"] = {
                "goal": self.goal,
                "chosen": chosen.place if chosen else None,
                "sha256": chosen.latest.sha256 if chosen else None,
                "caution": self.recommendation.caution,
                "refused": [{"place": row.place, "reason": why} for row, why in self.recommendation.refused],
            }
        return found

    def blocks(self, with_pairs: bool) -> list[str | Table]:
        """For people."""
        said: list[str | Table] = [report_compare.table(self.standings, self.title)]
        if with_pairs:
            said.append(report_compare.pairs(standings.pairs(self.standings.rows)))
        said += report_compare.footnotes(self.standings, self.notes)
        if self.recommendation is not None:
            said += report_compare.recommendation(self.recommendation, self.goal)
        return said

    def save(self, file: Path) -> list[Path]:
        """Writes the picture: in the form that the ending names, or in both. Raises InputError for another ending."""
        from benchmarks import plots

        if file.suffix and file.suffix not in _PICTURES:
            raise InputError(f"--save {file}: a picture ends in {' or '.join(_PICTURES)}")
        files = [file] if file.suffix else [file.with_suffix(ending) for ending in _PICTURES]
        for one in files:
            picture = plots.draw(
                self.standings.rows, self.curves, self.title, self.subtitle(), one.suffix[1:]
            )
            write_atomic(one, picture)
        return files

    def terminal(self) -> str:
        from benchmarks import terminal

        width = min(120, max(60, shutil.get_terminal_size((100, 24)).columns - 1))
        return terminal.draw(self.standings.rows, self.curves, width)

    def subtitle(self) -> str:
        """Devices, threads and days."""
        devices = dict.fromkeys(row.place.device for row in self.standings.rows if row.place.device)
        threads = sorted({row.place.threads for row in self.standings.rows if row.place.threads})
        days = sorted({standings.measured_at(row)[:10] for row in self.standings.rows})
        return " · ".join(
            part
            for part in (
                ", ".join(devices),
                f"{' and '.join(map(str, threads))} thread{'s' * (threads != [1])}" if threads else "",
                days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}",
            )
            if part
        )


def compare(names: list[str], out: Path | None, query: Query, wanted: Wanted, goal: str | None) -> Comparison:
    """What was measured of these names (of everything, where none is given). Raises InputError for a goal that says nothing."""
    parsed = goals.parse(goal) if goal is not None else None
    if names:
        found = comparing.gather(names, out, query)
    else:
        found = comparing.Gathered(names=["everything measured"])
        with keeping.opened() as store:
            found.measurements = store.measurements(query)
            found.scores = store.scores(sorted({one.sha256 for one in found.measurements}))
            found.failures = store.failures(query)
    table = standings.standings(found.measurements, found.scores, wanted, found.failures)
    return Comparison(
        title=", ".join(dict.fromkeys(found.names)),
        standings=table,
        curves=_curves(found, table),
        notes=found.notes,
        goal=goal or "",
        recommendation=goals.recommend(parsed, table.rows) if parsed else None,
    )


def _curves(found: comparing.Gathered, table: Standings) -> list[scaling.Curve]:
    """Thread scaling of the reference's variant on each target, and of the other variants on the reference's target."""
    base = table.reference
    shown = {(row.place.model, row.place.variant, row.place.target) for row in table.rows}
    every = [
        one
        for one in scaling.curves([one for one in found.measurements if one.batch == base.batch])
        if (one.model, one.variant, one.target) in shown
    ]
    held = [one for one in every if one.variant == base.variant or one.target == base.target]
    return (held or every)[:8]


def _plain(row: Row) -> dict[str, Any]:
    latest: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(row.latest, samples=()))
    return {
        "place": row.place,
        "measurement": latest,
        "memory": row.latest.memory,
        "runs": len(row.runs),
        "scores": row.scores,
        "verdict": row.verdict,
        "pareto": row.front,
    }
