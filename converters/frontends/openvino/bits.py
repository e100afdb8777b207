"""Integers as bits: reinterpreted, and cut into lanes that LiteRT's kernels compute in."""

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.lowering import Context
from converters.graph import Value, constant
from converters.ops.elementwise import broadcast

_BROADCASTING_RANK = 4
"""Up to this rank every elementwise kernel of LiteRT broadcasts."""


def reinterpreted(context: Context, x: Value, dtype: npt.DTypeLike) -> Value:
    """The bits of `x` as `dtype`: an axis more (smaller type) or less (larger type), behind all others. A constant at once."""
    target = np.dtype(dtype)
    if x.dtype == target:
        return x
    if x.data is None:
        return context.build("BITCAST", x, out_data_type=target.name)
    data = np.ascontiguousarray(x.data)
    if target.itemsize < x.dtype.itemsize:
        return constant(data.reshape(*x.shape, 1).view(target), x.name)
    if target.itemsize > x.dtype.itemsize:
        return constant(data.view(target).reshape(x.shape[:-1]), x.name)
    return constant(data.reshape(-1).view(target).reshape(x.shape), x.name)


def lanes(context: Context, x: Value) -> Value:
    """Pieces of at most 16 bits, each in an int32 of its own, so that two of them can be added."""
    b = context.build
    return b.cast(reinterpreted(context, x, np.int16) if x.dtype.itemsize > 2 else x, np.int32)


def whole(context: Context, pieces: Value, dtype: npt.DTypeLike) -> Value:
    """The reverse of `lanes`."""
    b, target = context.build, np.dtype(dtype)
    if target.itemsize <= 2:
        return b.cast(pieces, target)
    return reinterpreted(context, b.cast(pieces, np.int16), target)


def fitting(context: Context, *operands: Value) -> list[Value]:
    """Operands of one rank that still broadcast when each element has become an axis of lanes."""
    rank = max(value.rank for value in operands)
    shapes = {value.shape for value in operands}
    if rank < _BROADCASTING_RANK or len(shapes) == 1:
        return [lifted(context, value, rank) for value in operands]
    shape = broadcast(*shapes)
    return [_spread(context, value, shape) for value in operands]


def lifted(context: Context, value: Value, rank: int) -> Value:
    """`value` with leading unit axes up to `rank`; the lanes of a scalar would else run along another operand's axis."""
    return context.build.reshape(value, (1,) * (rank - value.rank) + value.shape)


def _spread(context: Context, value: Value, shape: tuple[int, ...]) -> Value:
    if value.shape == shape:
        return value
    if value.data is not None:
        return constant(np.ascontiguousarray(np.broadcast_to(value.data, shape)), value.name)
    return context.build("BROADCAST_TO", value, np.asarray(shape, np.int32))
