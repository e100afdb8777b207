"""Counting operators, parameters and floating-point operations."""

import numpy as np

from converters.graph import Graph, Value
from converters.graph.statistics import flops, operator_histogram, parameters, transposed_bytes
from converters.ops.builder import Builder


def small() -> Graph:
    """A convolution 6×6×3 → 6×6×4 of 3×3, its Transpose, and a layer of 144 → 5."""
    b = Builder()
    x = Value("x", (1, 6, 6, 3), np.dtype(np.float32))
    y = b("CONV_2D", x, np.ones((4, 3, 3, 3), np.float32), np.ones(4, np.float32), padding="SAME")
    y = b("FULLY_CONNECTED", b.transpose(y, (0, 3, 1, 2)), np.ones((5, 144), np.float32))
    return Graph("small", (x,), (y,), b.nodes)


def test_counts():
    graph = small()
    assert operator_histogram(graph) == {"CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE": 1}
    assert parameters(graph) == 4 * 27 + 4 + 5 * 144
    assert transposed_bytes(graph) == 144 * 4
    assert flops(graph) == 2 * 144 * 27 + 2 * 5 * 144
