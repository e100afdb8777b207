"""What works on N D H W C volumes."""

from typing import Any

from keras import ops

from converters.emitters.tensorflow.layers.convolution import cut
from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, is_constant, litert, numbers
from converters.emitters.tensorflow.windows import same_padding
from registry.errors import ConversionError


@litert("CONV_3D")
def conv_3d(
    site: Site,
    x: Tensor,
    weights: Tensor | Array,
    bias: Tensor | Array | None = None,
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
    """weights: kd kh kw C O. Keras has no stride beside a dilation: there the strided places are kept of all."""
    x = site.symbolic(x)
    kernel = tuple(weights.shape[:3])
    strides = (stride_d, stride_h, stride_w)
    dilations = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    if padding == "SAME":
        windows = zip(x.shape[1:4], kernel, strides, dilations, strict=True)
        x = ops.pad(x, ((0, 0), *(same_padding(*window) for window in windows), (0, 0)))
    apart = strides != (1, 1, 1) and dilations != (1, 1, 1)
    step = (1, 1, 1) if apart else strides
    if is_constant(weights):
        given: list[Any] = [weights, bias] if is_constant(bias) else [weights]
        shape = {
            "filters": weights.shape[4],
            "kernel_size": kernel,
            "strides": step,
            "dilation_rate": dilations,
        }
        y = site.layer("Conv3D", x, given, use_bias=len(given) == 2, data_format="channels_last", **shape)
        if bias is not None and len(given) == 1:
            y = ops.add(y, bias)
    else:
        y = ops.conv(x, weights, strides=step, dilation_rate=dilations, data_format="channels_last")
        y = y if bias is None else ops.add(y, site.tensor(bias))
    if apart:
        every = slice(None)
        y = y[(every, *(slice(None, None, n) for n in strides), every)]
    return site.activated(y, fused_activation_function)


@litert("CONV_3D_TRANSPOSE")
def conv_3d_transpose(
    site: Site,
    output_shape: Array,
    weights: Array,
    x: Tensor,
    bias: Tensor | Array | None = None,
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
    """weights: kd kh kw O C. Every place that a voxel reaches is written, and the result is cut to size."""
    dilations = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    if not is_constant(weights) or dilations != (1, 1, 1):
        raise ConversionError(
            "CONV_3D_TRANSPOSE with dilation, or with weights computed at run time, cannot be written for Keras"
        )
    x = site.symbolic(x)
    y = site.layer(
        "Conv3DTranspose",
        x,
        [weights],
        use_bias=False,
        padding="valid",
        output_padding=(0, 0, 0),
        filters=weights.shape[3],
        kernel_size=tuple(weights.shape[:3]),
        strides=(stride_d, stride_h, stride_w),
        data_format="channels_last",
    )
    for axis, size in enumerate(numbers(output_shape, "the output shape of CONV_3D_TRANSPOSE")[1:4], 1):
        y = cut(y, axis, size, padding)
    y = y if bias is None else ops.add(y, site.tensor(bias))
    return site.activated(y, fused_activation_function)
