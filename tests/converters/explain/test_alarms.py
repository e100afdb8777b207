"""Every alarm on a quantized file that has the fault and no worse one, at the layer that has it; and silence where it is too small."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from converters.explain import alarms as package
from converters.explain.alarms import Alarm, slower_than_float
from converters.graph import Graph, Node, Value
from tests.converters.explain.networks import (
    B1,
    FLOAT,
    INT8,
    RNG,
    SAMPLES,
    W1,
    W2,
    dense,
    explained,
    float_network,
    grid,
    int8_network,
    int8_weights,
    on_grid,
)

Pair = tuple[Graph, Graph]
"""Quantized, float."""
PEAK_SAMPLES = [{"x": RNG.uniform(-1, 1, (1, 4096)).astype(np.float32)} for _ in range(4)]
CANCELLING = [{"x": np.repeat(RNG.uniform(0.3, 1, (1, 4)), 2, 1).astype(np.float32)} for _ in range(12)]


@dataclass(frozen=True)
class Case:
    """`layer` and `words` of the alarm that `faulty` gives; `nearly` has the same to a lesser degree."""

    faulty: Callable[[], Pair]
    nearly: Callable[[], Pair]
    layer: str
    words: str
    severity: str = "error"
    samples: list[dict[str, np.ndarray]] | None = None


def _pair(**ours: object) -> Callable[[], Pair]:
    """The dense network; what describes the float model, too, is given to both."""
    shared = {key: ours[key] for key in ("w1", "bias", "end") if key in ours}
    return lambda: (int8_network(**ours), float_network(**shared))  # type: ignore[arg-type]


def _rows(factor: float, rows: slice = slice(3, 4)) -> np.ndarray:
    """W1 with some channels `factor` times as large."""
    w = W1.copy()
    w[rows] *= factor
    return w


def _peaked(ratio: float) -> np.ndarray:
    """A row of 4096 weights, one of them `ratio` times the row's RMS; the other rows even."""
    w = np.sign(RNG.normal(size=(8, 4096))).astype(np.float32) / 64
    rest = np.sqrt((4096 - ratio**2) / 4095)
    w[5] = np.sign(w[5]) * rest / 64
    w[5, 7] = ratio / 64
    return w


def _differences(size: float) -> np.ndarray:
    """Rows that take two equal operands from each other, and add `size` of one."""
    w = np.zeros((8, 8), np.float32)
    for row in range(8):
        w[row, (2 * row) % 8], w[row, (2 * row + 1) % 8] = 1.0, -1.0 + size
    return w


def _dead(rows: slice) -> Callable[[], Pair]:
    return _pair(w1=_rows(1e-3, rows), bias=np.where(_in(rows), 0, B1).astype(np.float32))


def _in(rows: slice) -> np.ndarray:
    inside = np.zeros(8, bool)
    inside[rows] = True
    return inside


def _softmax_of(step: float) -> Callable[[], Pair]:
    """A softmax of values with steps of `step`."""
    return _pair(y=127 * step, end="SOFTMAX")


def _island(between: bool) -> Callable[[], Pair]:
    """x ► dense ► ELU in float ► dense, or with the float operator at the model's end."""

    def made() -> Pair:
        ends = ("x", "h", "e", "y")
        fx, fh, fe, fy = (Value(name, (1, 8), FLOAT) for name in ends)
        w1, w2 = Value("w1", W1.shape, FLOAT, W1), Value("w2", W2.shape, FLOAT, W2)
        nodes = [dense(fx, w1, None, fh), Node("ELU", (fh,), (fe,), {})]
        last = [dense(fe, w2, None, fy)] if between else []
        theirs = Graph("g", (fx,), (fy if between else fe,), [*nodes, *last])
        x, h, q, y = on_grid("x", 1), on_grid("h", 2), on_grid("q", 2), on_grid("y", 2.5)
        d, e = Value("d", (1, 8), FLOAT), Value("e", (1, 8), FLOAT)
        nodes = [dense(x, int8_weights("w1", W1, True), None, h)]
        nodes += [Node("DEQUANTIZE", (h,), (d,), {}), Node("ELU", (d,), (e,), {})]
        if between:
            nodes += [Node("QUANTIZE", (e,), (q,), {}), dense(q, int8_weights("w2", W2, True), None, y)]
        return Graph("g", (x,), (y if between else e,), nodes), theirs

    return made


def _logarithm(shift: float) -> Callable[[], Pair]:
    """log(x + shift), in float behind an int8 input."""

    def made() -> Pair:
        attrs = {"fused_activation_function": "NONE", "pot_scale_int16": False}
        graphs = []
        for dtype in (INT8, FLOAT):
            x = Value("x", (1, 8), dtype, None, grid(1) if dtype == INT8 else None)
            d, s, y = (Value(name, (1, 8), FLOAT) for name in "dsy")
            c = Value("c", (), FLOAT, np.float32(shift))
            crossing = [Node("DEQUANTIZE", (x,), (d,), {})] if dtype == INT8 else []
            nodes = [Node("ADD", (d if crossing else x, c), (s,), dict(attrs)), Node("LOG", (s,), (y,), {})]
            graphs.append(Graph("g", (x,), (y,), [*crossing, *nodes]))
        return graphs[0], graphs[1]

    return made


