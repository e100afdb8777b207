"""Channels that are dealt out through tensors of too many dimensions: picked by a 1x1 convolution instead.

RESHAPE [1, h, w, c] → [h, w, c/2, 2], SPLIT or TRANSPOSE, RESHAPE back is how a channel shuffle comes out of ONNX. The compiler maps no
tensor with more than three dimensions above 1; a convolution whose weights are 0 and 1 maps at any size, and copies.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value
from converters.ops.builder import Builder
from converters.ops.reduction import normal_axes

Indices = npt.NDArray[np.int64]

_INNERMOST = 3


def picked_channels(graph: Graph) -> Graph:
    """Every such chain of moves, all of whose ends are channels of its start, as convolutions."""
    readers = graph.consumers()
    gone: set[Node] = set()
    made: dict[Value, Node] = {}
    for node in graph.nodes:
        if node.op != "RESHAPE" or node in gone or _is_flat(node.output) or not _is_image(node.input(0)):
            continue
        chain = _chain(node, readers, graph.outputs)
        if chain is None:
            continue
        moves, ends = chain
        gone |= moves
        for end, channels in ends.items():
            made[end] = _picked(node, end, channels)
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes += [made[value] for value in node.outputs if value in made] if node in gone else [node]
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)


def _chain(
    first: Node, readers: Mapping[Value, Sequence[Node]], outputs: Collection[Value]
) -> tuple[set[Node], dict[Value, list[int]]] | None:
    """The moves from `first` on and the channels that each of their ends is; None where one end is something else."""
    x = first.input(0)
    numbers = np.arange(x.elements, dtype=np.int64).reshape(x.shape)
    moves: set[Node] = set()
    ends: dict[Value, list[int]] = {}
    waiting = [(first, numbers)]
    while waiting:
        node, now = waiting.pop()
        results = _moved(node, now)
        if results is None:
            return None
        moves.add(node)
        for value, indices in results:
            channels = _channels(value, indices, x)
            if channels is not None:
                ends[value] = channels
            elif value in outputs or not readers.get(value):
                return None
            else:
                waiting += [(reader, indices) for reader in readers[value]]
    return moves, ends


def _moved(node: Node, now: Indices) -> Iterator[tuple[Value, Indices]] | None:
    """The results of a move of `now`, or None for a node that computes."""
    if node.op == "RESHAPE":
        parts = [now.reshape(node.output.shape)]
    elif node.op == "TRANSPOSE" and node.input(1).data is not None:
        parts = [now.transpose(node.input(1).array.tolist())]
    elif node.op == "SPLIT" and node.input(0).data is not None:
        parts = np.split(now, len(node.outputs), normal_axes(node.input(0), now.ndim)[0])
    else:
        return None
    return zip(node.outputs, parts, strict=True)


def _channels(value: Value, indices: Indices, x: Value) -> list[int] | None:
    """Which channels of `x` the value is, pixel by pixel; None where it is not."""
    if value.rank != x.rank or value.shape[:-1] != x.shape[:-1]:
        return None
    size = x.shape[-1]
    first = indices.reshape(-1, value.shape[-1])[0]
    pixels = np.arange(0, x.elements, size).reshape(*x.shape[:-1], 1)
    if first.max() >= size or not np.array_equal(indices, pixels + first):
        return None
    return [int(index) for index in first]


def _picked(first: Node, end: Value, channels: list[int]) -> Node:
    x = first.input(0)
    b = Builder()
    with b.source(first.source or end.name):
        weights = np.zeros((len(channels), 1, 1, x.shape[-1]), np.float32)
        weights[np.arange(len(channels)), 0, 0, channels] = 1
        bias = np.zeros(len(channels), np.float32)
        b("CONV_2D", x, weights, bias, padding="VALID", stride_w=1, stride_h=1)
    (node,) = b.nodes
    return Node(node.op, node.inputs, (end,), node.attrs, node.source)


def _is_image(value: Value) -> bool:
    return value.rank == 4 and value.dtype == np.float32 and not value.is_constant


def _is_flat(value: Value) -> bool:
    return all(size <= 1 for size in value.shape[:-_INNERMOST])
