"""The comparison drawn with characters: latency and size against accuracy, and what threads bring; latencies alone where nothing is scored.

Own code: plotext changed its whole interface from 5 to 6 and draws neither intervals nor names beside points.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.scaling import Curve
from benchmarks.standings import Row, short_name

MARKERS = "●■▲◆▼★✚"
_HEIGHT = 16


class Spot(NamedTuple):
    """One point: where, from where to where its interval goes, as what and under which name it is drawn."""

    x: float
    y: float
    low: float
    high: float
    marker: str
    name: str


def draw(rows: Sequence[Row], curves: Sequence[Curve], width: int = 100) -> str:
    """Charts of at most `width` characters; a target has its own marker."""
    targets = dict.fromkeys([*(row.place.target for row in rows), *(one.target for one in curves)])
    looks = {target: MARKERS[index % len(MARKERS)] for index, target in enumerate(targets)}
    scored = [row for row in rows if row.score() is not None]
    lines = [*_scatters(scored, looks, width)] if len(scored) > 1 else _ranking(rows, looks, width)
    if curves:
        lines += ["", *_threads(curves, looks, width)]
    return "\n".join([*lines, "", "   ".join(f"{marker} {target}" for target, marker in looks.items())])


def _scatters(rows: Sequence[Row], looks: dict[str, str], width: int) -> list[str]:
    first = rows[0].score()
    assert first is not None
    latency, size = [], []
    for row in rows:
        score = row.score(first.metric)
        if score is None:
            continue
        one, marker, name = row.latest, looks[row.place.target], short_name(row, rows)
        latency.append(Spot(one.median_ms, score.value, one.low_ms, one.high_ms, marker, name))
        if one.size:
            size.append(Spot(one.size / 1e6, score.value, one.size / 1e6, one.size / 1e6, marker, name))
    lines = _chart(latency, f"{first.metric} against latency in ms", width)
    return [*lines, "", *_chart(size, f"{first.metric} against size in MB", width)] if size else lines


def _chart(spots: Sequence[Spot], title: str, width: int) -> list[str]:
    low, high = min(one.y for one in spots), max(one.y for one in spots)
    room = max((high - low) * 0.1, 1e-4)
    low, high = low - room, high + room
    ticks = [f"{high - (high - low) * line / (_HEIGHT - 1):.4f}" for line in range(_HEIGHT)]
    margin = max(map(len, ticks)) + 1
    column, axis = _axis([one.x for one in spots], width - margin - 1)
    canvas = [[" "] * (width - margin - 1) for _ in range(_HEIGHT)]
    lines = [round((high - one.y) / (high - low) * (_HEIGHT - 1)) for one in spots]
    for line, one in zip(lines, spots, strict=True):
        _interval(canvas[line], one, column)
    for line, one in zip(lines, spots, strict=True):
        _write(canvas, line, column(one.x), one.name)
    body = [
        f"{tick if number % 5 == 0 else '':>{margin - 1}} {'┤' if number % 5 == 0 else '│'}{''.join(cells).rstrip()}"
        for number, (tick, cells) in enumerate(zip(ticks, canvas, strict=True))
    ]
    return [f"{'':{margin}}{title}", *body, *(" " * margin + line for line in axis)]


def _ranking(rows: Sequence[Row], looks: dict[str, str], width: int) -> list[str]:
    ordered = sorted(rows, key=lambda row: row.latest.median_ms)
    spots = [
        Spot(
            *(row.latest.median_ms, 0.0, row.latest.low_ms, row.latest.high_ms),
            *(looks[row.place.target], short_name(row, rows)),
        )
        for row in ordered
    ]
    return _strips(spots, "latency in ms", width)


def _threads(curves: Sequence[Curve], looks: dict[str, str], width: int) -> list[str]:
    """One line a curve at its largest thread count: how many times as fast as with the smallest."""
    spots = [
        Spot(
            *(one.speedup[-1], 0.0, one.low[-1], one.high[-1], looks[one.target]),
            f"{one.variant or one.model}, {one.threads[-1]} threads",
        )
        for one in curves
    ]
    return _strips(spots, "times as fast as with one thread", width, start=1.0)


def _strips(spots: Sequence[Spot], title: str, width: int, start: float | None = None) -> list[str]:
    """A line a spot, its name on the left."""
    margin = max(len(one.name) for one in spots) + 1
    values = [one.x for one in spots] + ([] if start is None else [start])
    column, axis = _axis(values, width - margin - 1)
    lines = []
    for one in spots:
        cells = [" "] * (width - margin - 1)
        if start is not None:
            cells[column(start)] = "┊"
        _interval(cells, one, column)
        lines.append(f"{one.name:>{margin - 1}} │{''.join(cells).rstrip()}")
    return [f"{'':{margin}}{title}", *lines, *(" " * margin + line for line in axis)]


def _axis(values: Sequence[float], width: int) -> tuple[Callable[[float], int], list[str]]:
    """Value → column, and the two lines of the axis; logarithmic where the values span more than a factor of four."""
    low, high = min(values), max(values)
    logarithmic = high > 4 * low > 0
    change: Callable[[float], float] = math.log if logarithmic else float
    back: Callable[[float], float] = math.exp if logarithmic else float
    start, end = change(low), change(high)
    room = 0.06 * (end - start) or 0.05 * abs(end) or 0.05
    start, end = start - room, end + 3 * room

    def column(value: float) -> int:
        share = (change(max(value, 1e-9)) - start) / (end - start)
        return min(width - 1, max(0, round(share * (width - 1))))

    line, words = ["─"] * width, [" "] * (width + 8)
    for at in range(0, width - 6, max(12, width // 6)):
        line[at] = "┬"
        text = f"{back(start + (end - start) * at / (width - 1)):.3g}"
        words[at : at + len(text)] = text
    return column, ["└" + "".join(line), " " + "".join(words).rstrip()]


def _interval(cells: list[str], one: Spot, column: Callable[[float], int]) -> None:
    """The interval as a line and the median as the marker, over what stands there."""
    for at in range(column(one.low), column(one.high) + 1):
        if cells[at] == " ":
            cells[at] = "─"
    cells[column(one.x)] = one.marker


def _write(canvas: list[list[str]], line: int, at: int, name: str) -> None:
    """The name to the right, else to the left, else a line or more away: where nothing stands yet."""
    width = len(canvas[0])
    for away in (0, -1, 1, -2, 2, -3, 3):
        if not 0 <= line + away < len(canvas):
            continue
        cells = canvas[line + away]
        after = next((i for i in range(at + 1, width) if cells[i] == " "), width) + 1
        before = next((i for i in range(at - 1, -1, -1) if cells[i] == " "), 0) - len(name)
        for start in (after, before):
            if (
                start >= 0
                and start + len(name) <= width
                and not "".join(cells[start : start + len(name)]).strip()
            ):
                cells[start : start + len(name)] = name
                return
