"""SPACE_TO_DEPTH where a model writes it as reshape, transpose, reshape: blocks of the image become channels."""

from dataclasses import dataclass

import numpy as np

from converters.graph import Graph, Node, Value
from converters.layout.problem import constant_permutation, is_transpose
from converters.ops.builder import Builder
from converters.ops.equation import channels_first, channels_last
from converters.passes.rules import prune

_FIRST = {"depth": 1, "rows": 3, "columns": 5}
_LAST = {"depth": 5, "rows": 2, "columns": 4}
"""What lies where in N C h b w b, and in N h b w b C."""
_PLACES = {(0, 2, 4): _FIRST, (0, 1, 3): _LAST}
"""Where N, h and w lie → where the rest does."""
_OWN = ("rows", "columns", "depth")
"""The order of SPACE_TO_DEPTH's channels."""
_TYPES = ("float32", "int32", "int64", "int8", "uint8")


@dataclass(frozen=True)
class _Blocks:
    x: Value
    size: int
    depth_first: bool
    """Of the data: N C H W."""
    order: tuple[str, ...]
    """Of what the new channels are made, outermost first."""


def space_to_depth(graph: Graph) -> Graph:
    """`graph` with every such triple as one operator, and a permutation of its channels where the model orders them in another way."""
    producers = graph.producers()
    found = {node: _blocks(node, producers) for node in graph.nodes if node.op == "RESHAPE"}
    if not any(found.values()):
        return graph
    builder, made = Builder(), dict[Value, Value]()
    for node in graph.nodes:
        blocks = found.get(node)
        if blocks is None:
            builder.nodes.append(node.reading(made))
            continue
        with builder.source(node.source):
            made[node.output] = _written(builder, blocks, made.get(blocks.x, blocks.x), node.output)
    results = tuple(made.get(value, value) for value in graph.outputs)
    return prune(Graph(graph.name, graph.inputs, results, builder.nodes))


def _blocks(node: Node, producers: dict[Value, Node]) -> _Blocks | None:
    """What the RESHAPE `node` ends; None where it is something else, or other tokens than pixels are ordered in a way of their own."""
    turned = producers.get(node.input(0))
    if turned is None or not is_transpose(turned) or turned.output.rank != 6:
        return None
    split = producers.get(turned.input(0))
    if split is None or split.op != "RESHAPE":
        return None
    x, shape, order = split.input(0), split.output.shape, constant_permutation(turned)
    if x.rank != 4 or -1 in x.shape or x.is_constant or x.dtype.name not in _TYPES:
        return None
    for outer, places in _PLACES.items():
        first = places is _FIRST
        size = shape[places["rows"]]
        n, h, w, c = (*(shape[axis] for axis in outer), shape[places["depth"]])
        whole = (n, c, h * size, w * size) if first else (n, h * size, w * size, c)
        around, rest = ((order[0], *order[4:]), order[1:4]) if first else (order[:3], order[3:])
        if around != outer or x.shape != whole or shape[places["columns"]] != size or size < 2:
            continue
        names = {place: name for name, place in places.items()}
        made = tuple(names[place] for place in rest)
        return _Blocks(x, size, first, made) if first or made == _OWN else None
    return None


def _written(b: Builder, blocks: _Blocks, x: Value, result: Value) -> Value:
    if blocks.depth_first:
        x = b.transpose(x, channels_last(4))
    y = b("SPACE_TO_DEPTH", x, block_size=blocks.size)
    if blocks.order != _OWN:
        numbers = np.arange(y.shape[-1], dtype=np.int32).reshape(blocks.size, blocks.size, -1)
        y = b("GATHER", y, numbers.transpose([_OWN.index(name) for name in blocks.order]).reshape(-1), axis=3)
    if blocks.depth_first:
        y = b.transpose(y, channels_first(4))
    y = b.reshape(y, result.shape)
    y.name = result.name
    return y
