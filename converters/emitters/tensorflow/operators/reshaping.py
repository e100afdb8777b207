"""Operators that only rename axes."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, litert


@litert("RESHAPE")
def reshape(x: Tensor, shape: Tensor | None = None, *, new_shape: tuple[int, ...] | None = None) -> Tensor:
    return tf.reshape(x, new_shape if shape is None else shape)


@litert("TRANSPOSE")
def transpose(x: Tensor, permutation: Tensor) -> Tensor:
    return tf.transpose(x, permutation)
