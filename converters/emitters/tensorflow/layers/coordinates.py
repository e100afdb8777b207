"""Gathers and scatters by coordinates, the largest values, one-hot vectors, normalisation over neighbouring channels."""

import numpy as np
from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, litert, numbers


@litert("GATHER_ND")
def gather_nd(site: Site, x: Tensor | Array, indices: Tensor | Array) -> Tensor:
    """Coordinates become row numbers of `x` with its addressed axes made one."""
    depth = indices.shape[-1]
    lead, rest = x.shape[:depth], x.shape[depth:]
    strides = np.asarray([int(np.prod(lead[i + 1 :])) for i in range(depth)], np.int32)
    rows = ops.sum(ops.multiply(ops.cast(site.tensor(indices), "int32"), strides), axis=-1)
    return ops.take(ops.reshape(site.tensor(x), (int(np.prod(lead)), *rest)), rows, axis=0)


@litert("SCATTER_ND")
def scatter_nd(site: Site, indices: Tensor | Array, updates: Tensor | Array, shape: Array) -> Tensor:
    sizes = tuple(numbers(shape, "the shape of SCATTER_ND"))
    return ops.scatter(site.tensor(indices), site.tensor(updates), sizes)


@litert("TOPK_V2")
def topk_v2(site: Site, x: Tensor, k: Array) -> list[Tensor]:
    values, indices = ops.top_k(x, numbers(k, "k of TOPK_V2")[0], sorted=True)
    return [values, ops.cast(indices, "int32")]


@litert("ONE_HOT")
def one_hot(site: Site, indices: Tensor, depth: Array, on: Array, off: Array, *, axis: int = -1) -> Tensor:
    """off + hot · (on - off)."""
    high, low = (np.asarray(value).reshape(-1)[0] for value in (on, off))
    hot = ops.one_hot(indices, numbers(depth, "the depth of ONE_HOT")[0], axis=axis, dtype="int32")
    return ops.where(ops.equal(hot, 1), high, low)


@litert("LOCAL_RESPONSE_NORMALIZATION")
def local_response_normalization(
    site: Site, x: Tensor, *, radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Tensor:
    """The window's sum of squares as a product with a band of ones over the channels."""
    channels = np.arange(x.shape[-1])
    band = (np.abs(channels[:, None] - channels) <= radius).astype(np.float32)
    total = ops.matmul(ops.square(x), site.tensor(band))
    return ops.divide(x, ops.power(ops.add(ops.multiply(total, alpha), bias), beta))
