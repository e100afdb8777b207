"""Scales and offsets of channels as layers: what they round to in integers is then a matter of one layer, with a scale for each channel."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.ops import OPS
from converters.passes.fuse import per_channel

Vector = npt.NDArray[np.float64]

_FUSED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


def affine_layers(graph: Graph) -> Graph:
    """The same function with each chain of products and sums with constants, one number a channel, as a DEPTHWISE_CONV_2D of one tap.

    A normalisation that no convolution takes in (behind a concatenation, before a PRELU) is x · c + d. In integers MUL keeps all of c on
    one grid, where small factors vanish beside large ones, and rounds the product, which may be far larger than the sum, before ADD. A
    depthwise layer has a scale for each channel's weight and a bias of 32 bits (LiteRT 8-bit quantization specification), and rounds
    once. A single factor or offset that is one number stays what it is: its grid holds it exactly.
    """
    chains = _Chains(graph)
    nodes = []
    for node in graph.nodes:
        chain = chains.ends.get(node)
        if chain is not None:
            nodes.append(_layer(chain))
        elif node not in chains.inner:
            nodes.append(node)
    return replace(graph, nodes=nodes)


class _Chains:
    """The chains of a graph: `ends` holds them by their last node, `inner` are the nodes that go into them before the last."""

    def __init__(self, graph: Graph) -> None:
        self.inner: set[Node] = set()
        self.ends: dict[Node, list[Node]] = {}
        readers, published = graph.consumers(), frozenset(graph.outputs)
        taken: set[Node] = set()
        for node in graph.nodes:
            if node in taken or _step(node) is None:
                continue
            chain = [node]
            while not _activation(chain[-1]) and chain[-1].output not in published:
                after = readers.get(chain[-1].output, [])
                if len(after) != 1 or _step(after[0]) is None or _data(after[0]) is not chain[-1].output:
                    break
                chain.append(after[0])
            taken.update(chain)
            if len(chain) > 1 or _varies(chain[0]):
                self.ends[chain[-1]] = chain
                self.inner.update(chain[:-1])


def _activation(node: Node) -> bool:
    return str(node.attrs.get("fused_activation_function", "NONE")) != "NONE"


def _data(node: Node) -> Value:
    return node.input(1) if node.input(0).is_constant else node.input(0)


def _varies(node: Node) -> bool:
    """Whether a factor differs from channel to channel."""
    step = _step(node)
    return step is not None and not np.array_equal(step[0], np.full_like(step[0], step[0][0]))


def _step(node: Node) -> tuple[Vector, Vector] | None:
    """(c, d), each for every channel, of a node that computes x · c + d from four-dimensional float data; else None."""
    if node.op not in ("MUL", "DIV", "ADD", "SUB") or len(node.inputs) != 2:
        return None
    x, y = _data(node), node.output
    turned = node.input(0).is_constant
    other = node.input(0) if turned else node.input(1)
    if x.is_constant or y.dtype != np.float32 or y.rank != 4 or x.shape != y.shape or y.shape[-1] < 1:
        return None
    if node.attrs.get("fused_activation_function", "NONE") not in _FUSED:
        return None
    found = per_channel(other, y)
    if found is None or not np.isfinite(found).all():
        return None
    number = found.astype(np.float64)
    ones, zeros = np.ones_like(number), np.zeros_like(number)
    if node.op == "DIV":
        return None if turned or not number.all() else (1 / number, zeros)
    if node.op == "MUL":
        return number, zeros
    if node.op == "ADD":
        return ones, number
    return (-ones, number) if turned else (ones, -number)


def _layer(chain: list[Node]) -> Node:
    factor, offset = np.ones(1), np.zeros(1)
    for node in chain:
        step = _step(node)
        assert step is not None
        factor, offset = factor * step[0], offset * step[0] + step[1]
    last = chain[-1]
    name = last.output.name
    weights = constant(factor.astype(np.float32).reshape(1, 1, 1, -1), f"{name}/factor")
    bias = constant(offset.astype(np.float32), f"{name}/offset")
    activation = last.attrs.get("fused_activation_function", "NONE")
    attrs = {**OPS["DEPTHWISE_CONV_2D"].defaults, "fused_activation_function": activation}
    return Node("DEPTHWISE_CONV_2D", (_data(chain[0]), weights, bias), last.outputs, attrs, last.source)
