"""Pads, slices and concatenations."""

import numpy as np

from converters.graph import Node, Value
from converters.ops.builder import Builder
from converters.ops.reduction import normal_axes
from converters.passes.edgetpu.expansion import Results

_EDGE = 8
"""Rows that a mirrored edge may have, each a slice of its own."""


def pad(node: Node, b: Builder) -> Results | None:
    """PADV2 with zeros is PAD."""
    fill = node.input(2)
    if fill.data is None or fill.data.reshape(-1)[0] != 0:
        return None
    return (b("PAD", node.input(0), node.input(1)),)


def mirrored(node: Node, b: Builder) -> Results | None:
    """An edge mirrored is its rows in turned order, concatenated."""
    x, paddings = node.input(0), node.input(1)
    if paddings.data is None or paddings.data.max(initial=0) > _EDGE:
        return None
    skip = 0 if node.attrs.get("mode") == "SYMMETRIC" else 1
    y = x
    for axis, (before, after) in enumerate(paddings.data.tolist()):
        if not before and not after:
            continue
        size = y.shape[axis]
        rows = [skip + i for i in reversed(range(before))], [size - 1 - skip - i for i in range(after)]
        if any(not 0 <= row < size for row in (*rows[0], *rows[1])):
            return None
        parts = [_row(b, y, axis, row, 1) for row in rows[0]]
        parts += [y, *(_row(b, y, axis, row, 1) for row in rows[1])]
        y = b("CONCATENATION", *parts, axis=axis)
    return None if y is x else (y,)


def sliced(node: Node, b: Builder) -> Results | None:
    """Parts of different sizes are slices."""
    x, sizes, axis = node.input(0), node.input(1), node.input(2)
    if sizes.data is None or axis.data is None:
        return None
    at = normal_axes(axis, x.rank)[0]
    starts = np.concatenate([[0], np.cumsum([value.shape[at] for value in node.outputs])])
    parts = zip(starts, node.outputs, strict=False)
    return tuple(_row(b, x, at, int(start), value.shape[at]) for start, value in parts)


def unpacked(node: Node, b: Builder) -> Results | None:
    """Each slice along the axis, without it."""
    x = node.input(0)
    at = int(node.attrs.get("axis", 0)) % x.rank
    return tuple(b.reshape(_row(b, x, at, i, 1), value.shape) for i, value in enumerate(node.outputs))


def gathered(node: Node, b: Builder) -> Results | None:
    """Constant indices in runs of neighbours are slices."""
    x, indices = node.input(0), node.input(1)
    if indices.data is None or indices.rank > 1 or x.is_constant or node.attrs.get("batch_dims"):
        return None
    at = int(node.attrs.get("axis", 0)) % x.rank
    wanted = [int(i) % x.shape[at] for i in indices.data.reshape(-1)]
    runs: list[list[int]] = []
    for index in wanted:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    if not 1 <= len(runs) <= _EDGE:
        return None
    parts = [_row(b, x, at, run[0], len(run)) for run in runs]
    y = parts[0] if len(parts) == 1 else b("CONCATENATION", *parts, axis=at)
    return (y,) if y.shape == node.output.shape else (b.reshape(y, node.output.shape),)


def padded_with_zeros(node: Node, b: Builder) -> Results | None:
    """One tensor between constant zeros is padded."""
    constants = [value for value in node.inputs if value is not None and value.data is not None]
    if len(constants) != len(node.inputs) - 1 or not constants or any(np.any(c.array) for c in constants):
        return None
    axis = int(node.attrs["axis"]) % node.output.rank
    place = next(i for i, value in enumerate(node.inputs) if value is not None and value.data is None)
    paddings = np.zeros((node.output.rank, 2), np.int32)
    for i, value in enumerate(node.inputs):
        if value is not None and i != place:
            paddings[axis, int(i > place)] += value.shape[axis]
    return (b("PAD", node.input(place), paddings),)


def _row(b: Builder, x: Value, axis: int, start: int, count: int) -> Value:
    """`count` entries along an axis from `start` on."""
    begin = np.zeros(x.rank, np.int32)
    begin[axis] = start
    size = np.asarray([count if i == axis else n for i, n in enumerate(x.shape)], np.int32)
    return b("SLICE", x, begin, size)
