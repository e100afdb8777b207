"""The pictures: they are what they say, the same figures give the same bytes, and names do not cover each other."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import labels, scaling, standings, terminal
from registry.types import Measurement, Sample, Score
from tests.benchmarks.noisy import measurement


def found(threads: int = 1) -> list[Measurement]:
    every = []
    for index, (variant, target, ms) in enumerate(
        [
            ("float32", "cpu", 60.0),
            ("float16", "cpu", 61.0),
            ("int8", "cpu", 28.0),
            ("onnx", "onnxruntime", 51.0),
            ("source", "torch", 400.0),
        ]
    ):
        samples = tuple(Sample(i, ms / threads**0.8, 1, i // 5) for i in range(20))
        every.append(
            measurement(
                variant=variant,
                target=target,
                samples=samples,
                sha256=variant,
                size=1_000_000 * (index + 1),
                threads=threads,
            )
        )
    return every


SCORES = [
    Score(
        artifact=one.variant,
        metric="top1",
        value=0.9 - 0.01 * index,
        samples=9,
        low=0.8,
        high=0.95,
        sha256=one.sha256,
    )
    for index, one in enumerate(found())
]


@pytest.mark.parametrize("scores", [SCORES, []])
def test_png_and_svg(scores: list[Score]) -> None:
    pytest.importorskip("matplotlib")
    from benchmarks import plots

    rows = standings.standings(found(), scores, standings.Wanted()).rows
    curves = scaling.curves([*found(), *found(2)])
    assert len(curves) == 5
    png = plots.draw(rows, curves, "title & more", "subtitle", "png")
    assert png.startswith(b"\x89PNG")
    assert len(png) < 300_000
    assert plots.draw(rows, curves, "title & more", "subtitle", "png") == png
    svg = plots.draw(rows, curves, "title & more", "subtitle", "svg").decode()
    ElementTree.fromstring(svg)
    for name in ("title &amp; more", "float32", "onnxruntime", "What threads bring"):
        assert name in svg, name
    assert ("top1" in svg) == bool(scores)


def test_names_keep_apart() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    figure = Figure(figsize=(5, 4))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    points = [(1.0 + 0.01 * i, 1.0 + 0.005 * (i % 3)) for i in range(8)]
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 2)
    labels.place(axes, points, [f"variant {i}" for i in range(8)], ["black"] * 8)
    figure.canvas.draw()
    extents = [Text.get_window_extent(text) for text in axes.texts]  # without the line
    assert len(extents) == 8
    boxes = [labels.Box(one.x0, one.y0, one.x1, one.y1) for one in extents]
    area = min((one.right - one.left) * (one.high - one.low) for one in boxes)
    covered = [a.overlap(b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert max(covered) < 0.1 * area


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([0, 100], [0, 100]),
        ([50, 50], [45, 55]),
        ([0, 2, 4], [-8, 2, 12]),
        ([0, 0, 100, 101], [-5, 5, 95.5, 105.5]),
        ([], []),
    ],
)
def test_heights_apart(heights: list[float], expected: list[float]) -> None:
    assert labels._apart(heights, 10) == pytest.approx(expected)


def test_terminal_with_scores() -> None:
    rows = standings.standings(found(), SCORES, standings.Wanted()).rows
    text = terminal.draw(rows, scaling.curves([*found(), *found(2)]), 80)
    assert all(len(line) <= 88 for line in text.splitlines())
    assert text.startswith(" ")
    for title in (
        "top1 against latency in ms",
        "top1 against size in MB",
        "times as fast as with one thread",
    ):
        assert title in text
    for name in ("float32", "float16", "int8", "onnx", "source", "● cpu", "■ onnxruntime", "▲ torch"):
        assert name in text, name


def test_terminal_without_scores() -> None:
    rows = standings.standings(found(), [], standings.Wanted()).rows
    lines = terminal.draw(rows, [], 80).splitlines()
    order = [line.split("│")[0].strip() for line in lines if "│" in line]
    assert order == ["int8", "onnx", "float32", "float16", "source"]


def test_one_row_alone(tmp_path: Path) -> None:
    rows = standings.standings(found()[:1], SCORES, standings.Wanted()).rows
    assert "float32" in terminal.draw(rows, [], 60)


def test_thread_curves() -> None:
    (curve, *_) = scaling.curves([*found(), *found(2), *found(4)])
    assert curve.threads == (1, 2, 4)
    assert curve.speedup == pytest.approx((1, 2**0.8, 4**0.8))
    assert curve.low[1] < curve.speedup[1] < curve.high[1]
    assert scaling.curves(found()) == []
