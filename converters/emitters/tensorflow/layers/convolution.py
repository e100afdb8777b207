"""Convolutions, pooling and what else works on N H W C images."""

from typing import Any

import numpy as np
from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, is_constant, litert, numbers
from converters.emitters.tensorflow.windows import same_padding
from registry.errors import ConversionError

_FUSED = {"NONE": None, "RELU": "relu", "RELU6": "relu6", "TANH": "tanh"}


def _subsampled(
    x: Tensor,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
    padding: str,
) -> Tensor:
    """`x` with the zeros that SAME stands for, so that a VALID convolution with stride 1 has the strided places among its own."""
    if padding == "VALID":
        return x
    rows = same_padding(x.shape[1], kernel[0], strides[0], dilations[0])
    columns = same_padding(x.shape[2], kernel[1], strides[1], dilations[1])
    return ops.pad(x, ((0, 0), rows, columns, (0, 0)))


def _strided(y: Tensor, strides: tuple[int, int]) -> Tensor:
    everything = slice(None)
    return y[everything, :: strides[0], :: strides[1], everything]


def _convolution(
    site: Site,
    kind: str,
    x: Tensor,
    weights: Tensor | Array,
    bias: Tensor | Array | None,
    kernel: tuple[int, int],
    activation: str,
    **options: Any,
) -> Tensor:
    """A convolution layer with its bias and activation, or the operation where the weights are computed."""
    fused = _FUSED.get(activation) if bias is None or is_constant(bias) else None
    if is_constant(weights):
        given = [weights] if bias is None or not is_constant(bias) else [weights, bias]
        y = site.layer(
            kind,
            x,
            given,
            kernel_size=kernel,
            activation=fused,
            use_bias=len(given) == 2,
            data_format="channels_last",
            **options,
        )
        if bias is not None and len(given) == 1:
            y = ops.add(y, bias)
        return y if fused else site.activated(y, activation)
    shared = {key: options[key] for key in ("strides", "padding", "dilation_rate")}
    function = ops.depthwise_conv if kind == "DepthwiseConv2D" else ops.conv
    y = function(x, weights, data_format="channels_last", **shared)
    return site.activated(y if bias is None else ops.add(y, site.tensor(bias)), activation)


