"""A goal such as `accuracy>=0.79, smallest`: conditions that must hold, then what is wanted most."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.comparison import verdict
from benchmarks.standings import Row
from registry.errors import InputError

Objective = Literal["smallest", "fastest", "most accurate", "least memory"]
OBJECTIVES: tuple[Objective, ...] = ("smallest", "fastest", "most accurate", "least memory")
_EXAMPLE = "like `accuracy>=0.79, smallest`"
_CONDITION = re.compile(
    r"(?P<what>[A-Za-z_][\w@.:/-]*)\s*(?P<sign>>=|<=|==|=|>|<)\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<unit>[A-Za-zµ%]*)",
    re.IGNORECASE,
)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
}
_TIME = {"": 1.0, "ms": 1.0, "us": 1e-3, "µs": 1e-3, "s": 1e3}
_BYTES = {"": 1.0, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_PLAIN = {"": 1.0, "%": 0.01}
_FIGURES: dict[str, tuple[dict[str, float], Callable[[Row], float]]] = {
    "size": (_BYTES, lambda row: row.latest.size),
    "latency": (_TIME, lambda row: row.latest.median_ms),
    "median": (_TIME, lambda row: row.latest.median_ms),
    "p95": (_TIME, lambda row: row.latest.p95_ms),
    "p99": (_TIME, lambda row: row.latest.p99_ms),
    "load": (_TIME, lambda row: row.latest.load_ms),
    "first": (_TIME, lambda row: row.latest.first_ms),
    "throughput": ({"": 1.0}, lambda row: row.latest.throughput),
    "memory": (_BYTES, lambda row: row.latest.memory),
}


@dataclass(frozen=True)
class Condition:
    """`what` is a figure of the measurement, `accuracy` (the task's main metric), or a metric's name; `limit` in ms, bytes or as it is."""

    what: str
    sign: str
    limit: float
    text: str


@dataclass(frozen=True)
class Goal:
    conditions: tuple[Condition, ...]
    objectives: tuple[Objective, ...]


@dataclass(frozen=True)
class Recommendation:
    """The row to take, or none; why the others fall out; and what to know about the choice."""

    chosen: Row | None
    refused: tuple[tuple[Row, str], ...]
    caution: tuple[str, ...] = ()


def parse(text: str) -> Goal:
    """Raises InputError for what is neither a condition nor an objective, naming it."""
    conditions: list[Condition] = []
    objectives: list[Objective] = []
    for part in (one.strip() for one in text.split(",")):
        if not part:
            raise InputError(f"--goal {text!r}: there is nothing between two commas; a goal is {_EXAMPLE}")
        word = " ".join(part.lower().split())
        objective = next((one for one in OBJECTIVES if word == one), None)
        if objective is None:
            conditions.append(_condition(part, text))
        elif objective in objectives:
            raise InputError(f"--goal {text!r}: {objective} stands there twice")
        else:
            objectives.append(objective)
    if not objectives:
        raise InputError(f"--goal {text!r} does not say what is wanted most: add {_either(OBJECTIVES)}")
    return Goal(tuple(conditions), tuple(objectives))


def _condition(part: str, text: str) -> Condition:
    match = _CONDITION.fullmatch(part)
    if match is None:
        raise InputError(
            f"--goal {text!r}: {part!r} is neither a condition nor one of {_either(OBJECTIVES)}; a goal is {_EXAMPLE}"
        )
    what, unit = match["what"], match["unit"].lower()
    what = what.lower() if what.lower() in (*_FIGURES, "accuracy") else what
    units = _FIGURES[what][0] if what in _FIGURES else _PLAIN
    if unit not in units:
        known = _either([one for one in units if one])
        raise InputError(f"--goal {text!r}: {what} has no unit {match['unit']}; it takes {known or 'none'}")
    sign = "=" if match["sign"] == "==" else match["sign"]
    return Condition(what, sign, float(match["number"]) * units[unit], part)


def recommend(goal: Goal, rows: Sequence[Row]) -> Recommendation:
    """The row that meets all conditions and is best by the objectives in turn; what is alike in one is decided by the next.

    Raises InputError where a condition asks for a metric that no row has.
    """
    refused: list[tuple[Row, str]] = []
    fit: list[Row] = []
    for condition in goal.conditions:
        _require_known(condition, rows)
    for row in rows:
        reason = next((why for one in goal.conditions if (why := _refusal(one, row))), "")
        if reason or not row.latest.valid:
            refused.append((row, reason or f"the run was too disturbed ({row.latest.invalid_reason})"))
        else:
            fit.append(row)
    for objective in (*goal.objectives, *OBJECTIVES):
        fit = _best(objective, fit)
    chosen = fit[0] if fit else None
    return Recommendation(chosen, tuple(refused), tuple(_cautions(goal, chosen)) if chosen else ())


def _refusal(condition: Condition, row: Row) -> str:
    """Why the row does not meet the condition; empty where it does."""
    value = _value(condition.what, row)
    if value is None:
        return f"{condition.what} is not known"
    if _SIGNS[condition.sign](value, condition.limit):
        return ""
    return f"{condition.what} is {_shown(condition.what, value)}"


def _value(what: str, row: Row) -> float | None:
    if what in _FIGURES:
        return _FIGURES[what][1](row) or None
    score = row.score("" if what == "accuracy" else what)
    return None if score is None else score.value


def _shown(what: str, value: float) -> str:
    if what not in _FIGURES:
        return f"{value:.4f}"
    units = _FIGURES[what][0]
    return (
        f"{value:.3f} ms"
        if units is _TIME
        else f"{value / 1e6:.3f} MB"
        if units is _BYTES
        else f"{value:.1f}"
    )


def _require_known(condition: Condition, rows: Sequence[Row]) -> None:
    if condition.what in _FIGURES or any(_value(condition.what, row) is not None for row in rows):
        return
    metrics = sorted({score.metric for row in rows for score in row.scores})
    have = (
        f"the metrics here are {', '.join(metrics)}"
        if metrics
        else "nothing here is scored: run `zoo eval` first"
    )
    raise InputError(f"--goal {condition.text}: no row has {condition.what}; {have}")


def _best(objective: Objective, rows: list[Row]) -> list[Row]:
    """The rows that are best by one objective: several where they are alike."""
    if len(rows) < 2:
        return rows
    if objective == "fastest":
        first = min(rows, key=lambda row: row.latest.median_ms)
        return [row for row in rows if row is first or verdict(first.runs, row.runs).kind == "same"]
    merit: Callable[[Row], float] = {
        "smallest": lambda row: float(row.latest.size or "inf"),
        "least memory": lambda row: float(row.latest.memory or "inf"),
        "most accurate": lambda row: -_accuracy(row),
    }[objective]
    best = min(map(merit, rows))
    return [row for row in rows if merit(row) == best]


def _accuracy(row: Row) -> float:
    score = row.score()
    if score is None:
        return float("-inf")
    return score.value if score.higher_is_better else -score.value


def _cautions(goal: Goal, row: Row) -> list[str]:
    """Conditions that the figure meets and its interval does not."""
    said = []
    for one in goal.conditions:
        score = None if one.what in _FIGURES else row.score("" if one.what == "accuracy" else one.what)
        if score is None or score.low is None or score.high is None:
            continue
        if not (_SIGNS[one.sign](score.low, one.limit) and _SIGNS[one.sign](score.high, one.limit)):
            said.append(
                f"{score.metric} is {score.value:.4f}, but its 95 % interval {score.low:.4f} to {score.high:.4f} "
                f"does not rule out that {one.text} fails; more samples would tell"
            )
    return said


def _either(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}" if len(words) > 1 else "".join(words)
