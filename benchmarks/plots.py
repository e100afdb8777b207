"""The comparison as a picture: latency and size against accuracy with intervals, the Pareto front, and what threads bring."""

import io
from collections.abc import Sequence
from typing import Any

from benchmarks import labels
from benchmarks.scaling import Curve
from benchmarks.standings import Row, short_name
from registry.errors import MissingDependencyError
from registry.types import Score

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555")
"""Okabe and Ito's colours, told apart by colour-blind readers; a target keeps its colour and its marker in every panel."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_INK, _FAINT = "#222222", "#999999"
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": "#e8e8e8",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "svg.hashsalt": "zoo",
    "svg.fonttype": "none",
}


def draw(rows: Sequence[Row], curves: Sequence[Curve], title: str, subtitle: str, form: str) -> bytes:
    """The picture as `png` or `svg`, the same bytes for the same figures. Raises MissingDependencyError without matplotlib."""
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "plots need the package matplotlib: `pip install matplotlib` (or the extra zoo[plots])"
        ) from None
    with rc_context(_STYLE):
        panels = _panels(rows, curves)
        figure = Figure(figsize=(4.3 * len(panels) + 0.6, 4.3), dpi=110)
        FigureCanvasAgg(figure)
        width = figure.get_size_inches()[0]
        figure.subplots_adjust(left=0.62 / width, right=1 - 0.2 / width, top=0.8, bottom=0.205, wspace=0.24)
        figure.text(0.2 / width, 0.95, title, fontsize=14, fontweight="bold", color=_INK, va="center")
        figure.text(0.2 / width, 0.893, subtitle, fontsize=9, color="#666666", va="center")
        every = figure.subplots(1, len(panels), squeeze=False)[0]
        looks = _looks(rows, curves)
        for axes, panel in zip(every, panels, strict=True):
            panel(axes, looks)
        _legend(figure, looks, any(row.front for row in rows))
        sink = io.BytesIO()
        figure.savefig(
            sink,
            format=form,
            metadata={"Software": None} if form == "png" else {"Date": None, "Creator": None},
        )
    return sink.getvalue()


Looks = dict[str, tuple[str, str]]
"""Target → its colour and marker."""


def _looks(rows: Sequence[Row], curves: Sequence[Curve]) -> Looks:
    targets = dict.fromkeys([*(row.place.target for row in rows), *(one.target for one in curves)])
    return {
        target: (PALETTE[i % len(PALETTE)], MARKERS[i % len(MARKERS)]) for i, target in enumerate(targets)
    }


def _panels(rows: Sequence[Row], curves: Sequence[Curve]) -> list[Any]:
    scored = [row for row in rows if row.score() is not None]
    found: list[Any] = []
    if len(scored) > 1:
        found.append(lambda axes, looks: _against_accuracy(axes, scored, looks, "latency"))
        found.append(lambda axes, looks: _against_accuracy(axes, scored, looks, "size"))
    else:
        found.append(lambda axes, looks: _ranking(axes, rows, looks))
        found.append(lambda axes, looks: _size_and_latency(axes, rows, looks))
    if curves:
        found.append(lambda axes, looks: _threads(axes, curves, looks))
    return found


def _against_accuracy(axes: Any, rows: Sequence[Row], looks: Looks, what: str) -> None:
    first = rows[0].score()
    assert first is not None
    points, names, colours = [], [], []
    for row in rows:
        score = row.score(first.metric)
        if score is None:
            continue
        x = row.latest.median_ms if what == "latency" else row.latest.size / 1e6
        sides = (row.latest.low_ms, row.latest.high_ms) if what == "latency" else (x, x)
        _point(axes, (x, score.value), sides, _ends(score), row, looks)
        points.append((x, score.value))
        names.append(short_name(row, rows))
        colours.append(looks[row.place.target][0])
    better = "higher" if first.higher_is_better else "lower"
    axes.set_title(f"{what.capitalize()} against accuracy")
    axes.set_xlabel("latency in ms, median and 95 % interval" if what == "latency" else "size in MB")
    axes.set_ylabel(
        f"{first.metric} ({better} is better), 95 % interval" if first.low is not None else first.metric
    )
    _scale(axes, [x for x, _ in points])
    axes.margins(x=0.22, y=0.2)
    labels.place(axes, points, names, colours)


def _ends(score: Score) -> tuple[float, float]:
    return (
        score.low if score.low is not None else score.value,
        score.high if score.high is not None else score.value,
    )


def _point(
    axes: Any,
    at: tuple[float, float],
    across: tuple[float, float],
    up: tuple[float, float],
    row: Row,
    looks: Looks,
) -> None:
    """A marker with its intervals: filled on the Pareto front, hollow elsewhere, faint where the run was disturbed."""
    colour, marker = looks[row.place.target]
    alpha = 1.0 if row.latest.valid else 0.35
    axes.plot(
        across,
        (at[1], at[1]),
        color=colour,
        linewidth=1.3,
        alpha=0.45 * alpha,
        zorder=3,
        solid_capstyle="butt",
    )
    axes.plot(
        (at[0], at[0]), up, color=colour, linewidth=1.3, alpha=0.45 * alpha, zorder=3, solid_capstyle="butt"
    )
    axes.plot(
        *([at[0]], [at[1]]),
        marker=marker,
        color=colour,
        markersize=7,
        markerfacecolor=colour if row.front else "white",
        markeredgewidth=1.4,
        alpha=alpha,
        zorder=5,
    )


def _ranking(axes: Any, rows: Sequence[Row], looks: Looks) -> None:
    """Latencies, fastest on top: what remains to be shown where nothing is scored."""
    ordered = sorted(rows, key=lambda row: -row.latest.median_ms)
    for height, row in enumerate(ordered):
        one = row.latest
        _point(axes, (one.median_ms, height), (one.low_ms, one.high_ms), (height, height), row, looks)
    axes.set_yticks(range(len(ordered)), [short_name(row, rows) for row in ordered])
    axes.set_title("Latency")
    axes.set_xlabel("ms, median and 95 % interval")
    _scale(axes, [row.latest.median_ms for row in rows])
    axes.margins(x=0.12, y=0.08)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0, labelsize=8)
    box = axes.get_position()
    longest = max(len(short_name(row, rows)) for row in rows)
    shift = min(0.3 * box.width, longest * 0.062 / axes.figure.get_size_inches()[0] - 0.03)
    axes.set_position([box.x0 + max(0.0, shift), box.y0, box.width - max(0.0, shift), box.height])


def _size_and_latency(axes: Any, rows: Sequence[Row], looks: Looks) -> None:
    points, names, colours = [], [], []
    for row in rows:
        if not row.latest.size:
            continue
        x, y = row.latest.size / 1e6, row.latest.median_ms
        _point(axes, (x, y), (x, x), (row.latest.low_ms, row.latest.high_ms), row, looks)
        points.append((x, y))
        names.append(short_name(row, rows))
        colours.append(looks[row.place.target][0])
    axes.set_title("Size against latency")
    axes.set_xlabel("size in MB")
    axes.set_ylabel("latency in ms")
    _scale(axes, [x for x, _ in points])
    _scale(axes, [y for _, y in points], vertical=True)
    axes.margins(x=0.22, y=0.15)
    labels.place(axes, points, names, colours)


def _threads(axes: Any, curves: Sequence[Curve], looks: Looks) -> None:
    most = max(one.threads[-1] for one in curves)
    axes.plot([1, most], [1, most], linestyle="--", color=_FAINT, linewidth=1, zorder=1)
    axes.annotate(
        "ideal",
        (most, most),
        xytext=(-4, -12),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=_FAINT,
    )
    several = len({one.variant for one in curves}) > 1
    ends, names, colours = [], [], []
    for one in curves:
        colour, marker = looks[one.target]
        for count, low, high in zip(one.threads, one.low, one.high, strict=True):
            axes.plot((count, count), (low, high), color=colour, linewidth=1.3, alpha=0.45)
        axes.plot(one.threads, one.speedup, marker=marker, color=colour, markersize=5, linewidth=1.3)
        ends.append((float(one.threads[-1]), one.speedup[-1]))
        names.append(one.variant if several else one.target)
        colours.append(colour)
    axes.set_title("What threads bring")
    axes.set_xlabel("threads")
    axes.set_ylabel("times as fast as one thread")
    axes.set_xticks(sorted({count for one in curves for count in one.threads}))
    axes.set_xlim(1 - 0.06 * (most - 1), most + 0.45 * (most - 1))
    labels.stack(axes, ends, names, colours)


def _scale(axes: Any, values: Sequence[float], vertical: bool = False) -> None:
    """Logarithmic where the values span more than a factor of four, with plain figures at the ticks."""
    if not values or min(values) <= 0 or max(values) < 4 * min(values):
        return
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.yaxis if vertical else axes.xaxis
    (axes.set_yscale if vertical else axes.set_xscale)("log")
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _legend(figure: Any, looks: Looks, has_front: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, markersize=7, label=target)
        for target, (colour, marker) in looks.items()
    ]
    if has_front:
        handles.append(
            Line2D(
                [],
                [],
                linestyle="",
                marker="o",
                color=_INK,
                markersize=7,
                label="filled: on the Pareto front",
            )
        )
    figure.legend(handles=handles, loc="lower center", ncols=min(6, len(handles)), frameon=False, fontsize=9)
