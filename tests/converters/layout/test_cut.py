"""The minimum cut against scipy's maximum flow and against every subset."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from converters.layout.cut import INFINITE, CutNetwork


def random_network(rng: np.random.Generator, inner: int) -> tuple[CutNetwork, np.ndarray]:
    network = CutNetwork()
    for _ in range(inner):
        network.node()
    size = inner + 2
    capacity = np.where(rng.random((size, size)) < 0.4, rng.integers(1, 50, (size, size)), 0)
    np.fill_diagonal(capacity, 0)
    for tail, head in zip(*np.nonzero(capacity), strict=True):
        network.edge(int(tail), int(head), int(capacity[tail, head]))
    return network, capacity


def cut_of(capacity: np.ndarray, source_side: np.ndarray) -> int:
    return int(capacity[np.ix_(source_side, ~source_side)].sum())


def test_against_scipy_and_every_subset():
    rng = np.random.default_rng(0)
    for _ in range(400):
        inner = int(rng.integers(0, 6))
        network, capacity = random_network(rng, inner)
        flow, side = network.solve()
        sides = np.asarray(side)
        assert flow == maximum_flow(csr_array(capacity.astype(np.int32)), 0, 1).flow_value
        assert sides[0]
        assert not sides[1]
        assert cut_of(capacity, sides) == flow
        every = [
            np.asarray([True, False, *chosen]) for chosen in itertools.product([True, False], repeat=inner)
        ]
        least = min(cut_of(capacity, subset) for subset in every)
        assert flow == least
        smallest = min(subset.sum() for subset in every if cut_of(capacity, subset) == least)
        assert sides.sum() == smallest  # of all minimum cuts the one nearest to the source


def test_capacities_beyond_64_bits_are_exact():
    network = CutNetwork()
    a, b = network.node(), network.node()
    network.edge(network.SOURCE, a, 3 << 70)
    network.edge(a, b, INFINITE)
    network.edge(b, network.SINK, (3 << 70) - 1)
    flow, side = network.solve()
    assert flow == (3 << 70) - 1
    assert side == [True, False, True, True]


@pytest.mark.parametrize("length", [1, 2000])
def test_long_chains_do_not_recurse(length):
    network = CutNetwork()
    last = network.SOURCE
    for i in range(length):
        node = network.node()
        network.edge(last, node, 10 + i)
        last = node
    network.edge(last, network.SINK, 7)
    assert network.solve()[0] == 7
