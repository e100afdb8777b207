"""Projections to attention heads: a product for each head on the rows as they lie, instead of one product that is cut and turned.

cut(x · Wᵀ) with its channels as heads before the rows is x · W_h for every head h, a BATCH_MATMUL of x with the weights of all
heads, over which x is broadcast: nothing is turned, and queries, keys and values need not be cut out of one result.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.ops.builder import Builder
from converters.passes.rules import prune
from converters.passes.views import View, viewed

_TILE = 32
"""Heads of a multiple of so many channels fill the columns of XNNPACK's products, which then are as fast as the whole product and the turn;
others leave part of a tile idle, and are slower."""
_MOST_AXES = 4


@dataclass(frozen=True)
class Projection:
    """A FULLY_CONNECTED whose result is only read as heads; `leaves` are the values that are read, as views of its result."""

    node: Node
    leaves: dict[Value, View]
    inside: frozenset[Node] = field(default_factory=frozenset)


def project_heads(graph: Graph) -> Graph:
    """`graph` with each projection that is read as heads of 32 channels or more computed for each head."""
    consumers, outputs = graph.consumers(), frozenset(graph.outputs)
    found = {}
    for node in graph.nodes:
        projection = _projection(node, consumers, outputs)
        if projection is not None:
            found[node] = projection
    if not found:
        return graph
    inside = {inner for projection in found.values() for inner in projection.inside}
    builder = Builder()
    for node in graph.nodes:
        if node in found:
            with builder.source(node.source):
                for leaf, view in found[node].leaves.items():
                    _write(builder, node, leaf, view)
        elif node not in inside:
            builder.nodes.append(node)
    return prune(Graph(graph.name, graph.inputs, graph.outputs, builder.nodes))


def _projection(
    node: Node, consumers: dict[Value, list[Node]], outputs: frozenset[Value]
) -> Projection | None:
    if not _is_plain(node):
        return None
    start = View.of(node.output)
    leaves: dict[Value, View] = {}
    inside: set[Node] = set()
    pending = [(node.output, start)]
    while pending:
        value, view = pending.pop()
        readers = consumers.get(value, [])
        onward = [viewed(reader, value, view) for reader in readers]
        if value in outputs or not readers or any(step is None for step in onward):
            if not _is_heads(view) and not _is_heads(_swapped(view)):
                return None
            leaves[value] = view
            continue
        inside.update(readers)
        for step in onward:
            pending += (step or {}).items()
    return Projection(node, leaves, frozenset(inside)) if leaves else None


def _swapped(view: View) -> View:
    rank = len(view.labels)
    return view.turned((*range(rank - 2), rank - 1, rank - 2))


def _is_plain(node: Node) -> bool:
    if node.op != "FULLY_CONNECTED" or not node.attrs["keep_num_dims"] or node.output.rank < 3:
        return False
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    return (
        node.attrs["fused_activation_function"] == "NONE"
        and node.output.dtype == np.float32
        and -1 not in node.output.shape
        and node.input(1).is_constant
        and (bias is None or bias.is_constant)
    )


def _is_heads(view: View) -> bool:
    """Whether the rows come right before the channels of a head, and the heads before them."""
    order = [label for label in view.labels if label is not None]
    rows = len(order) - 1
    return (
        order == sorted(order)
        and view.labels[-2:] == (rows, None)
        and 2 < len(view.labels) <= _MOST_AXES
        and view.channels.shape[-1] % _TILE == 0
        and view.channels[..., 0].size > 1
    )


def _write(builder: Builder, node: Node, leaf: Value, view: View) -> None:
    """The leaf: x with an axis of one for the heads, times their weights, which have an axis of one for what x counts."""
    if not _is_heads(view):
        shape = (*leaf.shape[:-2], leaf.shape[-1], leaf.shape[-2])
        rows_first = Value(f"{leaf.name}/rows", shape, leaf.dtype)
        _write(builder, node, rows_first, _swapped(view))
        order = np.asarray([*range(leaf.rank - 2), leaf.rank - 1, leaf.rank - 2], np.int32)
        builder.nodes.append(Node("TRANSPOSE", (rows_first, constant(order)), (leaf,), {}, node.source))
        return
    x, weights = node.input(0), node.input(1).array
    rows, depth = x.shape[-2:]
    lead = view.labels[:-2]
    channels = iter(view.channels.shape)
    sizes = [next(channels) if label is None else 1 for label in lead]
    width = view.channels.shape[-1]
    data = builder.reshape(x, (*(1 if label is None else x.shape[label] for label in lead), rows, depth))
    taken = weights[view.channels.reshape(-1, width)].swapaxes(-1, -2) * np.float32(view.scale)
    kernel = constant(_contiguous(taken.reshape(*sizes, depth, width)), node.input(1).name)
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    if bias is None or not bias.array.any():
        builder.nodes.append(_product(data, kernel, leaf, node))
        return
    offset = bias.array[view.channels].reshape(*sizes, 1, width) * np.float32(view.scale)
    product = builder("BATCH_MATMUL", data, kernel, name=f"{leaf.name}/product")
    builder.nodes.append(
        Node("ADD", (product, constant(_contiguous(offset))), (leaf,), _NO_ACTIVATION, node.source)
    )


_NO_ACTIVATION = {"fused_activation_function": "NONE"}


def _product(data: Value, kernel: Value, leaf: Value, node: Node) -> Node:
    made = Builder()
    made("BATCH_MATMUL", data, kernel)
    (product,) = made.nodes
    return Node(product.op, product.inputs, (leaf,), product.attrs, node.source)


def _contiguous(array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(array, np.float32)
