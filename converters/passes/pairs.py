"""Softmax over two: softmax([a, b]) = [sigmoid(a - b), sigmoid(b - a)], the differences taken in the weights that make a and b."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.layout.problem import constant_permutation, is_transpose

_DENSE = frozenset({"CONV_2D", "FULLY_CONNECTED"})
"""Operators whose weights (operand 1) have the output channels first; operand 2 is the bias."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """A softmax over two channels of `linear`, through reshapes, transposes and added constants (`chain`, from the linear on)."""

    linear: Node
    chain: tuple[Node, ...]
    places: tuple[Places, ...]
    """For each of the chain's results: which of the linear's outputs (flat) stands where."""
    partner: Places
    """For each output channel the other one of its pair."""


def logistic_for_pairs(graph: Graph) -> Graph:
    """`graph` with every softmax over two channels of a dense linear operator as one LOGISTIC, which no axis ties to a layout."""
    producers, consumers = graph.producers(), graph.consumers()
    replaced: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.op == "SOFTMAX" and node.output.shape[-1] == 2 and node.attrs["beta"] == 1:
            pairs = _pairs(node, producers, consumers, frozenset(graph.outputs))
            changed = _differences(pairs) if pairs is not None else None
            if changed is not None:
                replaced.update(changed)
                replaced[node] = Node("LOGISTIC", node.inputs, node.outputs, {}, node.source)
    nodes = [replaced.get(node, node) for node in graph.nodes]
    return Graph(graph.name, graph.inputs, graph.outputs, nodes) if replaced else graph


def _pairs(
    softmax: Node, producers: dict[Value, Node], consumers: dict[Value, list[Node]], outputs: frozenset[Value]
) -> Pairs | None:
    chain: list[Node] = []
    value = softmax.input(0)
    while True:
        node = producers.get(value)
        if node is None or value in outputs or len(consumers[value]) != 1:
            return None
        if node.op in _DENSE:
            break
        if not (node.op == "RESHAPE" or is_transpose(node) or _adds_constant(node)):
            return None
        chain.insert(0, node)
        value = next(v for v in node.inputs if v is not None and not v.is_constant)
    biases = node.inputs[2:]
    if node.attrs["fused_activation_function"] != "NONE" or not node.input(1).is_constant:
        return None
    if any(value is not None and not value.is_constant for value in biases):
        return None
    return _traced(node, tuple(chain))


def _adds_constant(node: Node) -> bool:
    return (
        node.op == "ADD"
        and node.attrs["fused_activation_function"] == "NONE"
        and sum(value is not None and value.is_constant for value in node.inputs) == 1
        and any(value is not None and value.shape == node.output.shape for value in node.inputs)
    )


def _traced(linear: Node, chain: tuple[Node, ...]) -> Pairs | None:
    """None where the two are not the same two channels of one position everywhere."""
    places = np.arange(linear.output.elements).reshape(linear.output.shape)
    history = []
    for node in chain:
        if is_transpose(node):
            places = places.transpose(constant_permutation(node))
        places = places.reshape(node.output.shape)
        history.append(places)
    channels = linear.output.shape[-1]
    first, second = places.reshape(-1, 2).T
    partner = np.full(channels, -1)
    for a, b in ((first, second), (second, first)):
        partner[a % channels] = b % channels
    consistent = np.array_equal(partner[first % channels], second % channels)
    mutual = np.array_equal(partner[partner], np.arange(channels)) and partner.min() >= 0
    if not (consistent and mutual) or np.any(first // channels != second // channels):
        return None
    return Pairs(linear, chain, tuple(history), partner)


def _differences(pairs: Pairs) -> dict[Node, Node] | None:
    """The linear and the constants of the chain, each channel less its partner; None where a constant tells partners' places apart."""
    linear, partner = pairs.linear, pairs.partner
    operands = list(linear.inputs)
    for slot, value in enumerate(linear.inputs[1:], 1):
        if value is not None:
            operands[slot] = constant(value.array - value.array[partner], value.name)
    replaced = {linear: Node(linear.op, tuple(operands), linear.outputs, linear.attrs, linear.source)}
    channels = len(partner)
    flat = np.arange(linear.output.elements)
    across = flat // channels * channels + partner[flat % channels]
    for node, places in zip(pairs.chain, pairs.places, strict=True):
        if node.op != "ADD":
            continue
        slot = next(i for i, value in enumerate(node.inputs) if value is not None and value.is_constant)
        old = node.input(slot)
        ordered = np.empty(places.size, old.dtype)
        ordered[places.reshape(-1)] = np.broadcast_to(old.array, places.shape).reshape(-1)
        full = (ordered - ordered[across])[places.reshape(-1)].reshape(places.shape)
        lead = places.ndim - old.rank
        kept = tuple(
            slice(0, 1) if axis < lead or old.shape[axis - lead] == 1 else slice(None)
            for axis in range(places.ndim)
        )
        small = full[kept]
        if not np.array_equal(np.broadcast_to(small, full.shape), full):
            return None
        inputs = list(node.inputs)
        inputs[slot] = constant(small, old.name)
        replaced[node] = Node(node.op, tuple(inputs), node.outputs, node.attrs, node.source)
    return replaced
