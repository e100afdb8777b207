"""Reshapes to shapes that are computed, and the shapes themselves."""

import numpy as np

from converters.frontends.openvino.dynamic.vectors import (
    aligned,
    extents,
    joined,
    marks,
    narrow,
    renamed,
    shaped,
)
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers_dynamic
from converters.graph import Value, constant


@lowers_dynamic("ShapeOf")
def shape_of(context: Context, x: Value, *, output_type: str = "i64") -> Value:
    return context.build("SHAPE", x, out_type=context.dtypes[0].name)


@lowers_dynamic("Reshape")
def reshape(context: Context, x: Value, shape: Value, *, special_zero: bool = False) -> Value:
    """A 0 in the pattern is the operand's own dimension where `special_zero` says so."""
    if len(context.shape) == shape.elements and context.shape.count(-1) <= 1:
        return context.build("RESHAPE", x, int32(context.shape))
    target = narrow(context, shape)
    length = target.shape[0]
    if special_zero and length:
        b = context.build
        own = extents(context, x)
        if x.rank >= length:
            own = (
                b("SLICE", own, int32([0]), int32([length]))
                if own.data is None
                else constant(own.data[:length])
            )
        else:
            own = joined(context, [own, constant(np.ones(length - x.rank, np.int32))])
        target = b("SELECT_V2", b("EQUAL", target, np.asarray(0, np.int32)), own, target)
    return shaped(context, x, target, _known(context, length))


def _known(context: Context, rank: int) -> tuple[int, ...]:
    return context.shape if len(context.shape) == rank else (-1,) * rank


@lowers_dynamic("Unsqueeze")
def unsqueeze(context: Context, x: Value, axes: Value) -> Value:
    """Each axis of the result is a new one or the next of the operand's."""
    rank = x.rank + max(axes.elements, 0)
    if axes.data is not None:
        new = {int(axis) % rank for axis in axes.data.reshape(-1)}
        old = iter(range(x.rank))
        return renamed(context, x, [None if axis in new else next(old) for axis in range(rank)])
    b = context.build
    new_axes = b("SUM", marks(context, axes, rank), int32([0]))
    kept = b("SUB", np.asarray(1, np.int32), new_axes)
    place = b("SUB", b("CUMSUM", kept, np.asarray(0, np.int32)), np.asarray(1, np.int32))
    sizes = joined(context, [constant(int32([1])), extents(context, x)])
    chosen = b("MUL", kept, b("ADD", place, np.asarray(1, np.int32)))
    return shaped(context, x, b("GATHER", sizes, chosen, axis=0), (-1,) * rank)


@lowers_dynamic("Squeeze")
def squeeze(context: Context, x: Value, axes: Value | None = None, *, allow_axis_skip: bool = False) -> Value:
    """The axes that stay, in their order: the largest of (rank - axis) where an axis stays."""
    if axes is None:
        raise NotExpressibleError("which axes are 1 is only known at run time; name the axes")
    if axes.data is not None:
        gone = {int(axis) % x.rank for axis in axes.data.reshape(-1)}
        return renamed(context, x, [axis for axis in range(x.rank) if axis not in gone])
    b = context.build
    kept = b("SUB", np.asarray(1, np.int32), b("SUM", marks(context, axes, x.rank), int32([0])))
    weight = b("MUL", kept, int32(range(x.rank, 0, -1)))
    rank = x.rank - axes.elements
    order = b.many("TOPK_V2", weight, np.asarray(rank, np.int32))[1]
    return shaped(context, x, b("GATHER", extents(context, x), order, axis=0), (-1,) * rank)


@lowers_dynamic("Broadcast")
def broadcast(
    context: Context, x: Value, target: Value, axes: Value | None = None, *, mode: str = "numpy"
) -> Value:
    rank = target.shape[0]
    if rank < 0:
        raise NotExpressibleError("the rank of its target is only known at run time")
    b = context.build
    wanted = narrow(context, target)
    if mode.lower() == "explicit" and axes is not None:
        where = [int(axis) for axis in known(axes, "axes mapping").reshape(-1)]
        x = renamed(context, x, [where.index(i) if i in where else None for i in range(rank)])
    elif mode.lower() == "bidirectional":
        full = max(rank, x.rank)
        wanted = b("MAXIMUM", aligned(context, wanted, full), aligned(context, extents(context, x), full))
    if x.elements == 1 and x.data is not None:
        return b("FILL", wanted, x.data.reshape(()))
    return b("BROADCAST_TO", x, wanted)


@lowers_dynamic("Tile")
def tile(context: Context, x: Value, repeats: Value) -> Value:
    rank = max(x.rank, repeats.shape[0])
    lifted = x if x.rank == rank else renamed(context, x, [*(None,) * (rank - x.rank), *range(x.rank)])
    return context.build("TILE", lifted, aligned(context, narrow(context, repeats), rank))
