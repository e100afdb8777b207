"""One pass over the samples tells everything, in their order, on however many interpreters."""

import sys

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.ops import Builder
from converters.quantize.choose import Thinned, choose
from converters.quantize.static import Calibrated, measure, observe

MODULE = sys.modules["converters.quantize.static.calibrate"]  # (the package has a function of that name)


def _graph() -> Graph:
    b = Builder()
    x = Value("x", (1, 4), np.dtype(np.float32))
    weights = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    y = b("FULLY_CONNECTED", x, weights, np.ones(4, np.float32), name="y", fused_activation_function="RELU")
    return Graph("g", (x,), (y, b("MUL", y, y, name="z")), b.nodes)


def _samples(count: int) -> list[dict[str, np.ndarray]]:
    return [{"x": np.full((1, 4), number, np.float32)} for number in range(count)]


class Seen:
    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []

    def add(self, array: np.ndarray) -> None:
        self.arrays.append(np.array(array))


@pytest.mark.parametrize("count", [1, 2])
def test_collectors_see_the_samples_in_order(monkeypatch, count):
    monkeypatch.setattr(MODULE, "beside_each_other", lambda needed, most: count)
    graph, seen = _graph(), {}
    for value in (*graph.inputs, *graph.outputs):
        seen[value] = Seen()
    observe(graph, ("x",), iter(_samples(7)), {value: [one] for value, one in seen.items()})
    given, y, z = (np.array(seen[value].arrays) for value in (*graph.inputs, *graph.outputs))
    np.testing.assert_array_equal(given[:, 0, 0], np.arange(7))
    node = graph.nodes[0]
    expected = np.maximum(given @ node.input(1).array.T + node.input(2).array, 0)
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    np.testing.assert_allclose(z, expected**2, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_a_sample_that_does_not_fit_ends_it(monkeypatch, count):
    monkeypatch.setattr(MODULE, "beside_each_other", lambda needed, most: count)
    samples = [*_samples(3), {"x": np.zeros((2, 2), np.float32)}, *_samples(2)]
    with pytest.raises(ValueError, match="Dimension mismatch"):
        measure(_graph(), ("x",), samples)


def test_the_answers_remembered_from_the_calibration_decide_as_those_computed_again():
    graph, random = _graph(), np.random.default_rng(1)
    samples = [{"x": random.laplace(size=(1, 4)).astype(np.float32)} for _ in range(20)]
    thinned = Thinned(samples, graph)
    statistics, means = measure(graph, ("x",), thinned, others=thinned.answers)
    assert thinned.expected is not None
    assert [len(one) for one in thinned.expected] == [2] * len(thinned.kept) == [2] * 10
    for sample, (y, z) in zip(thinned.kept, thinned.expected, strict=True):
        node = graph.nodes[0]
        np.testing.assert_allclose(
            y, np.maximum(sample["x"] @ node.input(1).array.T + 1, 0), rtol=1e-5, atol=1e-6
        )
        np.testing.assert_allclose(z, y * y, rtol=1e-5)
    found = Calibrated(statistics, means=means)
    methods = [choose(graph, ("x",), found, thinned.kept, known).method for known in (thinned.expected, None)]
    assert methods[0] == methods[1]


def test_answers_that_are_inputs_are_not_remembered():
    graph = _graph()
    assert (
        Thinned([], Graph("g", graph.inputs, (*graph.inputs, *graph.outputs), graph.nodes)).expected is None
    )