@litert("CONV_2D", weights={1: (1, 2, 3, 0)})
def conv_2d(
    site: Site,
    x: Tensor,
    weights: Tensor | Array,
    bias: Tensor | Array | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """weights: kh kw C/groups O. Keras has no stride beside a dilation: there the strided places are kept of all."""
    x = site.symbolic(x)
    kernel_h, kernel_w, group, out = weights.shape
    kernel, strides = (kernel_h, kernel_w), (stride_h, stride_w)
    dilations = (dilation_h_factor, dilation_w_factor)
    apart = strides != (1, 1) and dilations != (1, 1)
    groups = {"filters": out, "groups": x.shape[3] // group}
    y = _convolution(
        site,
        "Conv2D",
        _subsampled(x, kernel, strides, dilations, padding) if apart else x,
        weights,
        bias,
        kernel,
        fused_activation_function,
        strides=(1, 1) if apart else strides,
        padding="valid" if apart else padding.lower(),
        dilation_rate=dilations,
        **groups,
    )
    return _strided(y, strides) if apart else y


@litert("DEPTHWISE_CONV_2D", weights={1: (1, 2, 3, 0)})
def depthwise_conv_2d(
    site: Site,
    x: Tensor,
    weights: Tensor | Array,
    bias: Tensor | Array | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    depth_multiplier: int = 1,
    fused_activation_function: str = "NONE",
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> Tensor:
    """weights: kh kw C*multiplier 1. Unequal strides, or strides beside a dilation: the strided places are kept of all."""
    x = site.symbolic(x)
    kernel_h, kernel_w, out, _ = weights.shape
    channels = int(x.shape[3])
    weights = ops.reshape(weights, (kernel_h, kernel_w, channels, out // channels))
    weights = np.asarray(weights) if not hasattr(weights, "_keras_history") else weights
    kernel, strides = (kernel_h, kernel_w), (stride_h, stride_w)
    dilations = (dilation_h_factor, dilation_w_factor)
    apart = stride_h != stride_w or (strides != (1, 1) and dilations != (1, 1))
    y = _convolution(
        site,
        "DepthwiseConv2D",
        _subsampled(x, kernel, strides, dilations, padding) if apart else x,
        weights,
        bias,
        kernel,
        fused_activation_function,
        strides=(1, 1) if apart else strides,
        padding="valid" if apart else padding.lower(),
        dilation_rate=dilations,
        depth_multiplier=out // channels,
    )
    return _strided(y, strides) if apart else y


@litert("TRANSPOSE_CONV", weights={1: (1, 2, 0, 3)})
def transpose_conv(
    site: Site,
    output_shape: Array,
    weights: Array,
    x: Tensor,
    bias: Tensor | Array | None = None,
    *,
    padding: str = "VALID",
    stride_w: int = 1,
    stride_h: int = 1,
    fused_activation_function: str = "NONE",
) -> Tensor:
    """weights: kh kw O C. Where no layer gives `output_shape` at once, one writes every place that a pixel reaches, and the
    result is cut to size."""
    if not is_constant(weights):
        raise ConversionError("TRANSPOSE_CONV with weights computed at run time cannot be written for Keras")
    x = site.symbolic(x)
    kernel_h, kernel_w, out, _ = weights.shape
    kernel, strides = (kernel_h, kernel_w), (stride_h, stride_w)
    wanted = numbers(output_shape, "the output shape of TRANSPOSE_CONV")[1:3]
    layer = {"filters": out, "kernel_size": kernel, "strides": strides, "data_format": "channels_last"}
    known = bias is None or is_constant(bias)
    if known and padding == "SAME" and wanted == [x.shape[1] * stride_h, x.shape[2] * stride_w]:
        given = [weights] if bias is None else [weights, bias]
        y = site.layer("Conv2DTranspose", x, given, use_bias=bias is not None, padding="same", **layer)
        return site.activated(y, fused_activation_function)
    whole = {"use_bias": False, "padding": "valid", "output_padding": (0, 0)}
    y = site.layer("Conv2DTranspose", x, [weights], **whole, **layer)
    y = cut(cut(y, 1, wanted[0], padding), 2, wanted[1], padding)
    y = y if bias is None else ops.add(y, site.tensor(bias))
    return site.activated(y, fused_activation_function)


def cut(y: Tensor, axis: int, wanted: int, padding: str) -> Tensor:
    """`wanted` places of `axis`: from the middle for SAME (TensorFlow's rule: the odd one goes at the end), from the start for
    VALID; zeros after the last where there are fewer."""
    reached = y.shape[axis]
    before = max(reached - wanted, 0) // 2 if padding == "SAME" else 0
    if wanted < reached:
        y = y[(slice(None),) * axis + (slice(before, before + wanted),)]
    if wanted > reached:
        y = ops.pad(y, tuple((0, wanted - reached if i == axis else 0) for i in range(len(y.shape))))
    return y


def _pool(kind: str) -> Any:
    def pool(
        site: Site,
        x: Tensor,
        *,
        padding: str = "VALID",
        stride_w: int = 1,
        stride_h: int = 1,
        filter_width: int = 1,
        filter_height: int = 1,
        fused_activation_function: str = "NONE",
    ) -> Tensor:
        squares = kind == "L2"
        y = site.layer(
            "AveragePooling2D" if squares else kind,
            ops.square(x) if squares else x,
            pool_size=(filter_height, filter_width),
            strides=(stride_h, stride_w),
            padding=padding.lower(),
            data_format="channels_last",
        )
        return site.activated(ops.sqrt(y) if squares else y, fused_activation_function)

    return pool


litert("MAX_POOL_2D")(_pool("MaxPooling2D"))
litert("AVERAGE_POOL_2D")(_pool("AveragePooling2D"))
litert("L2_POOL_2D")(_pool("L2"))


@litert("DEPTH_TO_SPACE")
def depth_to_space(site: Site, x: Tensor, *, block_size: int) -> Tensor:
    """Channels are (row in the block, column in the block, channel)."""
    n, h, w, channels = x.shape
    b, depth = block_size, channels // block_size**2
    parts = ops.reshape(x, (-1 if n is None else n, h, w, b, b, depth))
    return ops.reshape(
        ops.transpose(parts, (0, 1, 3, 2, 4, 5)), (-1 if n is None else n, h * b, w * b, depth)
    )


@litert("SPACE_TO_DEPTH")
def space_to_depth(site: Site, x: Tensor, *, block_size: int) -> Tensor:
    n, h, w, channels = x.shape
    b, rows = block_size, -1 if n is None else n
    parts = ops.reshape(x, (rows, h // b, b, w // b, b, channels))
    return ops.reshape(ops.transpose(parts, (0, 1, 3, 2, 4, 5)), (rows, h // b, w // b, b * b * channels))
