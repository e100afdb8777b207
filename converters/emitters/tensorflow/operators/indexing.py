"""Operators that choose elements: slices, gathers, pads, tiles."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, activated, litert


@litert("PAD")
def pad(x: Tensor, paddings: Tensor) -> Tensor:
    return tf.raw_ops.Pad(input=x, paddings=paddings)


@litert("PADV2")
def pad_v2(x: Tensor, paddings: Tensor, fill: Tensor) -> Tensor:
    return tf.raw_ops.PadV2(input=x, paddings=paddings, constant_values=tf.reshape(fill, ()))


@litert("MIRROR_PAD")
def mirror_pad(x: Tensor, paddings: Tensor, *, mode: str = "REFLECT") -> Tensor:
    return tf.raw_ops.MirrorPad(input=x, paddings=paddings, mode=mode)


@litert("SLICE")
def slice_(x: Tensor, begin: Tensor, size: Tensor) -> Tensor:
    return tf.slice(x, begin, size)


@litert("TILE")
def tile(x: Tensor, multiples: Tensor) -> Tensor:
    return tf.tile(x, multiples)


@litert("STRIDED_SLICE")
def strided_slice(
    x: Tensor,
    begin: Tensor,
    end: Tensor,
    strides: Tensor,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    offset: bool = False,
) -> Tensor:
    """`offset` counts `end` from `begin`."""
    return tf.raw_ops.StridedSlice(
        input=x,
        begin=begin,
        end=begin + end if offset else end,
        strides=strides,
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
    )


@litert("GATHER")
def gather(x: Tensor, indices: Tensor, *, axis: int = 0, batch_dims: int = 0) -> Tensor:
    return tf.raw_ops.GatherV2(params=x, indices=indices, axis=axis, batch_dims=batch_dims)


@litert("CONCATENATION")
def concatenation(*values: Tensor, axis: int = 0, fused_activation_function: str = "NONE") -> Tensor:
    return activated(tf.concat(values, axis), fused_activation_function)


@litert("SPLIT")
def split(axis: Tensor, x: Tensor, *, num_splits: int) -> list[Tensor]:
    return list(tf.raw_ops.Split(axis=tf.reshape(axis, ()), value=x, num_split=num_splits))


@litert("SPLIT_V")
def split_v(x: Tensor, sizes: Tensor, axis: Tensor, *, num_splits: int) -> list[Tensor]:
    return list(
        tf.raw_ops.SplitV(value=x, size_splits=sizes, axis=tf.reshape(axis, ()), num_split=num_splits)
    )


@litert("PACK")
def pack(*values: Tensor, axis: int = 0) -> Tensor:
    return tf.stack(values, axis)


@litert("UNPACK")
def unpack(x: Tensor, *, num: int, axis: int = 0) -> list[Tensor]:
    return list(tf.unstack(x, num, axis))


@litert("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(x: Tensor, update: Tensor, start: Tensor) -> Tensor:
    """What would reach beyond x is shifted to lie within it, as LiteRT has it."""
    partial = [i for i, (n, part) in enumerate(zip(x.shape, update.shape, strict=True)) if n != part]
    if not partial:
        return tf.identity(update)
    count = partial[-1] + 1  # the axes behind are replaced whole
    room, part = tf.shape(x, start.dtype), tf.shape(update, start.dtype)
    first = tf.clip_by_value(start, 0, room - part)
    coordinates = tf.meshgrid(*(tf.range(part[i]) + first[i] for i in range(count)), indexing="ij")
    return tf.tensor_scatter_nd_update(x, tf.stack(coordinates, -1), update)
