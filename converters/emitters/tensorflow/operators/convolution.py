"""Convolutions, pooling and what else works on N H W C images."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, activated, biased, litert
from converters.emitters.tensorflow.windows import same_padding


@litert("CONV_2D", weights={1: (1, 2, 3, 0)})
def conv_2d(
    x: Tensor,
    weights: Tensor,
    bias: Tensor | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """weights: kh kw C/groups O."""
    strides, dilations = [stride_h, stride_w], [dilation_h_factor, dilation_w_factor]
    y = tf.nn.conv2d(x, weights, strides, padding, dilations=dilations)
    return activated(biased(y, bias), fused_activation_function)


@litert("DEPTHWISE_CONV_2D", weights={1: (1, 2, 3, 0)})
def depthwise_conv_2d(
    x: Tensor,
    weights: Tensor,
    bias: Tensor | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    depth_multiplier: int = 1,
    fused_activation_function: str = "NONE",
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> Tensor:
    """weights: kh kw C*multiplier 1. TensorFlow's kernel has one stride for both axes and none beside a dilation: there every
    place is computed and the strided ones are kept."""
    kernel_h, kernel_w, out, _ = weights.shape
    if out != x.shape[3]:
        weights = tf.reshape(weights, (kernel_h, kernel_w, x.shape[3], out // x.shape[3]))
    dilations = [dilation_h_factor, dilation_w_factor]
    if stride_h == stride_w and (stride_h == 1 or dilations == [1, 1]):
        strides = [1, stride_h, stride_w, 1]
        y = tf.nn.depthwise_conv2d(x, weights, strides, padding, dilations=dilations)
    else:
        if padding == "SAME":
            rows = same_padding(x.shape[1], kernel_h, stride_h, dilation_h_factor)
            columns = same_padding(x.shape[2], kernel_w, stride_w, dilation_w_factor)
            x = tf.pad(x, [[0, 0], rows, columns, [0, 0]])
        y = tf.nn.depthwise_conv2d(x, weights, [1, 1, 1, 1], "VALID", dilations=dilations)
        y = y[:, ::stride_h, ::stride_w, :]
    return activated(biased(y, bias), fused_activation_function)


@litert("TRANSPOSE_CONV", weights={1: (1, 2, 0, 3)})
def transpose_conv(
    output_shape: Tensor,
    weights: Tensor,
    x: Tensor,
    bias: Tensor | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """weights: kh kw O C."""
    y = tf.nn.conv2d_transpose(x, weights, output_shape, [stride_h, stride_w], padding)
    return activated(biased(y, bias), fused_activation_function)


@litert("MAX_POOL_2D")
def max_pool_2d(
    x: Tensor,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    filter_width: int = 1,
    filter_height: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    y = tf.nn.max_pool2d(x, [filter_height, filter_width], [stride_h, stride_w], padding)
    return activated(y, fused_activation_function)


@litert("AVERAGE_POOL_2D")
def average_pool_2d(
    x: Tensor,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    filter_width: int = 1,
    filter_height: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """Both runtimes count only what lies inside the image."""
    y = tf.nn.avg_pool2d(x, [filter_height, filter_width], [stride_h, stride_w], padding)
    return activated(y, fused_activation_function)


@litert("L2_POOL_2D")
def l2_pool_2d(
    x: Tensor,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    filter_width: int = 1,
    filter_height: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """The square root of the mean square."""
    y = tf.nn.avg_pool2d(tf.square(x), [filter_height, filter_width], [stride_h, stride_w], padding)
    return activated(tf.sqrt(y), fused_activation_function)


@litert("DEPTH_TO_SPACE")
def depth_to_space(x: Tensor, *, block_size: int) -> Tensor:
    return tf.nn.depth_to_space(x, block_size)


@litert("SPACE_TO_DEPTH")
def space_to_depth(x: Tensor, *, block_size: int) -> Tensor:
    return tf.nn.space_to_depth(x, block_size)


@litert("RESIZE_BILINEAR")
def resize_bilinear(
    x: Tensor, size: Tensor, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    return tf.raw_ops.ResizeBilinear(
        images=x, size=size, align_corners=align_corners, half_pixel_centers=half_pixel_centers
    )


@litert("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest_neighbor(
    x: Tensor, size: Tensor, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    return tf.raw_ops.ResizeNearestNeighbor(
        images=x, size=size, align_corners=align_corners, half_pixel_centers=half_pixel_centers
    )
