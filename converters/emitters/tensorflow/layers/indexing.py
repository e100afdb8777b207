"""Operators that choose elements: slices, gathers, pads, tiles."""

from itertools import accumulate

import numpy as np
from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, is_constant, litert, numbers


def _pairs(paddings: Tensor | Array, name: str) -> tuple[tuple[int, int], ...]:
    flat = numbers(paddings, f"the paddings of {name}")
    return tuple(zip(flat[::2], flat[1::2], strict=True))


@litert("PAD")
def pad(site: Site, x: Tensor, paddings: Array) -> Tensor:
    """ZeroPadding2D for images, the operation elsewhere."""
    pairs = _pairs(paddings, "PAD")
    if len(pairs) == 4 and pairs[0] == pairs[3] == (0, 0):
        return site.layer("ZeroPadding2D", x, padding=pairs[1:3], data_format="channels_last")
    return ops.pad(x, pairs)


@litert("PADV2")
def pad_v2(site: Site, x: Tensor, paddings: Array, fill: Tensor | Array) -> Tensor:
    """A fill computed at run time takes the places where a padded mask is false."""
    pairs = _pairs(paddings, "PADV2")
    if isinstance(fill, np.ndarray):
        return ops.pad(x, pairs, constant_values=fill.reshape(-1)[0].item())
    inside = ops.pad(ops.cast(ops.ones_like(x), "int32"), pairs)
    return ops.where(ops.equal(inside, 1), ops.pad(x, pairs), ops.reshape(fill, ()))


@litert("MIRROR_PAD")
def mirror_pad(site: Site, x: Tensor, paddings: Array, *, mode: str = "REFLECT") -> Tensor:
    return ops.pad(x, _pairs(paddings, "MIRROR_PAD"), mode=mode.lower())


@litert("SLICE")
def slice_(site: Site, x: Tensor, begin: Array, size: Array) -> Tensor:
    starts, sizes = numbers(begin, "the start of SLICE"), numbers(size, "the size of SLICE")
    return x[tuple(slice(b, None if s < 0 else b + s) for b, s in zip(starts, sizes, strict=True))]


@litert("TILE")
def tile(site: Site, x: Tensor, multiples: Array) -> Tensor:
    return ops.tile(x, tuple(numbers(multiples, "the multiples of TILE")))


@litert("STRIDED_SLICE")
def strided_slice(
    site: Site,
    x: Tensor,
    begin: Array,
    end: Array,
    strides: Array,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    offset: bool = False,
) -> Tensor:
    """Slices of the operand's own axes, then a reshape where axes vanish or appear. `offset` counts `end` from `begin`."""
    first = numbers(begin, "the start of STRIDED_SLICE")
    last = numbers(end, "the end of STRIDED_SLICE")
    steps = numbers(strides, "the strides of STRIDED_SLICE")
    last = [b + e for b, e in zip(first, last, strict=True)] if offset else last
    new = sum(1 for i in range(len(first)) if new_axis_mask >> i & 1 and not ellipsis_mask >> i & 1)
    slices: list[slice] = []
    shape: list[int] = []
    for i, step in enumerate(steps):
        if ellipsis_mask >> i & 1:
            taken = len(x.shape) - (len(first) - 1 - new)
            shape += [-1 if n is None else n for n in x.shape[len(slices) : len(slices) + taken]]
            slices += [slice(None)] * taken
        elif new_axis_mask >> i & 1:
            shape.append(1)
        elif shrink_axis_mask >> i & 1:
            slices.append(slice(first[i], first[i] + 1 or None))
        else:
            part = slice(
                None if begin_mask >> i & 1 else first[i], None if end_mask >> i & 1 else last[i], step
            )
            size = x.shape[len(slices)]
            shape.append(-1 if size is None else len(range(size)[part]))
            slices.append(part)
    shape += [-1 if n is None else n for n in x.shape[len(slices) :]]
    chosen = x if all(part == slice(None) for part in slices) else x[tuple(slices)]
    return ops.reshape(chosen, tuple(shape)) if new or shrink_axis_mask else chosen


@litert("GATHER")
def gather(
    site: Site, x: Tensor | Array, indices: Tensor | Array, *, axis: int = 0, batch_dims: int = 0
) -> Tensor:
    """With batch axes: batch and axis become one axis of rows, and the indices count rows."""
    x, indices = site.tensor(x), site.tensor(indices)
    axis %= len(x.shape)
    if not batch_dims:
        return ops.take(x, indices, axis=axis)
    shape, wanted = x.shape, indices.shape[batch_dims:]
    batch = int(np.prod(shape[:batch_dims]))
    outer = int(np.prod(shape[batch_dims:axis]))
    inner = int(np.prod(shape[axis + 1 :]))
    rows = ops.transpose(ops.reshape(x, (batch, outer, shape[axis], inner)), (0, 2, 1, 3))
    rows = ops.reshape(rows, (batch * shape[axis], outer, inner))
    first = (np.arange(batch) * shape[axis]).reshape(-1, 1).astype("int32")
    numbers_of_rows = ops.add(ops.reshape(ops.cast(indices, "int32"), (batch, -1)), first)
    picked = ops.transpose(ops.take(rows, numbers_of_rows, axis=0), (0, 2, 1, 3))
    return ops.reshape(picked, (*shape[:axis], *wanted, *shape[axis + 1 :]))


@litert("CONCATENATION")
def concatenation(
    site: Site, *values: Tensor | Array, axis: int = 0, fused_activation_function: str = "NONE"
) -> Tensor:
    """The layer where all parts are computed and lie side by side within the batch."""
    axis %= len(values[0].shape)
    distinct = len({id(value) for value in values}) == len(values)
    if axis and len(values) > 1 and distinct and not any(map(is_constant, values)):
        y = site.layer("Concatenate", list(values), axis=axis)
    else:
        y = ops.concatenate([site.tensor(value) for value in values], axis=axis)
    return site.activated(y, fused_activation_function)


@litert("SPLIT")
def split(site: Site, axis: Array, x: Tensor, *, num_splits: int) -> list[Tensor]:
    return list(ops.split(x, num_splits, axis=numbers(axis, "the axis of SPLIT")[0]))


@litert("SPLIT_V")
def split_v(site: Site, x: Tensor, sizes: Array, axis: Array, *, num_splits: int) -> list[Tensor]:
    """One size may be -1: what is left."""
    at = numbers(axis, "the axis of SPLIT_V")[0] % len(x.shape)
    parts = numbers(sizes, "the sizes of SPLIT_V")
    if -1 in parts:
        parts[parts.index(-1)] = x.shape[at] - sum(parts) - 1
    return list(ops.split(x, list(accumulate(parts[:-1])), axis=at)) if len(parts) > 1 else [x]


@litert("PACK")
def pack(site: Site, *values: Tensor | Array, axis: int = 0) -> Tensor:
    return ops.stack([site.tensor(value) for value in values], axis=axis)


@litert("UNPACK")
def unpack(site: Site, x: Tensor, *, num: int, axis: int = 0) -> list[Tensor]:
    return list(ops.unstack(x, num, axis=axis))


@litert("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(site: Site, x: Tensor | Array, update: Tensor | Array, start: Array) -> Tensor:
    """What would reach beyond x is shifted to lie within it, as LiteRT has it."""
    x, update = site.symbolic(x), site.symbolic(update)
    room = [n - part for n, part in zip(x.shape, update.shape, strict=True)]
    first = [min(max(n, 0), most) for n, most in zip(numbers(start, "a place"), room, strict=True)]
    return ops.slice_update(x, tuple(first), update)
