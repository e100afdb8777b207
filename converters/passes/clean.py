"""Cleaning: reshapes that meet, axes that need not be named, work done twice."""

from typing import Any

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.ops.drawing import DRAWS
from converters.ops.spec import spec_of
from converters.passes.rules import NO_PATTERN, Alias, Answer, Miss, View, rule

_BROADCASTING = ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "SQUARED_DIFFERENCE", "PRELU")

REDUCTIONS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD")


@rule("merge_reshapes", "RESHAPE")
def merge_reshapes(node: Node, view: View) -> Answer:
    """reshape(reshape(x)) = reshape(x); a reshape to the same shape is nothing."""
    x = node.input(0)
    if x.shape == node.output.shape and -1 not in x.shape:
        return Alias(x)
    inner = view.source(x, "RESHAPE")
    if inner is None or -1 in node.output.shape:
        return NO_PATTERN
    if inner.input(0).shape == node.output.shape:
        return Alias(inner.input(0))
    return Node("RESHAPE", (inner.input(0), node.input(1)), node.outputs, node.attrs, node.source)


@rule("keep_precision", "CAST")
def keep_precision(node: Node, view: View) -> Answer:
    """float32(float16(x)) = x for x computed in float32 on behalf of float16, which LiteRT does not compute in."""
    inner = view.source(node.input(0), "CAST")
    if inner is None or node.output.dtype != np.float32 or inner.input(0).dtype != np.float32:
        return NO_PATTERN
    return Alias(inner.input(0)) if inner.output.dtype == np.float16 else Miss("it is rounded on purpose")


@rule("reshape_of_mean", "RESHAPE")
def reshape_of_reduction(node: Node, view: View) -> Answer:
    """Dropping the unit axes that a reduction kept = not keeping them."""
    reduction = view.source(node.input(0), *REDUCTIONS)
    if reduction is None or not reduction.attrs.get("keep_dims"):
        return NO_PATTERN
    x, axes = reduction.input(0), reduction.input(1)
    if not view.only_use(reduction.output) or axes.data is None:
        return Miss("the reduction's result is read elsewhere too")
    gone = {int(axis) % x.rank for axis in axes.data.reshape(-1)}
    if node.output.shape != tuple(n for axis, n in enumerate(x.shape) if axis not in gone):
        return Miss("it reshapes to something else")
    attrs = {**reduction.attrs, "keep_dims": False}
    return Node(reduction.op, reduction.inputs, node.outputs, attrs, node.source)


@rule("reduction_of_reshape", *REDUCTIONS)
def reduction_of_reshape(node: Node, view: View) -> Answer:
    """Reducing where a reshape dropped unit axes = reducing over these as well, none kept."""
    inner = view.source(node.input(0), "RESHAPE")
    axes = node.input(1).data
    if inner is None or axes is None or node.attrs.get("keep_dims"):
        return NO_PATTERN
    x, shape = inner.input(0), node.input(0).shape
    left = _kept(x.shape, shape)
    if left is None:
        return Miss("the reshape does more than drop unit axes")
    gone = {left[int(axis) % len(shape)] for axis in axes.reshape(-1)} | (set(range(x.rank)) - set(left))
    operand = constant(np.asarray(sorted(gone), np.int32))
    return Node(node.op, (x, operand), node.outputs, node.attrs, node.source)


def _kept(before: tuple[int, ...], after: tuple[int, ...]) -> list[int] | None:
    """The axes of `before` that `after` is left with once unit axes are dropped; None where it is not."""
    left: list[int] = []
    for axis, n in enumerate(before):
        if len(left) < len(after) and n == after[len(left)] and n != -1:
            left.append(axis)
        elif n != 1:
            return None
    return left if len(left) == len(after) else None


