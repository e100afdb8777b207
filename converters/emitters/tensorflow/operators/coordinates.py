"""Gathers and scatters by coordinates, the largest values, one-hot vectors, normalisation over neighbouring channels."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, litert


@litert("GATHER_ND")
def gather_nd(x: Tensor, indices: Tensor) -> Tensor:
    return tf.raw_ops.GatherNd(params=x, indices=indices)


@litert("SCATTER_ND")
def scatter_nd(indices: Tensor, updates: Tensor, shape: Tensor) -> Tensor:
    return tf.raw_ops.ScatterNd(indices=indices, updates=updates, shape=shape)


@litert("TOPK_V2")
def topk_v2(x: Tensor, k: Tensor) -> list[Tensor]:
    return list(tf.raw_ops.TopKV2(input=x, k=tf.reshape(k, ()), sorted=True))


@litert("ONE_HOT")
def one_hot(indices: Tensor, depth: Tensor, on: Tensor, off: Tensor, *, axis: int = -1) -> Tensor:
    scalars = (tf.reshape(value, ()) for value in (depth, on, off))
    return tf.one_hot(indices, *scalars, axis=axis)


@litert("LOCAL_RESPONSE_NORMALIZATION")
def local_response_normalization(
    x: Tensor, *, radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Tensor:
    return tf.raw_ops.LRN(input=x, depth_radius=radius, bias=bias, alpha=alpha, beta=beta)
