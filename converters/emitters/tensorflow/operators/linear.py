"""Matrix products."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, activated, biased, litert
from registry.errors import ConversionError


@litert("FULLY_CONNECTED", weights={1: (1, 0)})
def fully_connected(
    x: Tensor,
    weights: Tensor,
    bias: Tensor | None = None,
    *,
    fused_activation_function: str = "NONE",
    weights_format: str = "DEFAULT",
    keep_num_dims: bool = False,
) -> Tensor:
    """weights: K N. Without `keep_num_dims` the operand is flattened to rows of K."""
    if weights_format != "DEFAULT":
        raise ConversionError(f"FULLY_CONNECTED weights in the format {weights_format} cannot be read")
    depth, units = weights.shape
    rows = x if len(x.shape) == 2 and x.shape[1] == depth else tf.reshape(x, (-1, depth))
    y = activated(biased(tf.matmul(rows, weights), bias), fused_activation_function)
    if keep_num_dims and len(x.shape) != 2:
        y = tf.reshape(y, (*(-1 if n is None else n for n in x.shape[:-1]), units))
    return y


@litert("BATCH_MATMUL")
def batch_matmul(x: Tensor, y: Tensor, *, adj_x: bool = False, adj_y: bool = False) -> Tensor:
    return tf.raw_ops.BatchMatMulV2(x=x, y=y, adj_x=adj_x, adj_y=adj_y)
