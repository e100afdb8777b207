"""The comparison drawn with characters: latency against accuracy with its intervals, or latencies alone where nothing is scored.

Own code: plotext changed its whole interface from 5 to 6 and draws neither intervals nor names beside points.
"""

import math
from collections.abc import Callable, Sequence

from benchmarks.standings import Row, short_name

MARKERS = "●■▲◆▼★✚"
_HEIGHT = 16


def draw(rows: Sequence[Row], width: int = 100) -> str:
    """Lines of at most `width` characters; a target has its own marker."""
    scored = [row for row in rows if row.score() is not None]
    targets = list(dict.fromkeys(row.place.target for row in rows))
    looks = {target: MARKERS[index % len(MARKERS)] for index, target in enumerate(targets)}
    lines = _scatter(scored, looks, width) if len(scored) > 1 else _ranking(rows, looks, width)
    return "\n".join([*lines, "   ".join(f"{marker} {target}" for target, marker in looks.items())])


def _scatter(rows: Sequence[Row], looks: dict[str, str], width: int) -> list[str]:
    first = rows[0].score()
    assert first is not None
    scores = [row.score(first.metric) or first for row in rows]
    low, high = min(one.value for one in scores), max(one.value for one in scores)
    room = max((high - low) * 0.1, 1e-4)
    low, high = low - room, high + room
    ticks = [high - (high - low) * line / (_HEIGHT - 1) for line in range(_HEIGHT)]
    margin = max(len(f"{tick:.4f}") for tick in ticks) + 1
    column, axis = _axis(rows, width - margin - 1)
    canvas = [[" "] * (width - margin - 1) for _ in range(_HEIGHT)]
    spots = []
    for row, score in zip(rows, scores, strict=True):
        line = round((high - score.value) / (high - low) * (_HEIGHT - 1))
        _interval(canvas[line], row, column, looks)
        spots.append((line, column(row.latest.median_ms), short_name(row, rows)))
    for line, at, name in spots:
        _write(canvas, line, at, name)
    head = f"{'':{margin}}{first.metric} against latency in ms"
    body = [
        f"{f'{tick:.4f}' if number % 5 == 0 else '':>{margin - 1}} {'┤' if number % 5 == 0 else '│'}{''.join(cells).rstrip()}"
        for number, (tick, cells) in enumerate(zip(ticks, canvas, strict=True))
    ]
    return [head, *body, *(" " * margin + line for line in axis)]


def _ranking(rows: Sequence[Row], looks: dict[str, str], width: int) -> list[str]:
    ordered = sorted(rows, key=lambda row: row.latest.median_ms)
    margin = max(len(short_name(row, rows)) for row in rows) + 1
    column, axis = _axis(rows, width - margin - 1)
    lines = []
    for row in ordered:
        cells = [" "] * (width - margin - 1)
        _interval(cells, row, column, looks)
        lines.append(f"{short_name(row, rows):>{margin - 1}} │{''.join(cells).rstrip()}")
    return [f"{'':{margin}}latency in ms", *lines, *(" " * margin + line for line in axis)]


def _axis(rows: Sequence[Row], width: int) -> tuple[Callable[[float], int], list[str]]:
    """Milliseconds → column, and the two lines of the axis; logarithmic where the latencies span more than a factor of four."""
    low = min(row.latest.median_ms for row in rows)
    high = max(row.latest.median_ms for row in rows)
    logarithmic = high > 4 * low
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


def _interval(cells: list[str], row: Row, column: Callable[[float], int], looks: dict[str, str]) -> None:
    """The interval as a line and the median as the marker, over what stands there."""
    for at in range(column(row.latest.low_ms), column(row.latest.high_ms) + 1):
        if cells[at] == " ":
            cells[at] = "─"
    cells[column(row.latest.median_ms)] = looks[row.place.target]


def _write(canvas: list[list[str]], line: int, at: int, name: str) -> None:
    """The name to the right, else to the left, else a line or two away: where nothing stands yet."""
    width = len(canvas[0])
    for away in (0, -1, 1, -2, 2, -3, 3):
        if not 0 <= line + away < len(canvas):
            continue
        cells = canvas[line + away]
        after = next((i for i in range(at + 1, width) if cells[i] == " "), width) + 1
        before = at - len(name) - 1
        for start in (after, before):
            if (
                start >= 0
                and start + len(name) <= width
                and not "".join(cells[start : start + len(name)]).strip()
            ):
                cells[start : start + len(name)] = name
                return
