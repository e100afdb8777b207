"""Convolutions and pooling: channels last by definition, so no permutation passes through them."""

from converters.graph import Value
from converters.ops.spec import Inferred, op


def window(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """Output size of a sliding window (TensorFlow's SAME and VALID rules). Raises ValueError where none fits."""
    if size < 0:
        return -1
    extent = (kernel - 1) * dilation + 1
    result = -(-size // stride) if padding == "SAME" else -(-(size - extent + 1) // stride)
    if result <= 0:
        raise ValueError(f"a window of {extent} does not fit into {size}")
    return result


@op("CONV_2D", options="Conv2DOptions")
def conv_2d(
    x: Value,
    weights: Value,
    bias: Value | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
    quantized_bias_type: str = "FLOAT32",
) -> Inferred:
    """x: N H W C, weights: O kh kw C/groups, bias: O."""
    n, h, w, channels = x.shape
    out, kernel_h, kernel_w, group = weights.shape
    if channels % group:
        raise ValueError(f"{channels} channels for weights of {group} a group")
    height = window(h, kernel_h, stride_h, dilation_h_factor, padding)
    width = window(w, kernel_w, stride_w, dilation_w_factor, padding)
    return [((n, height, width, out), x.dtype)]


@op("DEPTHWISE_CONV_2D", options="DepthwiseConv2DOptions")
def depthwise_conv_2d(
    x: Value,
    weights: Value,
    bias: Value | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    depth_multiplier: int = 1,
    fused_activation_function: str = "NONE",
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> Inferred:
    """x: N H W C, weights: 1 kh kw C*multiplier, bias: C*multiplier."""
    n, h, w, channels = x.shape
    _, kernel_h, kernel_w, out = weights.shape
    if channels * depth_multiplier != out:
        raise ValueError(f"{channels} channels times {depth_multiplier} for weights of {out}")
    height = window(h, kernel_h, stride_h, dilation_h_factor, padding)
    width = window(w, kernel_w, stride_w, dilation_w_factor, padding)
    return [((n, height, width, out), x.dtype)]


@op("CONV_3D", options="Conv3DOptions")
def conv_3d(
    x: Value,
    weights: Value,
    bias: Value | None = None,
    *,
    padding: str = "VALID",
    stride_d: int = 1,
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_d_factor: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Inferred:
    """x: N D H W C, weights: kd kh kw C O, bias: O. There are no groups."""
    n, *size, channels = x.shape
    *kernel, depth, out = weights.shape
    if channels != depth:
        raise ValueError(f"{channels} channels for weights of {depth}")
    strides = (stride_d, stride_h, stride_w)
    dilations = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    windows = zip(size, kernel, strides, dilations, strict=True)
    return [((n, *(window(*sizes, padding) for sizes in windows), out), x.dtype)]


@op("CONV_3D_TRANSPOSE", options="Conv3DOptions", parameters=(0,))
def conv_3d_transpose(
    output_shape: Value,
    weights: Value,
    x: Value,
    bias: Value | None = None,
    *,
    padding: str = "VALID",
    stride_d: int = 1,
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_d_factor: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Inferred:
    """x: N D H W C, weights: kd kh kw O C; the output's shape is an operand."""
    if output_shape.data is None:
        return [((-1, -1, -1, -1, weights.shape[3]), x.dtype)]
    return [(tuple(int(n) for n in output_shape.data), x.dtype)]


@op("TRANSPOSE_CONV", options="TransposeConvOptions", parameters=(0,))
def transpose_conv(
    output_shape: Value,
    weights: Value,
    x: Value,
    bias: Value | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    fused_activation_function: str = "NONE",
    quantized_bias_type: str = "FLOAT32",
) -> Inferred:
    """x: N H W C, weights: O kh kw C; the output's shape is an operand."""
    if output_shape.data is None:
        return [((-1, -1, -1, weights.shape[0]), x.dtype)]
    return [(tuple(int(n) for n in output_shape.data), x.dtype)]


def _pool(
    x: Value,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    filter_width: int = 1,
    filter_height: int = 1,
    fused_activation_function: str = "NONE",
) -> Inferred:
    n, h, w, channels = x.shape
    height = window(h, filter_height, stride_h, 1, padding)
    return [((n, height, window(w, filter_width, stride_w, 1, padding), channels), x.dtype)]


for _name in ("MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D"):
    op(_name, options="Pool2DOptions")(_pool)


@op("DEPTH_TO_SPACE", options="DepthToSpaceOptions")
def depth_to_space(x: Value, *, block_size: int) -> Inferred:
    n, h, w, channels = x.shape
    return [((n, h * block_size, w * block_size, channels // block_size**2), x.dtype)]


@op("SPACE_TO_DEPTH", options="SpaceToDepthOptions")
def space_to_depth(x: Value, *, block_size: int) -> Inferred:
    n, h, w, channels = x.shape
    return [((n, h // block_size, w // block_size, channels * block_size**2), x.dtype)]
