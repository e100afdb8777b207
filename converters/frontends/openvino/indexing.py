"""Slices, splits, gathers and pads."""

from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.lowering import Context, int32, known, lowers
from converters.graph import Value


def sliced(
    context: Context, x: Value, starts: Sequence[int], stops: Sequence[int], steps: Sequence[int]
) -> Value:
    """x[start:stop:step] on every axis, all of them explicit and inside the axis (stop may be -1 for a step below 0)."""
    sizes = [len(range(a, b, s)) for a, b, s in zip(starts, stops, steps, strict=True)]
    b = context.build
    if any(s < 0 for s in steps):
        for axis, step in enumerate(steps):
            if step < 0:
                x = b("GATHER", x, int32(range(starts[axis], stops[axis], step)), axis=axis)
        rest = [
            (a, e, s) if s > 0 else (0, x.shape[i], 1)
            for i, (a, e, s) in enumerate(zip(starts, stops, steps, strict=True))
        ]
        return sliced(context, x, *(list(column) for column in zip(*rest, strict=True)))
    if tuple(sizes) == x.shape:
        return x
    if all(s == 1 for s in steps):
        return b("SLICE", x, int32(starts), int32(sizes))
    return b("STRIDED_SLICE", x, int32(starts), int32(stops), int32(steps))


@lowers("Slice")
def slice_(
    context: Context, x: Value, start: Value, stop: Value, step: Value, axes: Value | None = None
) -> Value:
    starts, stops, steps = [0] * x.rank, list(x.shape), [1] * x.rank
    given = [known(v, what).reshape(-1) for v, what in ((start, "start"), (stop, "stop"), (step, "step"))]
    where = (
        range(len(given[0])) if axes is None else [int(a) % x.rank for a in known(axes, "axes").reshape(-1)]
    )
    for axis, a, e, s in zip(where, *given, strict=True):
        starts[axis], stops[axis], steps[axis] = slice(int(a), int(e), int(s)).indices(x.shape[axis])
    return sliced(context, x, starts, stops, steps)


@lowers("StridedSlice")
def strided_slice(
    context: Context,
    x: Value,
    begin: Value,
    end: Value,
    strides: Value | None = None,
    *,
    begin_mask: Sequence[int] = (),
    end_mask: Sequence[int] = (),
    new_axis_mask: Sequence[int] = (),
    shrink_axis_mask: Sequence[int] = (),
    ellipsis_mask: Sequence[int] = (),
) -> Value:
    """New and shrunk axes come by the final reshape; the ellipsis fills up to the rank."""
    first, last = known(begin, "begin"), known(end, "end")
    pace = np.ones_like(first) if strides is None else known(strides, "strides")

    def bit(mask: Sequence[int], i: int) -> bool:
        return i < len(mask) and bool(mask[i])

    entries: list[slice] = []
    consumed = sum(not bit(new_axis_mask, i) and not bit(ellipsis_mask, i) for i in range(len(first)))
    for i in range(len(first)):
        if bit(ellipsis_mask, i):
            entries += [slice(None)] * (x.rank - consumed)
        elif bit(new_axis_mask, i):
            continue
        elif bit(shrink_axis_mask, i):
            at = int(first[i])
            entries.append(slice(at, at + 1 if at != -1 else None, 1))
        else:
            start = None if bit(begin_mask, i) else int(first[i])
            entries.append(slice(start, None if bit(end_mask, i) else int(last[i]), int(pace[i])))
    entries += [slice(None)] * (x.rank - len(entries))
    ranges = [entry.indices(n) for entry, n in zip(entries, x.shape, strict=True)]
    result = sliced(context, x, *(list(column) for column in zip(*ranges, strict=True)))
    return context.build.reshape(result, context.shape)


@lowers("Split")
def split(context: Context, x: Value, axis: Value, *, num_splits: int) -> tuple[Value, ...]:
    if num_splits == 1:
        return (x,)
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    return context.build.many("SPLIT", int32(where), x, num_splits=num_splits)


@lowers("VariadicSplit")
def variadic_split(context: Context, x: Value, axis: Value, lengths: Value) -> tuple[Value, ...]:
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    sizes = [shape[where] for shape in context.shapes]
    if len(sizes) == 1:
        return (x,)
    if len(set(sizes)) == 1:
        return context.build.many("SPLIT", int32(where), x, num_splits=len(sizes))
    return context.build.many("SPLIT_V", x, int32(sizes), int32(where), num_splits=len(sizes))


@lowers("Gather")
def gather(context: Context, x: Value, indices: Value, axis: Value, *, batch_dims: int = 0) -> Value:
    """A single constant index is a SLICE, a constant range too: both run where GATHER does not."""
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    b = context.build
    if indices.data is not None and batch_dims == 0:
        flat = indices.data.reshape(-1).astype(np.int64)
        flat = np.where(flat < 0, flat + x.shape[where], flat)
        if flat.size and x.data is None and np.array_equal(flat, np.arange(flat[0], flat[0] + flat.size)):
            starts, sizes = [0] * x.rank, list(x.shape)
            starts[where], sizes[where] = int(flat[0]), int(flat.size)
            taken = x if tuple(sizes) == x.shape else b("SLICE", x, int32(starts), int32(sizes))
            return b.reshape(taken, context.shape)
        return b("GATHER", x, int32(flat.reshape(indices.shape)), axis=where)
    # Indices that count from the end are negative; LiteRT's GATHER refuses those.
    wrapped = b("FLOOR_MOD", b.cast(indices, np.int32), np.asarray(x.shape[where], np.int32))
    return b("GATHER", x, wrapped, axis=where, batch_dims=batch_dims)


@lowers("Pad")
def pad(
    context: Context, x: Value, begin: Value, end: Value, fill: Value | None = None, *, pad_mode: str
) -> Value:
    rows = np.stack([known(begin, "pads begin"), known(end, "pads end")], axis=1).astype(np.int32)
    b = context.build
    if (rows < 0).any():
        starts = np.maximum(-rows[:, 0], 0)
        sizes = np.asarray(x.shape) - starts - np.maximum(-rows[:, 1], 0)
        x = b("SLICE", x, int32(starts), int32(sizes))
        rows = np.maximum(rows, 0)
    if not rows.any():
        return x
    mode = pad_mode.lower()
    if mode in ("reflect", "symmetric"):
        return b("MIRROR_PAD", x, rows, mode=mode.upper())
    if mode == "edge":
        return _edge(context, x, rows)
    number = 0.0 if fill is None else known(fill, "fill value").reshape(-1)[0]
    return b("PAD", x, rows) if number == 0 else b("PADV2", x, rows, np.asarray(number, x.dtype))


def _edge(context: Context, x: Value, rows: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> Value:
    """The edge repeated: one GATHER an axis."""
    for axis, (before, after) in enumerate(rows):
        if before or after:
            reach = np.clip(np.arange(-before, x.shape[axis] + after), 0, x.shape[axis] - 1)
            x = context.build("GATHER", x, int32(reach), axis=axis)
    return x
