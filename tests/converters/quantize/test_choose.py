"""The choice between range methods, by what int8 files answer."""

import numpy as np
import pytest

from converters.graph import Graph, Value, constant
from converters.ops import Builder
from converters.quantize.choose import AUTO, CHOICES, Thinned, choose
from converters.quantize.static import Calibrated, measure

FLOAT = np.dtype(np.float32)


def _samples():
    """Laplace's distribution: few numbers are large, and least squared error clips them."""
    random = np.random.default_rng(5)
    return [{"x": random.laplace(size=(1, 64, 64, 4)).astype(np.float32)} for _ in range(4)]


def _chosen(build, samples, method=AUTO):
    b = Builder()
    x = Value("x", samples[0]["x"].shape, FLOAT)
    y = build(b, x)
    graph = Graph("choice", (x,), (y,), b.nodes)
    statistics, means = measure(graph, ("x",), samples)
    return choose(graph, ("x",), Calibrated(statistics, method, means=means), samples)


def test_a_model_that_lives_on_rare_values_gets_their_whole_range():
    five = constant(np.full(4, 5, np.float32))
    assert _chosen(lambda b, x: b("RELU", b("SUB", x, five)), _samples()).method == "minmax"


def test_a_model_that_ignores_rare_values_gets_the_finer_grid():
    assert _chosen(lambda b, x: b("RELU_N1_TO_1", x), _samples()).method == "mse"


def test_the_first_choice_is_kept_where_nothing_tells_them_apart():
    assert _chosen(lambda b, x: b("NEG", x), [{"x": np.zeros((1, 2, 2, 4), np.float32)}]).method == CHOICES[0]


@pytest.mark.parametrize(("count", "kept"), [(0, 0), (1, 1), (16, 16), (17, 9), (100, 13), (1000, 16)])
def test_samples_are_thinned_evenly_however_many_come(count, kept):
    thinned = Thinned({"x": np.full(1, number)} for number in range(count))
    assert len(list(thinned)) == count
    numbers = [int(one["x"][0]) for one in thinned.kept]
    assert len(numbers) == kept
    assert len(set(np.diff(numbers).tolist())) <= 1


def test_a_method_that_was_asked_for_stays_and_the_quality_of_its_file_is_known():
    def build(b, x):
        return b("RELU", b("SUB", x, constant(np.full(4, 5, np.float32))))

    found = _chosen(build, _samples(), "mse")
    assert found.method == "mse"
    assert len(found.quality) == 1
    assert 0 < found.quality[0] < _chosen(build, _samples()).quality[0]
