"""What works on N D H W C volumes."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, activated, biased, litert
from converters.emitters.tensorflow.windows import same_padding


@litert("CONV_3D")
def conv_3d(
    x: Tensor,
    weights: Tensor,
    bias: Tensor | None = None,
    *,
    padding: str = "VALID",
    stride_d: int = 1,
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_d_factor: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """weights: kd kh kw C O. TensorFlow's CPU kernel knows no dilation: it is written out as zeros in the kernel."""
    strides = (stride_d, stride_h, stride_w)
    dilations = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    if padding == "SAME":
        windows = zip(x.shape[1:4], weights.shape[:3], strides, dilations, strict=True)
        x = tf.pad(x, [[0, 0], *(same_padding(*window) for window in windows), [0, 0]])
    for axis, dilation in enumerate(dilations):
        weights = _spread(weights, axis, dilation)
    y = tf.nn.conv3d(x, weights, [1, *strides, 1], "VALID")
    return activated(biased(y, bias), fused_activation_function)


@litert("CONV_3D_TRANSPOSE")
def conv_3d_transpose(
    output_shape: Tensor,
    weights: Tensor,
    x: Tensor,
    bias: Tensor | None = None,
    *,
    padding: str = "VALID",
    stride_d: int = 1,
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_d_factor: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """weights: kd kh kw O C."""
    for axis, dilation in enumerate((dilation_d_factor, dilation_h_factor, dilation_w_factor)):
        weights = _spread(weights, axis, dilation)
    y = tf.nn.conv3d_transpose(x, weights, output_shape, [1, stride_d, stride_h, stride_w, 1], padding)
    return activated(biased(y, bias), fused_activation_function)


def _spread(weights: Tensor, axis: int, dilation: int) -> Tensor:
    """`weights` with dilation - 1 zeros between neighbours along an axis."""
    if dilation == 1:
        return weights
    size = weights.shape[axis]
    shape = list(weights.shape)
    apart = tf.expand_dims(weights, axis + 1)
    pads = [[0, 0]] * len(apart.shape)
    pads[axis + 1] = [0, dilation - 1]
    shape[axis] = size * dilation
    spread = tf.reshape(tf.pad(apart, pads), shape)
    kept = [slice(None)] * len(shape)
    kept[axis] = slice(0, (size - 1) * dilation + 1)
    return spread[tuple(kept)]
