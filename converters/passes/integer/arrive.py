"""DEQUANTIZE · float operator · QUANTIZE = the integer operator: a model that says its grids becomes one that computes on them."""

from dataclasses import replace

import numpy as np

from converters.graph import Graph, Node, Quantization, Value
from converters.passes.integer.forms import FORMS, Site, quantize
from converters.passes.integer.raising import MOVING, raise_quantize
from converters.passes.rules import prune


def integer(graph: Graph) -> Graph:
    """`graph` with every operator between grids computed in int8; the rest stays float between DEQUANTIZE and QUANTIZE.

    Results differ from the float simulation by about one step of the result's grid, since LiteRT's kernels round in another place.
    """
    if not any(node.op == "QUANTIZE" for node in graph.nodes):
        return graph
    _restore_grids(graph)
    return prune(_Arrival(raise_quantize(graph)).run())


def _restore_grids(graph: Graph) -> None:
    """A QUANTIZE says its grid; values that a layout was given since, and what moves them, have it again."""
    for node in graph.nodes:
        result = node.output
        if result.quantization is not None or result.dtype != np.int8:
            continue
        if node.op == "QUANTIZE":
            result.quantization = Quantization((node.attrs["scale"],), (node.attrs["zero_point"],))
        elif node.op in MOVING:
            for value in node.outputs:
                value.quantization = node.input(MOVING[node.op]).quantization


class _Arrival:
    """One sweep. `stored` is float value → the int8 value that it is read from; DEQUANTIZE is written when a float reader comes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.consumers = graph.consumers()
        self.outputs = frozenset(graph.outputs)
        self.stored: dict[Value, Value] = {}
        self.alias: dict[Value, Value] = {}
        self.nodes: list[Node] = []
        self.floats: set[Value] = set()
        self.done: set[Node] = set()

    def run(self) -> Graph:
        for node in self.graph.nodes:
            if node not in self.done:
                self.visit(self.renamed(node))
        outputs = tuple(self.alias.get(value, value) for value in self.graph.outputs)
        for value in outputs:
            self.materialize(value)
        return replace(self.graph, outputs=outputs, nodes=self.nodes)

    def renamed(self, node: Node) -> Node:
        if not any(value in self.alias for value in node.inputs):
            return node
        return node.reading(self.alias)

    def visit(self, node: Node) -> None:
        if node.op == "DEQUANTIZE" and node.input(0).quantization is not None:
            self.stored[node.output] = node.input(0)
        elif node.op == "QUANTIZE":
            self.quantized(node)
        elif node.op in MOVING and node.input(MOVING[node.op]) in self.stored:
            self.moved(node)
        elif not self.computed(node):
            self.kept(node)

    def quantized(self, node: Node) -> None:
        known = self.stored.get(node.input(0))
        if known is None:
            self.kept(node)
        elif known.quantization == node.output.quantization:
            self.alias[node.output] = known
        else:
            self.nodes.append(quantize(known, node.output, node.source))

    def moved(self, node: Node) -> None:
        """It moves integers as well; several results are on the operand's grid too."""
        slot = MOVING[node.op]
        x = self.stored[node.input(slot)]
        results = tuple(
            Value(value.name, value.shape, np.dtype(np.int8), quantization=x.quantization)
            for value in node.outputs
        )
        inputs = (*node.inputs[:slot], x, *node.inputs[slot + 1 :])
        self.nodes.append(Node(node.op, inputs, results, node.attrs, node.source))
        self.stored.update(zip(node.outputs, results, strict=True))

    def computed(self, node: Node) -> bool:
        """The integer form of `node`, where its only reader is a QUANTIZE and there is one."""
        readers = self.consumers.get(node.output, [])
        if node.op not in FORMS or len(readers) != 1 or node.output in self.outputs:
            return False
        after = readers[0]
        if after.op != "QUANTIZE" or after.output.quantization is None:
            return False
        stored = tuple(None if value is None else self.stored.get(value) for value in node.inputs)
        found = FORMS[node.op](Site(node, stored, after.output))
        if found is None:
            return False
        self.nodes.extend(found)
        self.done.add(after)
        return True

    def kept(self, node: Node) -> None:
        for value in node.inputs:
            if value is not None:
                self.materialize(value)
        self.nodes.append(node)

    def materialize(self, value: Value) -> None:
        if value in self.stored and value not in self.floats:
            self.floats.add(value)
            self.nodes.append(Node("DEQUANTIZE", (self.stored[value],), (value,), {}))
