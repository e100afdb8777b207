"""Normalisations over groups of channels, computed without flattening the image.

A reshape that merges channels with space (N C H W → N g C/g·H·W) ties the layout to the source's; the same means and elementwise
arithmetic over the axes kept apart (N g C/g H W, or N C H W for one group) do not: reshape(f(reshape(x))) with f elementwise or reducing
the merged axis is f over all the axes that were merged.
"""

import math
from collections.abc import Sequence

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.ops.elementwise import elementwise
from converters.ops.reduction import normal_axes, reduces
from converters.ops.spec import spec_of

_MOST_AXES = 6
"""What XNNPACK takes, and LiteRT's broadcasting kernels with it."""

Parts = list[list[int]]
"""For each axis, the sizes that it is kept apart in."""


def keep_axes_apart(graph: Graph) -> Graph:
    """`graph` with every flattening that only reductions and elementwise operators read undone."""
    consumers, outputs = graph.consumers(), frozenset(graph.outputs)
    taken: dict[Node, Parts] = {}
    for node in graph.nodes:
        parts = apart(node.input(0).shape, node.output.shape) if node.op == "RESHAPE" else None
        if parts is not None:
            taken |= dict.fromkeys(_region(consumers, outputs, node, parts), parts)
    return _rewritten(graph, taken) if taken else graph


def apart(before: Sequence[int], after: Sequence[int]) -> Parts | None:
    """`before`'s sizes dealt out to the axes of `after`, cut where `after` cuts them; None where nothing merges or they do not fit."""
    left = list(before)
    parts: Parts = []
    if min((*before, *after), default=0) <= 0:
        return None
    for size in after:
        mine: list[int] = []
        while math.prod(mine) < size:
            need = size // math.prod(mine)
            if not left or (need % left[0] and left[0] % need):
                return None
            take = min(need, left[0])
            mine.append(take)
            left[0] //= take
            if left[0] == 1:
                left.pop(0)
        if size == 1 and left and left[0] == 1:
            mine.append(left.pop(0))
        if math.prod(mine) != size:
            return None
        parts.append([n for n in mine if n != 1] or mine[:1])
    merged = any(len(mine) > 1 for mine in parts)
    return parts if merged and sum(map(len, parts)) <= _MOST_AXES else None


def _region(
    consumers: dict[Value, list[Node]], outputs: frozenset[Value], start: Node, parts: Parts
) -> set[Node]:
    """`start` and the operators up to the reshapes that read what they make; none where another operator reads any of it."""
    values, pending = {start.output}, [start.output]
    region = {start}
    while pending:
        value = pending.pop()
        if value in outputs:
            return set()
        for node in consumers.get(value, []):
            if node in region or node.op == "RESHAPE":
                continue
            if not _fits(node, len(parts)):
                return set()
            region.add(node)
            values.add(node.output)
            pending.append(node.output)
    inside = region - {start}
    closed = all(v in values or v.is_constant for node in inside for v in node.inputs if v is not None)
    return region if closed and any(_reduces_merged(node, parts) for node in inside) else set()


def _fits(node: Node, rank: int) -> bool:
    spec = spec_of(node)
    if spec is None or len(node.outputs) != 1 or node.output.rank != rank:
        return False
    if spec.equation is reduces:
        return bool(node.attrs.get("keep_dims")) and node.input(1).is_constant
    return spec.equation is elementwise and node.op != "PRELU"


def _reduces_merged(node: Node, parts: Parts) -> bool:
    spec = spec_of(node)
    if spec is None or spec.equation is not reduces:
        return False
    return any(len(parts[axis]) > 1 for axis in normal_axes(node.input(1), len(parts)))


def _rewritten(graph: Graph, taken: dict[Node, Parts]) -> Graph:
    made: dict[Value, Value] = {}
    nodes = []
    for node in graph.nodes:
        parts = taken.get(node)
        inputs = tuple(made.get(v, v) if v is not None else None for v in node.inputs)
        outputs = node.outputs
        if parts is not None:
            shape = _spread(node.output.shape, parts)
            outputs = (Value(node.output.name, shape, node.output.dtype),)
            made[node.output] = outputs[0]
            if node.op == "RESHAPE":
                inputs = (inputs[0], constant(np.asarray(shape, np.int32)))
            else:
                inputs = tuple(_operand(node, slot, made, parts) for slot in range(len(node.inputs)))
        nodes.append(Node(node.op, inputs, outputs, node.attrs, node.source))
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)


def _operand(node: Node, slot: int, made: dict[Value, Value], parts: Parts) -> Value | None:
    value = node.inputs[slot]
    spec = spec_of(node)
    if value is None or value in made:
        return made[value] if value is not None else None
    if spec is not None and spec.equation is reduces and slot == 1:
        starts = np.cumsum([0, *(len(mine) for mine in parts)])
        axes = [i for axis in normal_axes(value, len(parts)) for i in range(starts[axis], starts[axis + 1])]
        return constant(np.asarray(sorted(axes), np.int32), value.name)
    return constant(value.array.reshape(_spread(value.shape, parts)), value.name) if value.rank else value


def _spread(shape: Sequence[int], parts: Parts) -> tuple[int, ...]:
    """A shape that broadcasts to the merged one (aligned at the end), over the axes kept apart."""
    result: list[int] = []
    for size, mine in zip(shape, parts[len(parts) - len(shape) :], strict=True):
        result += [1] * len(mine) if size == 1 else mine
    return tuple(result)
