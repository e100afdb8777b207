"""Slices that need not be cut: those that find their part in a concatenation, and those that together are a split."""

from collections import defaultdict

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.passes.rules import NO_PATTERN, Alias, Answer, Miss, View, rule

_MOST_PARTS = 4
"""XNNPACK runs SPLIT into up to four parts."""

_SPLIT_TYPES = frozenset(map(np.dtype, (np.float32, np.int8, np.uint8, np.int16, np.int32, np.int64)))
"""What LiteRT's SPLIT moves; SLICE moves every type."""


@rule("slice_of_concatenation", "SLICE")
def slice_of_concatenation(node: Node, view: View) -> Answer:
    """concat(a, b)[within b] = b[…]; the whole of b is b."""
    joined = view.source(node.input(0), "CONCATENATION")
    if joined is None:
        return NO_PATTERN
    if joined.attrs.get("fused_activation_function", "NONE") != "NONE" or not _is_constant(node):
        return Miss("the concatenation computes something, or the slice is computed")
    axis = int(joined.attrs["axis"]) % joined.output.rank
    begin, size = node.input(1).array.copy(), node.output.shape
    offset = 0
    for slot, part in enumerate(joined.inputs):
        reach = joined.input(slot).shape[axis]
        if offset <= begin[axis] and begin[axis] + size[axis] <= offset + reach:
            begin[axis] -= offset
            if part is not None and part.shape == size:
                return Alias(part)
            return Node(
                "SLICE", (part, constant(begin), node.input(2)), node.outputs, node.attrs, node.source
            )
        offset += reach
    return Miss("it reaches over several parts")


def _is_constant(node: Node) -> bool:
    return node.input(1).is_constant and node.input(2).is_constant and bool(np.all(node.input(2).array >= 0))


def split_slices(graph: Graph) -> Graph:
    """Slices of one value that cut an axis into equal parts become one SPLIT, where the first of them stood."""
    cuts: dict[tuple[Value, int], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.op == "SLICE" and _is_constant(node) and node.output.dtype in _SPLIT_TYPES:
            axes = [axis for axis, n in enumerate(node.output.shape) if n != node.input(0).shape[axis]]
            if len(axes) == 1:
                cuts[node.input(0), axes[0]].append(node)
    splits: dict[Node, Node] = {}
    gone: set[Node] = set()
    for (value, axis), nodes in cuts.items():
        parts = sorted(nodes, key=lambda node: int(node.input(1).array[axis]))
        starts = [int(node.input(1).array[axis]) for node in parts]
        size, total = parts[0].output.shape[axis], value.shape[axis]
        if (
            not 2 <= len(parts) <= _MOST_PARTS
            or starts != list(range(0, total, size))
            or size * len(parts) != total
        ):
            continue
        first = next(node for node in graph.nodes if node in nodes)
        at = constant(np.asarray(axis, np.int32))
        outputs = tuple(node.output for node in parts)
        splits[first] = Node("SPLIT", (at, value), outputs, {"num_splits": len(parts)}, first.source)
        gone.update(nodes)
    kept = [splits.get(node, node) for node in graph.nodes if node in splits or node not in gone]
    return Graph(graph.name, graph.inputs, graph.outputs, kept)
