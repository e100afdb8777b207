"""Sliding windows written out: one strided slice for each position in the window. For what LiteRT's pools do not compute."""

import itertools
from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.lowering import Context, int32
from converters.graph import Value, constant


def position(
    context: Context, x: Value, at: Sequence[int], out: Sequence[int], strides: Sequence[int], first: int = 2
) -> Value:
    """What every window sees at its position `at`: x[…, at : at + (out - 1)·stride + 1 : stride] along the axes from `first` on."""
    begin, end, pace = [0] * x.rank, list(x.shape), [1] * x.rank
    for axis, (start, count, stride) in enumerate(zip(at, out, strides, strict=True), first):
        begin[axis], end[axis], pace[axis] = start, start + (count - 1) * stride + 1, stride
    if end == list(x.shape) and not any(begin) and all(p == 1 for p in pace):
        return x
    if all(p == 1 for p in pace):
        return context.build(
            "SLICE", x, int32(begin), int32([e - a for a, e in zip(begin, end, strict=True)])
        )
    return context.build("STRIDED_SLICE", x, int32(begin), int32(end), int32(pace))


def folded(
    context: Context,
    op: str,
    x: Value,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    out: Sequence[int],
) -> Value:
    """The window's elements (x: N C spatial…, padded already) joined by the associative operator `op`, one axis after the other."""
    for axis, (k, stride, dilation, count) in enumerate(zip(kernel, strides, dilations, out, strict=True), 2):
        parts = [position(context, x, [j * dilation], [count], [stride], first=axis) for j in range(k)]
        x = parts[0]
        for part in parts[1:]:
            x = context.build(op, x, part)
    return x


def largest_and_where(
    context: Context,
    x: Value,
    pads: Sequence[tuple[int, int]],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    out: Sequence[int],
    from_axis: int,
) -> tuple[Value, Value]:
    """The largest element of each window (x: N C spatial…, padded already) and its int32 index, the first where several are.

    Indices count the elements of the data without its padding, flattened from `from_axis` on (MaxPool-8's `axis`).
    """
    b = context.build
    shape = [
        *x.shape[:2],
        *(n - before - after for n, (before, after) in zip(x.shape[2:], pads, strict=True)),
    ]
    paces = [int(np.prod(shape[i + 1 :])) if i >= from_axis else 0 for i in range(x.rank)]
    best: Value | None = None
    place: Value | None = None
    for at in itertools.product(*(range(k) for k in kernel)):
        start = [j * d for j, d in zip(at, dilations, strict=True)]
        value = position(context, x, start, out, strides)
        index = np.zeros((1, 1, *out), np.int32)
        for axis, (first, count, stride, (before, _)) in enumerate(
            zip(start, out, strides, pads, strict=True), 2
        ):
            own = (np.arange(count) * stride + first - before) * paces[axis]
            index = index + own.reshape([-1 if i == axis else 1 for i in range(x.rank)]).astype(np.int32)
        if best is None or place is None:
            best, place = value, constant(np.ascontiguousarray(np.broadcast_to(index, value.shape)))
            continue
        place = b("SELECT_V2", b("GREATER", value, best), index, place)
        best = b("MAXIMUM", best, value)
    assert best is not None
    assert place is not None
    rows, channels = (
        np.arange(n, dtype=np.int32) * pace for n, pace in zip(shape[:2], paces[:2], strict=True)
    )
    base = (rows[:, None] + channels).reshape(*shape[:2], *(1,) * len(out)).astype(np.int32)
    return best, b("ADD", place, base) if base.any() else place
