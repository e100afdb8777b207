"""A linear layer's result that is viewed as an image: the order of the image's axes goes into the layer's weights.

transpose(reshape(x, (… d₁ d₂ …))) with the leading axes in their places is reshape(x[…, order]): a permutation of channels, which the
layer that writes x absorbs as any channel shuffle.
"""

import math

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.layout.problem import constant_permutation, is_transpose
from converters.ops.builder import Builder
from converters.passes.orders import dissolve_shuffles


def unflatten_in_order(graph: Graph) -> Graph:
    """`graph` without the Transposes behind such views that weights can absorb."""
    producers, consumers = graph.producers(), graph.consumers()
    for node in graph.nodes:
        view = producers.get(node.input(0)) if is_transpose(node) else None
        if (
            view is None
            or not _fits(view, node)
            or view.output in graph.outputs
            or len(consumers[view.output]) > 1
        ):
            continue
        trial = dissolve_shuffles(_as_shuffle(graph, view, node))
        if _gathers(trial) <= _gathers(graph):
            return unflatten_in_order(trial)
    return graph


def _fits(view: Node, node: Node) -> bool:
    """Whether `view` is a RESHAPE of the last axis alone and the TRANSPOSE `node` moves no other axis."""
    if view.op != "RESHAPE":
        return False
    x, shape, lead = view.input(0), view.output.shape, view.input(0).rank - 1
    if lead < 1 or -1 in shape or shape[:lead] != x.shape[:lead] or math.prod(shape[lead:]) != x.shape[-1]:
        return False
    return constant_permutation(node)[:lead] == tuple(range(lead))


def _as_shuffle(graph: Graph, view: Node, node: Node) -> Graph:
    x, shape = view.input(0), view.output.shape
    lead = x.rank - 1
    axes = [axis - lead for axis in constant_permutation(node)[lead:]]
    order = np.arange(x.shape[-1], dtype=np.int32).reshape(shape[lead:]).transpose(axes).reshape(-1)
    builder = Builder()
    with builder.source(node.source or view.source):
        gathered = builder("GATHER", x, order, axis=lead)
    seen = Node("RESHAPE", (gathered, _shape(node.output)), node.outputs, view.attrs, view.source)
    nodes = [one for one in graph.nodes if one is not view]
    at = nodes.index(node)
    return Graph(
        graph.name, graph.inputs, graph.outputs, [*nodes[:at], *builder.nodes, seen, *nodes[at + 1 :]]
    )


def _shape(value: Value) -> Value:
    return constant(np.asarray(value.shape, np.int32))


def _gathers(graph: Graph) -> int:
    return sum(node.op == "GATHER" for node in graph.nodes)
