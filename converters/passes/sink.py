"""Reshapes sink below elementwise operators, to where another reshape undoes them and whatever stood between can fuse.

f(reshape(x), c) = reshape(f(x, c)) for an elementwise f, where c is one element, or one for each index of a last axis that
the reshape leaves alone; f(reshape(x), reshape(y)) = reshape(f(x, y)) for x and y of one shape. Operators over one axis,
which LiteRT computes over two, leave such pairs around their biases, activations and sums.
"""

from collections.abc import Mapping

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.ops.builder import Builder
from converters.ops.elementwise import elementwise
from converters.ops.spec import OPS, spec_of
from converters.passes.rules import prune

Shape = tuple[int, ...]


def sink_reshapes(graph: Graph) -> Graph:
    """`graph` with every reshape that only elementwise operators and other reshapes read below those, one below another too."""
    while sinking := _sinking(graph):
        graph = _sunk(graph, sinking)
    return graph


def _sunk(graph: Graph, sinking: Mapping[Node, Shape]) -> Graph:
    """`graph` with the reshapes before these nodes behind them."""
    build = Builder()
    before: dict[Value, Value] = {}
    """A reshaped value → what it is a reshape of."""
    for node in graph.nodes:
        if node.op == "RESHAPE":
            before[node.output] = node.input(0)
        if node not in sinking:
            build.nodes.append(node)
            continue
        shape = sinking[node]
        operands = [
            before[v] if v in before and not v.is_constant else _fitted(node, v, shape) for v in _inputs(node)
        ]
        early = build(node.op, *operands, name=node.output.name, **node.attrs)
        before[node.output] = early
        target = constant(np.asarray(node.output.shape, np.int32))
        build.nodes.append(
            Node("RESHAPE", (early, target), node.outputs, OPS["RESHAPE"].defaults, node.source)
        )
    return prune(Graph(graph.name, graph.inputs, graph.outputs, build.nodes))


def _inputs(node: Node) -> tuple[Value, ...]:
    return tuple(value for value in node.inputs if value is not None)


def _sinking(graph: Graph) -> dict[Node, Shape]:
    """Elementwise node → the shape that it can compute in instead."""
    consumers, outputs = graph.consumers(), frozenset(graph.outputs)
    refused: set[Node] = set()
    while True:
        sources: dict[Value, Shape] = {}
        found: dict[Node, Shape] = {}
        for node in graph.nodes:
            if node.op == "RESHAPE" and -1 not in (*node.input(0).shape, *node.output.shape):
                sources[node.output] = node.input(0).shape
                continue
            shape = None if node in refused else _source_shape(node, sources)
            if shape is not None:
                found[node] = sources[node.output] = shape
        wrong = {
            reader
            for node in graph.nodes
            if node.op == "RESHAPE" and any(reader in found for reader in consumers.get(node.output, ()))
            for reader in consumers[node.output]
            if reader in found
            and (
                node.output in outputs
                or any(other.op != "RESHAPE" and other not in found for other in consumers[node.output])
            )
        }
        if not wrong:
            return found
        refused |= wrong


def _source_shape(node: Node, sources: Mapping[Value, Shape]) -> Shape | None:
    """The one shape that all the computed operands of an elementwise node are reshaped from, if its constants fit there too."""
    spec = spec_of(node)
    if spec is None or spec.equation is not elementwise or len(node.outputs) != 1:
        return None
    shapes = {sources.get(value) for value in _inputs(node) if not value.is_constant}
    if len(shapes) != 1 or any(
        value.shape != node.output.shape for value in _inputs(node) if not value.is_constant
    ):
        return None
    (shape,) = shapes
    if shape is None or not shape:
        return None
    keeps_last = shape[-1:] == node.output.shape[-1:]
    for value in _inputs(node):
        if value.is_constant and value.elements != 1:
            per_index = value.shape[-1:] == shape[-1:] and value.elements == shape[-1]
            if not (keeps_last and per_index):
                return None
    return shape


def _fitted(node: Node, value: Value, shape: Shape) -> Value:
    """A constant in the rank that the operator takes beside `shape`: PRELU's alpha keeps one axis less than its operand."""
    if value.elements == 1 and node.op != "PRELU":
        return constant(value.array.reshape(()), value.name)
    rank = len(shape) - 1 if node.op == "PRELU" else 1
    return constant(value.array.reshape((1,) * (rank - 1) + (value.elements,)), value.name)