CASES = {
    "constant_output": Case(_pair(y=2000.0), _pair(y=100.0), "y", "is 0 everywhere"),
    "zero_softmax": Case(
        _softmax_of(20.0), _softmax_of(0.5), "z", "12 of 12 rows have the same value for all 8"
    ),
    "lossy_layer": Case(_pair(y=120.0), _pair(y=10.0), "y", "by itself"),
    "dead_channels": Case(
        _dead(slice(2, 4)), _dead(slice(2, 2)), "h", "2 of 8 channels (channels 2, 3)", "warning"
    ),
    "float_not_finite": Case(_logarithm(0.5), _logarithm(1.5), "y", "NaN or infinite"),
    "outlier_weights": Case(
        _pair(w1=_rows(100), per_channel=False, h=150, y=150),
        _pair(w1=_rows(4), per_channel=False, h=6, y=6),
        "h",
        "its weights have one scale, and channel 3",
        "warning",
    ),
    "outlier_weights per channel": Case(
        _pair(w1=_peaked(60), h=3),
        _pair(w1=_peaked(10), h=3),
        "h",
        "one weight of channel 5 is 60.0 times",
        "warning",
        PEAK_SAMPLES,
    ),
    "saturated_weights": Case(_pair(shrink=0.4), _pair(shrink=0.998), "h", "lie beyond their grid"),
    "zeroed_weights": Case(
        _pair(w1=_rows(1e-3, slice(3, 4)), per_channel=False),
        _pair(w1=_rows(1e-1, slice(3, 4)), per_channel=False),
        "h",
        "all weights of channel 3 became zero",
    ),
    "bias_overflow": Case(_pair(w1=_rows(1e-7)), _pair(w1=_rows(1e-3)), "h", "times the range of int32"),
    "scale_mismatch": Case(_pair(bias_scale=2.0), _pair(bias_scale=1.001), "h", "stored at 2 times"),
    "outlier_channel": Case(
        _pair(w1=_rows(200), h=300, y=300), _pair(w1=_rows(3), h=4, y=4), "h", "channel 3 reaches", "warning"
    ),
    "saturated_activation": Case(_pair(h=0.3), _pair(h=2.0), "h", "lie beyond its grid"),
    "range_too_wide": Case(_pair(x=30.0), _pair(x=3.0), "x", "its grid spans", "warning"),
    "range_too_narrow of an input": Case(_pair(x=0.9), _pair(x=0.995), "x", "its grid only", "warning"),
    "range_too_narrow inside": Case(_pair(h=0.5), _pair(h=1.5), "h", "its grid only", "warning"),
    "float_island": Case(_island(True), _island(False), "e", "1 operator (ELU)", "warning"),
}
"""Kind, and where there are several forms of it which, → the file that has it and the one that nearly has it."""


@pytest.mark.parametrize("name", CASES)
def test_a_fault_gives_its_alarm_where_it_is(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    found = _alarms(case, case.faulty, name, tmp_path)
    assert case.layer in [one.layer for one in found], found
    first = next(one for one in found if one.layer == case.layer)
    assert case.words in first.sentence
    assert first.severity == case.severity


@pytest.mark.parametrize("name", CASES)
def test_less_of_it_gives_none(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert _alarms(case, case.nearly, name, tmp_path) == []


def _alarms(case: Case, made: Callable[[], Pair], name: str, folder: Path) -> list[Alarm]:
    """Of the case's own kind."""
    found = explained(folder, *made(), case.samples or SAMPLES)
    return [one for one in found.alarms if one.kind == name.split(" ")[0]]


def test_terms_that_cancel_are_told_from_a_bad_grid(tmp_path: Path) -> None:
    """The weights are exact to half a percent, the layer's sums are off by more than their size."""
    w, zeros = _differences(0.004), np.zeros(8, np.float32)
    pair = (int8_network(w1=w, bias=zeros, h=0.005, y=0.01), float_network(w1=w, bias=zeros))
    found = explained(tmp_path, *pair, CANCELLING)
    lossy = [one for one in found.alarms if one.kind == "lossy_layer" and one.layer == "h"]
    assert "large terms cancel in its sums" in lossy[0].sentence


def test_slower_than_float() -> None:
    assert slower_than_float(1.0, 2.0) == ()
    assert slower_than_float(2.05, 2.0) == ()
    found = slower_than_float(4.0, 2.0, "3 of 5 operators in the delegate")
    assert found[0].kind == "slower_than_float"
    assert "2.0 times as long (3 of 5 operators in the delegate)" in found[0].sentence


def test_every_kind_of_alarm_is_provoked_here() -> None:
    """The kinds as the rules' sources name them."""
    kinds = {
        argument.value
        for path in Path(package.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("at", "Alarm")
        for argument in [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "kind")]
        if isinstance(argument, ast.Constant)
    }
    assert kinds == {name.split(" ")[0] for name in CASES} | {"slower_than_float"}
