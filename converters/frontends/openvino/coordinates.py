"""Gathers and scatters by coordinates, the largest values, one-hot vectors."""

from typing import Any

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.lowering import (
    Context,
    NotExpressibleError,
    axis_last,
    int32,
    known,
    lowers,
)
from converters.graph import Value, constant
from converters.ops.equation import inverse


def wrapped(context: Context, indices: Value, size: npt.NDArray[np.int32]) -> Value:
    """Indices as int32, negative ones counted from the end of an axis of `size` (one, or one a coordinate)."""
    if indices.data is not None:
        data = indices.data.astype(np.int64)
        return constant(np.where(data < 0, data + size, data).astype(np.int32))
    return context.build("FLOOR_MOD", context.build.cast(indices, np.int32), size)


def grid(context: Context, indices: Value, axis: int, size: int) -> Value:
    """Full coordinates [… rank]: each place's own, with `indices` along `axis`."""
    own = np.indices(indices.shape, np.int32)
    inside = wrapped(context, indices, int32(size))
    if inside.data is not None:
        own[axis] = inside.data
        return constant(np.ascontiguousarray(np.moveaxis(own, 0, -1)))
    column = context.build.reshape(inside, (*indices.shape, 1))
    parts: list[Value | npt.NDArray[np.int32]] = [np.ascontiguousarray(part[..., None]) for part in own]
    parts[axis] = column
    return context.build("CONCATENATION", *parts, axis=indices.rank)


@lowers("GatherElements")
def gather_elements(context: Context, x: Value, indices: Value, *, axis: int) -> Value:
    axis %= x.rank
    return context.build("GATHER_ND", x, grid(context, indices, axis, x.shape[axis]))


@lowers("GatherND")
def gather_nd(context: Context, x: Value, indices: Value, *, batch_dims: int = 0) -> Value:
    """Batch axes become leading coordinates."""
    b = context.build
    places = coordinates(context, x, indices, batch_dims)
    if batch_dims:
        lead = indices.shape[:batch_dims]
        own = np.moveaxis(np.indices(lead, np.int32), 0, -1)
        full = own.reshape(*lead, *(1,) * (indices.rank - 1 - batch_dims), batch_dims)
        full = np.ascontiguousarray(np.broadcast_to(full, (*indices.shape[:-1], batch_dims)))
        if places.data is not None:
            places = constant(np.concatenate([full, places.data], axis=-1))
        else:
            places = b("CONCATENATION", full, places, axis=indices.rank - 1)
    return b.reshape(b("GATHER_ND", x, places), context.shape)


def coordinates(context: Context, x: Value, indices: Value, skip: int) -> Value:
    """Coordinate tuples as int32, negative ones counted from the end of their axis."""
    return wrapped(context, indices, int32(x.shape[skip : skip + indices.shape[-1]]))


@lowers("OneHot")
def one_hot(
    context: Context,
    indices: Value,
    depth: Value,
    on: Value,
    off: Value,
    *,
    axis: int = -1,
    negative_indices_mode: str = "ignore_negative",
) -> Value:
    """What lies outside of the depth is all `off`; in mode normalize -1 is the last."""
    b = context.build
    size = b.reshape(b.cast(depth, np.int32), ())
    index = b.cast(indices, np.int32)
    if negative_indices_mode.lower() == "normalize":
        negative = b.cast(b("LESS", index, np.int32(0)), np.int32)
        index = b("ADD", index, b("MUL", negative, size))
    return b("ONE_HOT", index, size, on, off, axis=axis)


@lowers("TopK")
def topk(
    context: Context,
    x: Value,
    k: Value,
    *,
    axis: int,
    mode: str = "max",
    sort: str = "value",
    index_element_type: str = "i32",
    stable: bool = False,
) -> tuple[Value, Value]:
    """TOPK_V2 takes the largest of the last axis; the smallest are the largest of the negated."""
    if sort.lower() == "index":
        raise NotExpressibleError("it orders its results by index, LiteRT's TOPK_V2 by value")
    b = context.build
    order = axis_last(x.rank, axis)
    back = inverse(order)
    smallest = mode.lower() == "min"
    if smallest and x.dtype.kind == "u":
        raise NotExpressibleError("the smallest of unsigned integers cannot be had by negation")
    count = b.reshape(b.cast(k, np.int32), ())
    moved = b.transpose(b("NEG", x) if smallest else x, order)
    values, indices = b.many("TOPK_V2", moved, count)
    values = b.transpose(values, back)
    found = b.transpose(indices, back)
    return b("NEG", values) if smallest else values, b.cast(found, context.dtypes[1])


@lowers("LRN")
def lrn(
    context: Context, x: Value, axes: Value, *, alpha: float, beta: float, bias: float, size: int
) -> Value:
    """OpenVINO's alpha is spread over the window, LiteRT's is per element."""
    if x.rank != 4 or [int(a) % 4 for a in known(axes, "axes").reshape(-1)] != [1] or size % 2 == 0:
        raise NotExpressibleError("LiteRT normalises over an odd window of channels of a rank-4 tensor only")
    options: dict[str, Any] = {"radius": size // 2, "bias": bias, "alpha": alpha / size, "beta": beta}
    return context.first(context.build("LOCAL_RESPONSE_NORMALIZATION", context.last(x), **options))


@lowers("Roll")
def roll(context: Context, x: Value, shift: Value, axes: Value) -> Value:
    """A constant shift along an axis is two slices joined."""
    shifts = [int(n) for n in known(shift, "shift").reshape(-1)]
    where = [int(a) % x.rank for a in known(axes, "axes").reshape(-1)]
    for amount, axis in zip(shifts * len(where) if len(shifts) == 1 else shifts, where, strict=False):
        n = x.shape[axis]
        cut = -amount % n
        if cut == 0:
            continue
        begin, size = [0] * x.rank, list(x.shape)
        begin[axis], size[axis] = cut, n - cut
        head = context.build("SLICE", x, int32(begin), int32(size))
        begin[axis], size[axis] = 0, cut
        x = context.build(
            "CONCATENATION", head, context.build("SLICE", x, int32(begin), int32(size)), axis=axis
        )
    return x
