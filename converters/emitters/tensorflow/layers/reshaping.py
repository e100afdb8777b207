"""Operators that only rename axes."""

import math

from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, is_constant, litert, numbers


def reshaped(site: Site, x: Tensor, target: tuple[int, ...]) -> Tensor:
    """`x` as `target` (at most one -1): the layer where it keeps the batch, the operation elsewhere."""
    if len(target) > 1 and len(x.shape) and _keeps_batch(x.shape, target):
        return site.layer("Reshape", x, target_shape=target[1:])
    return ops.reshape(x, target)


def _keeps_batch(shape: tuple[int | None, ...], target: tuple[int, ...]) -> bool:
    if -1 in target[1:]:
        return shape[0] == target[0]
    rest = [n for n in shape[1:] if n is not None]
    same = len(rest) == len(shape) - 1 and math.prod(rest) == math.prod(target[1:])
    return same and (target[0] in (shape[0], -1))


@litert("RESHAPE")
def reshape(
    site: Site, x: Tensor, shape: Tensor | Array | None = None, *, new_shape: tuple[int, ...] | None = None
) -> Tensor:
    if shape is None and new_shape is not None:
        return reshaped(site, x, tuple(new_shape))
    target = numbers(shape, "a shape") if is_constant(shape) else site.shape
    return reshaped(site, x, tuple(target))


@litert("TRANSPOSE")
def transpose(site: Site, x: Tensor, permutation: Array) -> Tensor:
    order = tuple(numbers(permutation, "a permutation"))
    if len(order) > 1 and order[0] == 0:
        return site.layer("Permute", x, dims=order[1:])
    return ops.transpose(x, order)
