"""Operators that only rename, join or repeat axes."""

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.graph import Value, constant


@lowers("Reshape")
def reshape(context: Context, x: Value, shape: Value, *, special_zero: bool = False) -> Value:
    return context.build.reshape(x, context.shape)


@lowers("Squeeze", "Unsqueeze")
def squeeze(context: Context, x: Value, axes: Value | None = None, *, allow_axis_skip: bool = False) -> Value:
    return context.build.reshape(x, context.shape)


@lowers("Transpose")
def transpose(context: Context, x: Value, order: Value) -> Value:
    axes = [int(axis) % x.rank for axis in known(order, "order")] or list(reversed(range(x.rank)))
    return context.build.transpose(x, tuple(axes))


@lowers("Identity")
def identity(context: Context, x: Value) -> Value:
    return x


@lowers("ShapeOf")
def shape_of(context: Context, x: Value, *, output_type: str = "i64") -> Value:
    return constant(np.asarray(x.shape, context.dtypes[0]))


@lowers("Concat")
def concat(context: Context, *values: Value, axis: int) -> Value:
    full = [value for value in values if value.elements]
    return full[0] if len(full) == 1 else context.build("CONCATENATION", *full, axis=axis % values[0].rank)


@lowers("Broadcast")
def broadcast(
    context: Context, x: Value, target: Value, axes: Value | None = None, *, mode: str = "numpy"
) -> Value:
    """Repetition by TILE; numpy and bidirectional align to the right, explicit by the axes operand."""
    out = context.shape
    aligned = [1] * len(out)
    where = list(range(len(out) - x.rank, len(out)))
    if mode.lower() == "explicit" and axes is not None:
        where = [int(axis) for axis in known(axes, "axes mapping")]
    for axis, n in zip(where, x.shape, strict=True):
        aligned[axis] = n
    source = context.build.reshape(x, tuple(aligned))
    return repeated(context, source, out)


def repeated(context: Context, x: Value, shape: tuple[int, ...]) -> Value:
    multiples = [n // have for n, have in zip(shape, x.shape, strict=True)]
    if x.data is not None:
        return constant(np.tile(x.data, multiples))
    return x if all(m == 1 for m in multiples) else context.build("TILE", x, int32(multiples))


@lowers("Tile")
def tile(context: Context, x: Value, repeats: Value) -> Value:
    rank = len(context.shape)
    return repeated(context, context.build.reshape(x, (1,) * (rank - x.rank) + x.shape), context.shape)


@lowers("DepthToSpace")
def depth_to_space(context: Context, x: Value, *, block_size: int, mode: str) -> Value:
    """LiteRT's order is blocks_first; depth_first (PyTorch's PixelShuffle) is the same after a permutation of channels."""
    if x.rank != 4:
        raise NotExpressibleError(f"rank {x.rank} instead of 4")
    b = context.build
    channels, block = x.shape[1], block_size
    if mode == "depth_first":
        order = np.arange(channels).reshape(channels // block**2, block * block).T.reshape(-1)
        x = b("GATHER", x, int32(order), axis=1)
    return context.first(b("DEPTH_TO_SPACE", context.last(x), block_size=block))


@lowers("SpaceToDepth")
def space_to_depth(context: Context, x: Value, *, block_size: int, mode: str) -> Value:
    if x.rank != 4:
        raise NotExpressibleError(f"rank {x.rank} instead of 4")
    b = context.build
    result = context.first(b("SPACE_TO_DEPTH", context.last(x), block_size=block_size))
    if mode != "depth_first":
        return result
    order = np.arange(result.shape[1]).reshape(block_size**2, x.shape[1]).T.reshape(-1)
    return b("GATHER", result, int32(order), axis=1)


@lowers("ShuffleChannels")
def shuffle_channels(context: Context, x: Value, *, axis: int, group: int) -> Value:
    axis %= x.rank
    b = context.build
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    split = b.reshape(x, (*before, group, x.shape[axis] // group, *after))
    order = list(range(split.rank))
    order[axis], order[axis + 1] = axis + 1, axis
    return b.reshape(b.transpose(split, tuple(order)), x.shape)


@lowers("Reverse")
def reverse(context: Context, x: Value, axes: Value, *, mode: str) -> Value:
    numbers = known(axes, "axes").reshape(-1)
    where = np.flatnonzero(numbers) if mode == "mask" else numbers % x.rank
    if len(where) != 1:
        raise NotExpressibleError("LiteRT reverses one axis at a time")
    indices = np.arange(x.shape[int(where[0])])[::-1]
    return context.build("GATHER", x, int32(indices), axis=int(where[0]))
