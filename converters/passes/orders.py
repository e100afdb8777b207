"""Channel shuffles dissolved: a permutation of the channels carried through the graph until weights absorb it.

Where y = x[…, order], either y is stored as x and everybody who reads y works on unshuffled channels, or x is stored as y and everybody
who writes x does. A dense convolution or matrix product absorbs an order into its weights on either side; a depthwise convolution,
pooling, resizing and elementwise operators pass it on, their per-channel constants reordered. It is done only where every path ends in
an operator that absorbs; a shuffle that cannot be dissolved stays as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.layout.problem import constant_permutation, is_transpose
from converters.ops.elementwise import elementwise
from converters.ops.spec import spec_of
from converters.passes.rules import prune

Order = npt.NDArray[np.int64]
Region = dict[Value, Order]
"""Value → the order in which its channels are stored: stored = value[…, order]."""

_CHANNEL_BY_CHANNEL = frozenset(
    {"MAX_POOL_2D", "AVERAGE_POOL_2D", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"}
)


@dataclass(frozen=True, slots=True)
class Shuffle:
    """`node` writes `after`, which is `before` with its last axis in `order`; `first` is the node that reads `before`."""

    node: Node
    first: Node
    before: Value
    after: Value
    order: Order


def dissolve_shuffles(graph: Graph) -> Graph:
    """`graph` without the channel shuffles that weights can absorb."""
    while True:
        for shuffle in shuffles(graph):
            region = _region(graph, shuffle)
            if region is not None:
                graph = _rewritten(graph, shuffle, region)
                break
        else:
            return graph


def shuffles(graph: Graph) -> Iterator[Shuffle]:
    """The channel shuffles of `graph`: a GATHER of every channel, or reshape, transpose, reshape of the last axis."""
    producers = graph.producers()
    for node in graph.nodes:
        found = (
            _gather(node)
            if node.op == "GATHER"
            else _reshaped(node, producers)
            if node.op == "RESHAPE"
            else None
        )
        if found is not None:
            yield found


def _gather(node: Node) -> Shuffle | None:
    """GATHER along the last axis by a constant that names every channel once."""
    x, indices = node.input(0), node.input(1)
    if indices.data is None or indices.rank != 1 or int(node.attrs["axis"]) != x.rank - 1:
        return None
    order = indices.data.astype(np.int64)
    complete = np.array_equal(np.sort(order), np.arange(x.shape[-1]))
    return Shuffle(node, node, x, node.output, order) if complete else None


def _reshaped(node: Node, producers: dict[Value, Node]) -> Shuffle | None:
    """reshape(… C → … g C/g), transpose of these last axes, reshape back."""
    middle = producers.get(node.input(0))
    first = producers.get(middle.input(0)) if middle is not None and is_transpose(middle) else None
    if middle is None or first is None or first.op != "RESHAPE":
        return None
    x, split = first.input(0), first.output
    lead = x.rank - 1
    permutation = constant_permutation(middle)
    if (
        x.shape != node.output.shape
        or split.shape[:lead] != x.shape[:lead]
        or permutation[:lead] != tuple(range(lead))
    ):
        return None
    channels = np.arange(x.shape[-1]).reshape(split.shape[lead:])
    order = channels.transpose([axis - lead for axis in permutation[lead:]]).reshape(-1)
    return Shuffle(node, first, x, node.output, order)


def _region(graph: Graph, shuffle: Shuffle) -> Region | None:
    """The values to store in another order, forwards from the shuffle or, failing that, backwards."""
    producers, consumers = graph.producers(), graph.consumers()
    for start, order in ((shuffle.after, np.argsort(shuffle.order)), (shuffle.before, shuffle.order)):
        region: Region = {}
        pending = [start]
        while pending:
            value = pending.pop()
            if value in region:
                continue
            region[value] = order
            shared = _shared(value, producers.get(value), consumers.get(value, []), shuffle, graph)
            if shared is None:
                break
            pending += shared
        else:
            return region
    return None


def _shared(
    value: Value, producer: Node | None, consumers: list[Node], shuffle: Shuffle, graph: Graph
) -> list[Value] | None:
    """The values that must be stored in the same order as `value`; None where its order is fixed."""
    if producer is None or value in graph.outputs:
        return None
    result: list[Value] = []
    absorbed = [(producer, _absorbs_output(producer))] + [
        (node, _absorbs_input(node, value)) for node in consumers
    ]
    for node, absorbs in absorbed:
        if node in (shuffle.node, shuffle.first) or absorbs:
            continue
        passed = _passed(node)
        if passed is None:
            return None
        result += passed
    return result


def _grouped(node: Node) -> bool:
    return node.op == "CONV_2D" and node.input(1).shape[3] != node.input(0).shape[3]


def _dense(node: Node) -> bool:
    return node.op in ("CONV_2D", "FULLY_CONNECTED") and not _grouped(node) and node.input(1).is_constant


def _absorbs_output(node: Node) -> bool:
    return _dense(node) and (len(node.inputs) < 3 or node.inputs[2] is None or node.input(2).is_constant)


def _absorbs_input(node: Node, value: Value) -> bool:
    return _dense(node) and node.inputs[0] is value and value.shape[-1] == node.input(1).shape[-1]


def _passed(node: Node) -> list[Value] | None:
    """Operands and result of an operator that works on each channel by itself; None for any other."""
    if node.op == "DEPTHWISE_CONV_2D" and node.attrs["depth_multiplier"] == 1 and node.input(1).is_constant:
        return [node.input(0), node.output]
    if node.op in _CHANNEL_BY_CHANNEL:
        return [node.input(0), node.output]
    if node.op == "PAD" and node.input(1).is_constant and not node.input(1).array[-1].any():
        return [node.input(0), node.output]
    spec = spec_of(node)
    if spec is None or spec.equation is not elementwise or len(node.outputs) != 1:
        return None
    data = [value for value in node.inputs if value is not None and not value.is_constant]
    if any(value.shape[-1:] != node.output.shape[-1:] for value in data):
        return None
    return [*data, node.output]


def _rewritten(graph: Graph, shuffle: Shuffle, region: Region) -> Graph:
    """The graph with the region's values in their orders and the shuffle gone."""
    nodes = []
    for node in graph.nodes:
        if node is shuffle.node:
            continue
        inputs = tuple(shuffle.before if value is shuffle.after else value for value in node.inputs)
        changed = _reordered(node, region)
        merged = tuple(
            new if old is not new else at
            for at, old, new in zip(inputs, node.inputs, changed.inputs, strict=True)
        )
        nodes.append(Node(node.op, merged, node.outputs, node.attrs, node.source))
    return prune(Graph(graph.name, graph.inputs, graph.outputs, nodes))


def _reordered(node: Node, region: Region) -> Node:
    """`node` with its constants in the orders of what it reads and writes."""
    wanted = region.get(node.output)
    given = region.get(node.inputs[0]) if node.inputs and node.inputs[0] is not None else None
    if _dense(node):
        if given is not None:
            node = _take(node, 1, given, -1)
        return node if wanted is None else _take(_take(node, 1, wanted, 0), 2, wanted, 0)
    if wanted is None or _passed(node) is None:
        return node
    for slot, value in enumerate(node.inputs):
        per_channel = (
            value is not None and value.is_constant and value.rank and value.shape[-1] == len(wanted)
        )
        if per_channel and node.op != "PAD" and not node.op.startswith("RESIZE"):
            node = _take(node, slot, wanted, -1)
    return node


def _take(node: Node, slot: int, order: Order, axis: int) -> Node:
    if slot >= len(node.inputs) or node.inputs[slot] is None:
        return node
    operands = list(node.inputs)
    old = node.input(slot)
    operands[slot] = constant(np.ascontiguousarray(np.take(old.array, order, axis)), old.name)
    return Node(node.op, tuple(operands), node.outputs, node.attrs, node.source)
