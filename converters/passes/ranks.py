"""Operators on more axes than LiteRT takes, on fewer: adjacent axes that an operator treats alike are one."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.ops.builder import Builder
from converters.ops.elementwise import broadcast
from converters.ops.reduction import normal_axes

_XNNPACK = 6
"""XNN_MAX_TENSOR_DIMS; of the operators here XNNPACK takes any number of axes and then refuses to load the file."""
_KERNELS = {"BATCH_MATMUL": 5, "PAD": 5, "PADV2": 5}
"""Less than that in LiteRT's own kernels: batch_matmul.cc, pad.cc (PadKernelMaxDimensionCount)."""

Fewer = Callable[[Builder, Node], tuple[Value, ...]]


def few_axes(graph: Graph) -> Graph:
    """`graph` with every operator on no more axes than LiteRT takes; the same graph where that is so."""
    if not any(_too_many(node) for node in graph.nodes):
        return graph
    builder, made = Builder(), dict[Value, Value]()
    for old in graph.nodes:
        node = old.reading(made)
        if not _too_many(node):
            builder.nodes.append(node)
            continue
        with builder.source(node.source):
            results = _FEWER[node.op](builder, node)
        for before, after in zip(node.outputs, results, strict=True):
            after.name = before.name
            made[before] = after
    return Graph(graph.name, graph.inputs, tuple(made.get(v, v) for v in graph.outputs), builder.nodes)


def _too_many(node: Node) -> bool:
    rank = max((value.rank for value in (*node.inputs, *node.outputs) if value is not None), default=0)
    return node.op in _FEWER and rank > _KERNELS.get(node.op, _XNNPACK) and _is_static(node)


def _is_static(node: Node) -> bool:
    """Whether shapes are known, and of PAD and the reductions what is padded or reduced."""
    values = [value for value in (*node.inputs, *node.outputs) if value is not None]
    said = node.op not in ("PAD", "PADV2", *_REDUCTIONS) or node.input(1).is_constant
    return said and all(-1 not in value.shape for value in values)


def _around(shape: Sequence[int], axis: int) -> tuple[int, int, int]:
    """All axes before `axis`, it, all behind it."""
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def _by_last_axis(b: Builder, node: Node) -> tuple[Value, ...]:
    """Softmax, or a product with the rows of a matrix: whatever the other axes are."""
    rows = b.reshape(node.input(0), (math.prod(node.input(0).shape[:-1]), node.input(0).shape[-1]))
    return (b.reshape(b(node.op, rows, *node.inputs[1:], **node.attrs), node.output.shape),)


def _concatenated(b: Builder, node: Node) -> tuple[Value, ...]:
    axis = int(node.attrs["axis"]) % node.output.rank
    parts = [b.reshape(value, _around(value.shape, axis)) for value in node.inputs if value is not None]
    return (b.reshape(b(node.op, *parts, **{**node.attrs, "axis": 1}), node.output.shape),)


def _split(b: Builder, node: Node) -> tuple[Value, ...]:
    """SPLIT takes (axis, x), SPLIT_V (x, sizes, axis)."""
    slot, where = (1, 0) if node.op == "SPLIT" else (0, 2)
    x = node.input(slot)
    axis = int(node.input(where).array.item()) % x.rank
    inputs = list(node.inputs)
    inputs[slot], inputs[where] = b.reshape(x, _around(x.shape, axis)), constant(np.asarray(1, np.int32))
    parts = b.many(node.op, *inputs, **node.attrs)
    return tuple(b.reshape(part, value.shape) for part, value in zip(parts, node.outputs, strict=True))


def _reduced(b: Builder, node: Node) -> tuple[Value, ...]:
    """One run of adjacent axes after the other, the last first, where all runs at once are too many."""
    x = node.input(0)
    axes = set(normal_axes(node.input(1), x.rank))
    runs = [(is_in, list(run)) for is_in, run in itertools.groupby(range(x.rank), axes.__contains__)]
    attrs = {**node.attrs, "keep_dims": False}
    if len(runs) <= _XNNPACK:
        merged = b.reshape(x, tuple(math.prod(x.shape[i] for i in run) for _, run in runs))
        where = np.asarray([i for i, (is_in, _) in enumerate(runs) if is_in], np.int32)
        return (b.reshape(b(node.op, merged, where, **attrs), node.output.shape),)
    left = list(x.shape)
    for is_in, run in reversed(runs):
        if is_in:
            size = math.prod(left[run[0] : run[-1] + 1])
            thirds = (math.prod(left[: run[0]]), size, math.prod(left[run[-1] + 1 :]))
            x = b(node.op, b.reshape(x, thirds), np.asarray([1], np.int32), **attrs)
            left[run[0] : run[-1] + 1] = [1] * len(run)
    return (b.reshape(x, node.output.shape),)


def _padded(b: Builder, node: Node) -> tuple[Value, ...]:
    """One axis after the other: each between all that lie before it and all behind it."""
    x, others = node.input(0), node.inputs[2:]
    shape = list(x.shape)
    for axis, (before, after) in enumerate(node.input(1).array.tolist()):
        if before or after:
            pads = np.asarray([[0, 0], [before, after], [0, 0]], np.int32)
            x = b(node.op, b.reshape(x, _around(shape, axis)), pads, *others, **node.attrs)
            shape[axis] += before + after
    return (b.reshape(x, node.output.shape),)


def _multiplied(b: Builder, node: Node) -> tuple[Value, ...]:
    """Batch axes that both operands have, or that the same one lacks, are one; where these alternate too often, both get them all."""
    x, y = node.input(0), node.input(1)
    lead = node.output.rank - 2
    batches = [(1,) * (lead + 2 - value.rank) + value.shape[:-2] for value in (x, y)]
    kinds = [(m == 1, n == 1) for m, n in zip(*batches, strict=True)]
    varied = [axis for axis, kind in enumerate(kinds) if kind != (True, True)]
    runs = [list(run) for _, run in itertools.groupby(varied, kinds.__getitem__)]
    if len(runs) + 2 > _KERNELS["BATCH_MATMUL"]:
        full = broadcast(*batches)
        x, y = (_spread(b, value, (*full, *value.shape[-2:])) for value in (x, y))
        batches, runs = [full, full], [varied]
    merged = [
        b.reshape(value, (*(math.prod(batch[i] for i in run) for run in runs), *value.shape[-2:]))
        for value, batch in zip((x, y), batches, strict=True)
    ]
    return (b.reshape(b(node.op, *merged, **node.attrs), node.output.shape),)


def _spread(b: Builder, value: Value, shape: tuple[int, ...]) -> Value:
    return value if value.shape == shape else b("BROADCAST_TO", value, np.asarray(shape, np.int32))


_REDUCTIONS = ("SUM", "MEAN", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL")
_FEWER: dict[str, Fewer] = {
    "SOFTMAX": _by_last_axis,
    "FULLY_CONNECTED": _by_last_axis,
    "CONCATENATION": _concatenated,
    "SPLIT": _split,
    "SPLIT_V": _split,
    "PAD": _padded,
    "PADV2": _padded,
    "BATCH_MATMUL": _multiplied,
    **dict.fromkeys(_REDUCTIONS, _reduced),
}