@rule("flatten_into_fully_connected", "FULLY_CONNECTED")
def flatten_into_fully_connected(node: Node, view: View) -> Answer:
    """fc(reshape(x)) = fc(x): FULLY_CONNECTED flattens to rows of its depth by itself."""
    inner = view.source(node.input(0), "RESHAPE")
    if inner is None:
        return NO_PATTERN
    x = inner.input(0)
    if node.attrs.get("keep_num_dims") or x.rank < 2 or x.shape[0] != node.output.shape[0]:
        return Miss("it is not a flattening that leaves the batch alone")
    return Node(node.op, (x, *node.inputs[1:]), node.outputs, node.attrs, node.source)


_MOST_JOINED = 5


@rule("merge_concatenations", "CONCATENATION")
def merge_concatenations(node: Node, view: View) -> Answer:
    """concat(concat(a, b), c) = concat(a, b, c) along one axis."""
    parts: list[Value | None] = []
    for value in node.inputs:
        inner = view.source(value, "CONCATENATION")
        if (
            inner is not None
            and value is not None
            and view.only_use(value)
            and inner.attrs["axis"] == node.attrs["axis"]
        ):
            parts += inner.inputs
        else:
            parts.append(value)
    if len(parts) == len(node.inputs):
        return NO_PATTERN
    if len(parts) > _MOST_JOINED:
        return Miss(f"XNNPACK joins {_MOST_JOINED} values at most, these would be {len(parts)}")
    return Node(node.op, tuple(parts), node.outputs, node.attrs, node.source)


@rule("shrink_constant", *_BROADCASTING)
def shrink_constant(node: Node, view: View) -> Answer:
    """Broadcasting needs no leading unit axes in a constant where another operand has them (PRELU's alpha keeps one axis less)."""
    operands = list(node.inputs)
    for index, value in enumerate(node.inputs):
        if value is None or value.data is None or value.elements == 0:
            continue
        kept = value.data.reshape(value.shape[_leading(value) :])
        if node.op == "PRELU":
            kept = value.data.reshape(value.shape[max(value.rank - node.output.rank + 1, 0) :])
            if value.rank < node.output.rank or value.shape[0] != 1:
                continue
        others = (v for i, v in enumerate(operands) if i != index and v is not None)
        if kept.shape != value.shape and any(v.rank == node.output.rank for v in others):
            operands[index] = constant(kept, value.name)
    if tuple(operands) == node.inputs:
        return NO_PATTERN
    return Node(node.op, tuple(operands), node.outputs, node.attrs, node.source)


def _leading(value: Value) -> int:
    """How many leading unit axes a constant has, one axis left for a vector, none for a single element."""
    count = 0
    while count < value.rank and value.shape[count] == 1:
        count += 1
    return count


def _signature(node: Node) -> tuple[Any, ...]:
    inputs = tuple(
        _same_constant(value) if value is not None and value.is_constant else value for value in node.inputs
    )
    return node.op, inputs, tuple(sorted((key, repr(value)) for key, value in node.attrs.items()))


def _same_constant(value: Value) -> tuple[Any, ...]:
    data = value.array
    body = data.tobytes() if data.size <= 256 else id(data)
    return value.dtype.name, value.shape, body


_NOT_SHARED = DRAWS | {"IF", "WHILE", "CALL_ONCE"}


def share_work(graph: Graph) -> Graph:
    """The graph with each computation done once (common subexpressions); results keep the first one's name."""
    first: dict[tuple[Any, ...], Node] = {}
    alias: dict[Value, Value] = {}
    nodes: list[Node] = []
    outputs = set(graph.outputs)
    for node in graph.nodes:
        inputs = tuple(alias.get(value, value) if value is not None else None for value in node.inputs)
        current = (
            node if inputs == node.inputs else Node(node.op, inputs, node.outputs, node.attrs, node.source)
        )
        signature = _signature(current)
        twin = first.get(signature)
        shareable = (
            spec_of(node) is not None
            and node.op not in _NOT_SHARED
            and not outputs.intersection(node.outputs)
        )
        if twin is not None and shareable:
            alias.update(zip(node.outputs, twin.outputs, strict=True))
            continue
        first.setdefault(signature, current)
        nodes.append(current)
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)
