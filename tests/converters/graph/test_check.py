"""The graph's invariants."""

import numpy as np
import pytest

from converters.graph import Graph, Node, Value, constant
from converters.graph.check import GraphError, check


def value(name: str) -> Value:
    return Value(name, (2,), np.dtype(np.float32))


def test_a_sound_graph_comes_back():
    x, y = value("x"), value("y")
    graph = Graph("g", (x,), (y, constant([1.0])), [Node("NEG", (x, None), (y,))])
    assert check(graph) is graph


def test_what_is_broken_is_named():
    x, y, z = value("x"), value("y"), value("z")
    wrong = constant(np.ones(3, np.float32), "wrong")
    wrong.shape = (2,)
    broken = {
        "reads `z` before it is written": Graph(
            "g", (x,), (y,), [Node("ADD", (x, z), (y,)), Node("NEG", (x,), (z,))]
        ),
        "written twice": Graph("g", (x,), (y,), [Node("NEG", (x,), (y,)), Node("ABS", (x,), (y,))]),
        "`x` is written twice": Graph("g", (x,), (x,), [Node("NEG", (x,), (x,))]),
        "never written": Graph("g", (x,), (z,), []),
        "writes the constant": Graph("g", (x,), (), [Node("NEG", (x,), (constant([1.0], "c"),))]),
        "holds float32": Graph("g", (x,), (y,), [Node("ADD", (x, wrong), (y,))]),
    }
    for says, graph in broken.items():
        with pytest.raises(GraphError, match=says):
            check(graph, "a pass")
