"""float16: weights stored in half precision, computed as the runtime likes."""

from collections.abc import Callable

import numpy as np

from converters.graph import Graph, Node, Value
from converters.graph.nested import with_subgraphs

_LEAST_ELEMENTS = 48
"""A tensor, an operator and two short names take about 50 bytes of the file, alignment aside; so many elements save 96."""

_LARGEST = float(np.finfo(np.float16).max)


def store_float16(graph: Graph, spared: Callable[[Node], bool] = lambda _: False) -> Graph:
    """The graph with every float32 constant stored as float16 behind a DEQUANTIZE (delegates read it without the detour).

    Constants stay float32 where the DEQUANTIZE would take more room than it saves (small biases), and where float16 cannot hold them
    (beyond ±65504). The constants of `spared` nodes stay as they are, too. Subgraphs are graphs of their own.
    """
    graph = with_subgraphs(graph, lambda inner: store_float16(inner, spared))
    nodes: list[Node] = []
    stored: dict[Value, Value] = {}
    for node in graph.nodes:
        if spared(node):
            nodes.append(node)
            continue
        for value in node.inputs:
            if value is not None and _halves(value) and value not in stored:
                stored[value] = _stored(value, len(stored), nodes)
        nodes.append(node.reading(stored))
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)


def widen_float16(graph: Graph) -> Graph:
    """The graph with constants that are stored as float16 behind a DEQUANTIZE as the float32 constants they stand for."""
    graph = with_subgraphs(graph, widen_float16)
    wide: dict[Value, Value] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        stored = node.inputs[0] if node.op == "DEQUANTIZE" else None
        if stored is not None and stored.data is not None and stored.dtype == np.float16:
            result = node.output
            wide[result] = Value(result.name, result.shape, result.dtype, stored.data.astype(np.float32))
            continue
        nodes.append(node.reading(wide))
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)


def _halves(value: Value) -> bool:
    data = value.data
    return (
        data is not None
        and data.dtype == np.float32
        and data.size >= _LEAST_ELEMENTS
        and bool(np.all(np.abs(data[np.isfinite(data)]) <= _LARGEST))
        and bool(np.all(np.isfinite(data)))
    )


def _stored(value: Value, number: int, nodes: list[Node]) -> Value:
    half = value.array.astype(np.float16)
    place = np.base_repr(number, 36).lower()  # in at most three letters a name takes 8 bytes
    wide = Value(f"w{place}", value.shape, value.dtype)
    nodes.append(Node("DEQUANTIZE", (Value(f"h{place}", half.shape, half.dtype, half),), (wide,), {}))
    return wide
