"""Small integer vectors that hold shapes, axes and bounds at run time: one int32 entry an axis."""

from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.lowering import Context, int32
from converters.graph import Value, constant

LARGEST = np.iinfo(np.int32).max


def extents(context: Context, x: Value) -> Value:
    """The shape of `x`: a constant where it is known."""
    if -1 not in x.shape:
        return constant(int32(x.shape))
    return context.build("SHAPE", x, out_type="int32")


def extent(context: Context, x: Value, axis: int) -> Value:
    """The size of `x` along `axis`, a scalar."""
    if x.shape[axis] >= 0:
        return constant(np.asarray(x.shape[axis], np.int32))
    return context.build("GATHER", extents(context, x), np.asarray(axis, np.int32), axis=0)


def narrow(context: Context, numbers: Value) -> Value:
    """Integers as int32; what does not fit (ONNX writes "to the end" as the largest int64) becomes the nearest that does."""
    if numbers.dtype == np.int32:
        return numbers
    if numbers.data is not None:
        return constant(np.clip(numbers.data.astype(np.int64), -LARGEST, LARGEST).astype(np.int32))
    b = context.build
    if numbers.dtype == np.int64:
        bounded = b("MINIMUM", numbers, np.asarray(LARGEST, np.int64))
        return b.cast(b("MAXIMUM", bounded, np.asarray(-LARGEST, np.int64)), np.int32)
    return b.cast(numbers, np.int32)


def wrapped(context: Context, axes: Value, rank: int) -> Value:
    """Axes as int32 from 0 to rank - 1, negative ones counted from the end."""
    if axes.data is not None:
        return constant((axes.data.astype(np.int64) % rank).astype(np.int32))
    return context.build("FLOOR_MOD", narrow(context, axes), np.asarray(rank, np.int32))


def marks(context: Context, axes: Value, rank: int) -> Value:
    """[count, rank]: 1 where the row's axis is."""
    places = wrapped(context, axes, rank)
    if places.data is not None:
        return constant(np.eye(rank, dtype=np.int32)[places.data.reshape(-1)])
    flat = context.build.reshape(places, (-1,)) if places.rank != 1 else places
    return context.build(
        "ONE_HOT",
        flat,
        np.asarray(rank, np.int32),
        np.asarray(1, np.int32),
        np.asarray(0, np.int32),
        axis=-1,
    )


def spread(context: Context, axes: Value, numbers: Value, rank: int, rest: int) -> Value:
    """[rank]: each number at its axis, `rest` at the others."""
    b = context.build
    where = marks(context, axes, rank)
    if where.data is not None and numbers.data is not None:
        found = np.full(rank, rest, np.int64)
        found[where.data.argmax(axis=1)] = numbers.data.reshape(-1)
        return constant(np.clip(found, -LARGEST, LARGEST).astype(np.int32))
    column = b.reshape(narrow(context, numbers), (where.shape[0], 1))
    placed = b("SUM", b("MUL", where, column), int32([0]))
    if where.data is not None:
        taken: Value = constant(where.data.sum(axis=0) > 0)
    else:
        taken = b("GREATER", b("SUM", where, int32([0])), np.asarray(0, np.int32))
    return b("SELECT_V2", taken, placed, np.full(rank, rest, np.int32))


def joined(context: Context, parts: Sequence[Value]) -> Value:
    """Vectors one after the other."""
    full = [part for part in parts if part.elements or part.data is None]
    return full[0] if len(full) == 1 else context.build("CONCATENATION", *full, axis=0)


def aligned(context: Context, vector: Value, length: int, fill: int = 1) -> Value:
    """A shape's vector with `fill` before it, up to `length`."""
    missing = length - vector.shape[0]
    if missing <= 0:
        return vector
    return joined(context, [constant(np.full(missing, fill, np.int32)), vector])


def shaped(context: Context, x: Value, target: Value, known: tuple[int, ...]) -> Value:
    """`x` in the shape `target`, of which `known` tells what is known."""
    if known.count(-1) <= 1:
        return context.build("RESHAPE", x, int32(known))
    result = context.build("RESHAPE", x, target)
    result.shape = known
    return result


def renamed(context: Context, x: Value, positions: Sequence[int | None]) -> Value:
    """`x` with its axes at the given positions of the result; None is a unit axis. Only unit axes come and go."""
    known = tuple(1 if p is None else x.shape[p] for p in positions)
    if known.count(-1) <= 1:
        return context.build("RESHAPE", x, int32(known))
    sizes = joined(context, [extents(context, x), constant(int32([1]))])
    order = int32([x.rank if p is None else p for p in positions])
    return shaped(context, x, context.build("GATHER", sizes, order, axis=0), known)
