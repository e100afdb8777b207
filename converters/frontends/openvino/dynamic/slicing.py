"""Slices, splits and gathers whose bounds are computed."""

from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.dynamic.vectors import LARGEST, extent, narrow, renamed, spread
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers_dynamic
from converters.graph import Value, constant


@lowers_dynamic("Slice")
def slice_(
    context: Context, x: Value, start: Value, stop: Value, step: Value, axes: Value | None = None
) -> Value:
    """STRIDED_SLICE clamps its bounds as Python does, whichever way it steps."""
    where = axes if axes is not None else constant(np.arange(start.elements, dtype=np.int32))
    begin = spread(context, where, start, x.rank, 0)
    end = spread(context, where, stop, x.rank, LARGEST)
    return context.build("STRIDED_SLICE", x, begin, end, spread(context, where, step, x.rank, 1))


@lowers_dynamic("StridedSlice")
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
    """Axes behind the given ones are taken whole; shrunk ones vanish by a reshape."""
    if any(new_axis_mask) or any(ellipsis_mask):
        raise NotExpressibleError("new axes and an ellipsis need a known shape")
    count = begin.elements
    b = context.build
    where = constant(np.arange(count, dtype=np.int32))
    first = spread(context, where, begin, x.rank, 0)
    last = spread(context, where, end, x.rank, LARGEST)
    pace = (
        constant(np.ones(x.rank, np.int32)) if strides is None else spread(context, where, strides, x.rank, 1)
    )
    shrunk = [i for i, bit in enumerate(shrink_axis_mask) if bit]
    if shrunk:
        numbers = known(first, "begin").copy(), known(last, "end").copy()
        for axis in shrunk:
            numbers[1][axis] = numbers[0][axis] + 1 if numbers[0][axis] != -1 else LARGEST
        last = constant(numbers[1])
    bits = [
        sum(1 << i for i, bit in enumerate(mask) if bit and i not in shrunk)
        for mask in (begin_mask, end_mask)
    ]
    bits[1] |= sum(1 << i for i in range(count, x.rank))
    taken = b("STRIDED_SLICE", x, first, last, pace, begin_mask=bits[0], end_mask=bits[1])
    return renamed(context, taken, [i for i in range(x.rank) if i not in shrunk]) if shrunk else taken


@lowers_dynamic("Split")
def split(context: Context, x: Value, axis: Value, *, num_splits: int) -> tuple[Value, ...]:
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    return context.build.many("SPLIT", int32(where), x, num_splits=num_splits)


@lowers_dynamic("VariadicSplit")
def variadic_split(context: Context, x: Value, axis: Value, lengths: Value) -> tuple[Value, ...]:
    """One SLICE a part, each from where the one before ended."""
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    b = context.build
    sizes = narrow(context, lengths)
    if sizes.data is not None and (sizes.data < 0).any():
        sizes = _completed(context, sizes.data, extent(context, x, where))
    starts = b("CUMSUM", sizes, np.asarray(0, np.int32), exclusive=True)
    here = np.eye(x.rank, dtype=np.int32)[where]
    parts = []
    for index in range(lengths.shape[0]):
        at = int32([index])
        begin = b("MUL", b("GATHER", starts, at, axis=0), here)
        size = b(
            "SELECT_V2", here.astype(bool), b("GATHER", sizes, at, axis=0), np.full(x.rank, -1, np.int32)
        )
        parts.append(b("SLICE", x, begin, size))
    return tuple(parts)


def _completed(
    context: Context, sizes: "np.ndarray[tuple[int, ...], np.dtype[np.int32]]", total: Value
) -> Value:
    """A length of -1 takes what the others leave."""
    b = context.build
    rest = b("SUB", total, np.asarray(sizes[sizes >= 0].sum(), np.int32))
    return b("SELECT_V2", sizes < 0, b.reshape(rest, (1,)), sizes)


@lowers_dynamic("Gather")
def gather(context: Context, x: Value, indices: Value, axis: Value, *, batch_dims: int = 0) -> Value:
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    b = context.build
    index = narrow(context, indices)
    if index.data is None or (index.data < 0).any():
        index = b("FLOOR_MOD", index, extent(context, x, where))
    return b(
        "GATHER", x, index, axis=where, batch_dims=batch_dims % max(indices.rank, 1) if batch_dims else 0
    )
