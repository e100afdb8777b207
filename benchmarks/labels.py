"""Names beside points, placed so that they cover neither each other nor a point. Own code: a few dozen labels need no optimiser."""

from collections.abc import Sequence
from typing import Any, NamedTuple

_NEAR = 7.0
_RINGS = (_NEAR, 16.0, 26.0, 38.0, 52.0)
"""Distances from the point, in points, that are tried one after the other."""
_DIRECTIONS = (
    (1, 0.6),
    (1, -0.6),
    (-1, 0.6),
    (-1, -0.6),
    (0, 1.2),
    (0, -1.2),
    (1.2, 0),
    (-1.2, 0),
    (0.6, 1),
    (0.6, -1),
    (-0.6, 1),
    (-0.6, -1),
)
_ROOM = 4.0
"""Half the side of the square, in points, that a marker keeps free."""


class Box(NamedTuple):
    """In display units."""

    left: float
    low: float
    right: float
    high: float

    def overlap(self, other: "Box") -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.high, other.high) - max(self.low, other.low)
        return width * height if width > 0 and height > 0 else 0.0

    def outside(self, other: "Box") -> float:
        """The area of this box that lies outside the other."""
        return (self.right - self.left) * (self.high - self.low) - self.overlap(other)


def place(
    axes: Any, points: Sequence[tuple[float, float]], names: Sequence[str], colours: Sequence[str]
) -> None:
    """Writes each name beside its point (data units); those that had to move away get a thin line to it.

    Limits and scales of the axes have to be final. Points near others come first, having the least choice.
    """
    figure = axes.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    unit = figure.dpi / 72
    at = [tuple(map(float, axes.transData.transform(point))) for point in points]
    taken = [Box(x - _ROOM * unit, y - _ROOM * unit, x + _ROOM * unit, y + _ROOM * unit) for x, y in at]
    area = axes.get_window_extent(renderer)
    frame = Box(area.x0, area.y0, area.x1, area.y1)

    def crowd(index: int) -> int:
        return sum(bool(abs(at[index][0] - x) + abs(at[index][1] - y) < 80 * unit) for x, y in at)

    for index in sorted(range(len(at)), key=crowd, reverse=True):
        size = _extent(axes, names[index], renderer)
        best = min(
            (_candidate(at[index], size, offset, unit) for offset in _offsets()),
            key=lambda one: (
                5 * sum(one[0].overlap(box) for box in taken) + 5 * one[0].outside(frame) + one[2]
            ),
        )
        box, offset, _ = best
        taken.append(box)
        _write(axes, points[index], names[index], colours[index], offset)


def stack(
    axes: Any, points: Sequence[tuple[float, float]], names: Sequence[str], colours: Sequence[str]
) -> None:
    """Names to the right of points that stand above each other, moved apart where they are too near."""
    axes.figure.canvas.draw()
    unit = axes.figure.dpi / 72
    at = [tuple(map(float, axes.transData.transform(point))) for point in points]
    order = sorted(range(len(at)), key=lambda index: at[index][1])
    heights = _apart([at[index][1] for index in order], 11 * unit)
    for index, height in zip(order, heights, strict=True):
        _write(
            axes, points[index], names[index], colours[index], (16.0, (height - at[index][1]) / unit), True
        )


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending heights, each at least `gap` above the one below, moved as little as may be: groups that touch spread about their mean."""
    groups: list[tuple[float, int]] = []
    for height in heights:
        groups.append((height, 1))
        while len(groups) > 1:
            (below, n), (above, m) = groups[-2:]
            if above - below >= gap * (n + m) / 2:
                break
            groups[-2:] = [((below * n + above * m) / (n + m), n + m)]
    return [middle + gap * (place - (count - 1) / 2) for middle, count in groups for place in range(count)]


def _offsets() -> list[tuple[float, float, float]]:
    """Offsets in points with what each costs: nearer is better, and right better than left."""
    return [
        (dx * ring, dy * ring, 2 * order + 60 * step)
        for step, ring in enumerate(_RINGS)
        for order, (dx, dy) in enumerate(_DIRECTIONS)
    ]


def _candidate(
    at: tuple[float, ...], size: tuple[float, float], offset: tuple[float, float, float], unit: float
) -> tuple[Box, tuple[float, float], float]:
    x, y = at[0] + offset[0] * unit, at[1] + offset[1] * unit
    width, height = size
    left = x if offset[0] > 0 else x - width if offset[0] < 0 else x - width / 2
    return Box(left, y - height / 2, left + width, y + height / 2), offset[:2], offset[2]


def _extent(axes: Any, name: str, renderer: Any) -> tuple[float, float]:
    text = axes.text(0, 0, name, fontsize=8)
    area = text.get_window_extent(renderer)
    text.remove()
    return area.width, area.height


def _write(
    axes: Any,
    point: tuple[float, float],
    name: str,
    colour: str,
    offset: tuple[float, float],
    line: bool = False,
) -> None:
    """A pale ground keeps the name readable where it crosses an interval."""
    far = line or abs(offset[0]) + abs(offset[1]) > 2 * _NEAR
    axes.annotate(
        name,
        point,
        xytext=offset,
        textcoords="offset points",
        fontsize=8,
        color=colour,
        ha="left" if offset[0] > 0 else "right" if offset[0] < 0 else "center",
        va="center",
        arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
        if far
        else None,
        zorder=6,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7},
    )
