"""Biases of attention's keys and values, which need no addition of their own.

softmax(q · (k + b)ᵀ) = softmax(q · kᵀ): q · b is the same for every key, and softmax does not see what a row has in common.
softmax(…) · (v + b) = softmax(…) · v + b: its rows sum to one; what is added to every row goes into the bias of the linear layer behind.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.layout.problem import constant_permutation, is_transpose
from converters.passes.rules import prune


def without_biases(graph: Graph) -> Graph:
    """`graph` without the additions to keys and values that the rest of an attention does not see or absorbs."""
    finder = _Finder(graph)
    changed: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.op != "BATCH_MATMUL" or node.output.dtype != np.float32:
            continue
        key = finder.key_without_bias(node)
        if key is not None:
            changed[node] = _with_inputs(node, (node.input(0), key), adj_y=True)
            continue
        found = finder.value_without_bias(node)
        if found is not None:
            value, layer, bias = found
            changed[node] = _with_inputs(node, (node.input(0), value))
            changed[layer] = _with_inputs(layer, (*layer.inputs[:2], bias))
    if not changed:
        return graph
    nodes = [changed.get(node, node) for node in graph.nodes]
    return prune(Graph(graph.name, graph.inputs, graph.outputs, nodes))


class _Finder:
    """Who writes and who alone reads each value."""

    def __init__(self, graph: Graph) -> None:
        self.producers: Mapping[Value, Node] = graph.producers()
        self.consumers = graph.consumers()
        self.outputs = frozenset(graph.outputs)

    def reader(self, value: Value) -> Node | None:
        """The one node that reads `value` once."""
        readers = self.consumers.get(value, [])
        return readers[0] if len(readers) == 1 and value not in self.outputs else None

    def key_without_bias(self, scores: Node) -> Value | None:
        """The keys, rows first, before a bias was added that softmax does not see."""
        key, rows_first = scores.input(1), bool(scores.attrs["adj_y"])
        turned = self.producers.get(key)
        if not rows_first:
            if turned is None or not is_transpose(turned) or not _swaps_last(turned):
                return None
            key = turned.input(0)
        found = self.biased(key)
        if found is None or scores.attrs["adj_x"] or not self.ends_in_softmax(scores.output):
            return None
        return found[0]

    def ends_in_softmax(self, value: Value) -> bool:
        """Whether only a softmax over the last axis reads what scaling and masking make of `value`."""
        reader = self.reader(value)
        while reader is not None and reader.op != "SOFTMAX":
            others = [v for v in reader.inputs if v is not None and v is not value]
            if reader.attrs.get("fused_activation_function", "NONE") != "NONE":
                return False
            scaled = reader.op == "MUL" and all(v.is_constant and v.elements == 1 for v in others)
            masked = reader.op == "ADD" and reader.output.shape == value.shape
            cut = reader.op == "RESHAPE" and reader.output.shape[-1:] == value.shape[-1:]
            if not (scaled or masked or cut):
                return False
            value, reader = reader.output, self.reader(reader.output)
        return reader is not None

    def biased(self, value: Value) -> tuple[Value, npt.NDArray[np.float32]] | None:
        """(x, b) of a value x + b that has one reader, b the same for every row (the axis before the last)."""
        node = self.producers.get(value)
        if node is None or node.op != "ADD" or self.reader(value) is None:
            return None
        if node.attrs["fused_activation_function"] != "NONE":
            return None
        for x, b in ((node.input(0), node.input(1)), (node.input(1), node.input(0))):
            same = b.is_constant and (b.rank < 2 or b.shape[-2] == 1) and not x.is_constant
            if same and x.shape == value.shape:
                return x, b.array
        return None

    def value_without_bias(self, mixed: Node) -> tuple[Value, Node, Value] | None:
        """(the values before their bias, the linear layer behind, its new bias)."""
        weights = self.producers.get(mixed.input(0))
        found = self.biased(mixed.input(1))
        if found is None or weights is None or weights.op != "SOFTMAX":
            return None
        if mixed.attrs["adj_x"] or mixed.attrs["adj_y"]:
            return None
        value, bias = found
        turn = self.reader(mixed.output)
        join = self.reader(turn.output) if turn is not None and is_transpose(turn) else None
        layer = self.reader(join.output) if join is not None and join.op == "RESHAPE" else None
        if turn is None or join is None or layer is None or not _is_linear(layer, join.output):
            return None
        width = join.output.shape[-1]
        whole = np.broadcast_to(bias, mixed.output.shape).transpose(constant_permutation(turn))
        rows = whole.reshape(-1, width)
        if (rows != rows[0]).any():
            return None
        old = layer.inputs[2].array if len(layer.inputs) > 2 and layer.inputs[2] is not None else 0.0
        more = layer.input(1).array.astype(np.float64) @ rows[0]
        return value, layer, constant((more + old).astype(np.float32))


def _is_linear(node: Node, data: Value) -> bool:
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    return (
        node.op == "FULLY_CONNECTED"
        and node.input(0) is data
        and node.input(1).is_constant
        and node.input(1).shape[-1] == data.shape[-1]
        and (bias is None or bias.is_constant)
    )


def _swaps_last(node: Node) -> bool:
    rank = node.output.rank
    return constant_permutation(node) == (*range(rank - 2), rank - 1, rank - 2)


def _with_inputs(node: Node, inputs: Sequence[Value | None], **attrs: bool) -> Node:
    return Node(node.op, tuple(inputs), node.outputs, {**node.attrs, **attrs}, node.source)
