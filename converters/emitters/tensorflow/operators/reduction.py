"""Operators that fold axes together or normalise along the last one."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, activated, litert
from converters.emitters.tensorflow.table import Function

L2_EPSILON = 1e-6
"""The smallest norm that LiteRT divides by (kernels/l2norm.cc)."""


def _reduction(name: str, function: Function) -> None:
    @litert(name)
    def reduce(x: Tensor, axes: Tensor, *, keep_dims: bool = False) -> Tensor:
        return function(x, axes, keepdims=keep_dims)


for _name, _function in (
    ("MEAN", tf.reduce_mean),
    ("SUM", tf.reduce_sum),
    ("REDUCE_MAX", tf.reduce_max),
    ("REDUCE_MIN", tf.reduce_min),
    ("REDUCE_PROD", tf.reduce_prod),
    ("REDUCE_ANY", tf.reduce_any),
    ("REDUCE_ALL", tf.reduce_all),
):
    _reduction(_name, _function)


@litert("ARG_MAX")
def arg_max(x: Tensor, axis: Tensor, *, output_type: str = "int32") -> Tensor:
    return tf.raw_ops.ArgMax(input=x, dimension=tf.reshape(axis, ()), output_type=tf.as_dtype(output_type))


@litert("ARG_MIN")
def arg_min(x: Tensor, axis: Tensor, *, output_type: str = "int32") -> Tensor:
    return tf.raw_ops.ArgMin(input=x, dimension=tf.reshape(axis, ()), output_type=tf.as_dtype(output_type))


@litert("SOFTMAX")
def softmax(x: Tensor, *, beta: float = 1.0) -> Tensor:
    return tf.nn.softmax(x if beta == 1.0 else x * beta)


@litert("LOG_SOFTMAX")
def log_softmax(x: Tensor) -> Tensor:
    return tf.nn.log_softmax(x)


@litert("L2_NORMALIZATION")
def l2_normalization(x: Tensor, *, fused_activation_function: str = "NONE") -> Tensor:
    norm = tf.sqrt(tf.reduce_sum(tf.square(x), -1, keepdims=True))
    return activated(x / tf.maximum(norm, L2_EPSILON), fused_activation_function)


@litert("CUMSUM")
def cumsum(x: Tensor, axis: Tensor, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
    return tf.cumsum(x, tf.reshape(axis, ()), exclusive=exclusive, reverse=reverse)
