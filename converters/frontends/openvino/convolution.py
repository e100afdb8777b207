"""Convolutions: Transpose(NCHW→NHWC) · CONV_2D · Transpose(NHWC→NCHW), padding as an explicit PAD that later passes fold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.frontends.openvino.volumes import convolve_volume
from converters.graph import Value, constant

Kernel = npt.NDArray[np.float32]


def explicit_pads(
    auto_pad: str,
    size: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    begin: Sequence[int],
    end: Sequence[int],
) -> list[tuple[int, int]]:
    """(before, after) of each spatial axis, `auto_pad` resolved."""
    mode = auto_pad.lower()
    if mode == "valid":
        return [(0, 0)] * len(size)
    if mode not in ("same_upper", "same_lower"):
        return list(zip(begin, end, strict=True))
    result = []
    for n, k, s, d in zip(size, kernel, strides, dilations, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        small, large = total // 2, total - total // 2
        result.append((small, large) if mode == "same_upper" else (large, small))
    return result


def padded(context: Context, x: Value, pads: Sequence[tuple[int, int]], fill: float = 0.0) -> Value:
    """N C spatial… with its spatial axes padded (negative pads crop)."""
    if any(p < 0 for pair in pads for p in pair):
        begin = [0, 0, *(max(-before, 0) for before, _ in pads)]
        size = [n - b - max(-after, 0) for n, b, (_, after) in zip(x.shape[2:], begin[2:], pads, strict=True)]
        x = context.build("SLICE", x, int32(begin), int32([*x.shape[:2], *size]))
        pads = [(max(before, 0), max(after, 0)) for before, after in pads]
    if not any(p for pair in pads for p in pair):
        return x
    rows = int32([(0, 0), (0, 0), *pads])
    if fill == 0:
        return context.build("PAD", x, rows)
    return context.build("PADV2", x, rows, np.asarray(fill, x.dtype))


def _flat(context: Context, x: Value) -> tuple[Value, bool]:
    """One-dimensional convolutions run as N C 1 L images."""
    if x.rank != 3:
        return x, False
    return context.build.reshape(x, (x.shape[0], x.shape[1], 1, x.shape[2])), True


def _two(values: Sequence[int], fill: int) -> list[int]:
    return [fill, *values] if len(values) == 1 else list(values)


def convolve(
    context: Context,
    x: Value,
    weights: Kernel,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[tuple[int, int]],
    groups: int,
) -> Value:
    """x: N C H W, weights: O C/groups kh kw."""
    b = context.build
    channels, outputs = x.shape[1], weights.shape[0]
    image = context.last(padded(context, x, pads))
    options: dict[str, Any] = {
        "stride_h": int(strides[0]),
        "stride_w": int(strides[1]),
        "dilation_h_factor": int(dilations[0]),
        "dilation_w_factor": int(dilations[1]),
    }
    bias = np.zeros(outputs, weights.dtype)
    if groups == channels and groups > 1:
        kernel = constant(
            np.ascontiguousarray(weights.reshape(outputs, *weights.shape[2:]).transpose(1, 2, 0)[None])
        )
        multiplier = outputs // channels
        return context.first(
            b("DEPTHWISE_CONV_2D", image, kernel, bias, depth_multiplier=multiplier, **options)
        )
    kernel = constant(np.ascontiguousarray(weights.transpose(0, 2, 3, 1)))
    return context.first(b("CONV_2D", image, kernel, bias, **options))


@lowers("Convolution")
def convolution(
    context: Context,
    x: Value,
    weights: Value,
    *,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    auto_pad: str = "explicit",
    groups: int = 1,
) -> Value:
    kernel = known(weights, "kernel")
    if x.rank == 5:
        pads = explicit_pads(
            auto_pad, x.shape[2:], kernel.shape[2:], strides, dilations, pads_begin, pads_end
        )
        return convolve_volume(context, padded(context, x, pads), kernel, strides, dilations, groups)
    if x.rank not in (3, 4):
        raise NotExpressibleError(f"a convolution over {x.rank - 2} spatial axes is not built yet")
    pads = explicit_pads(auto_pad, x.shape[2:], kernel.shape[2:], strides, dilations, pads_begin, pads_end)
    image, flat = _flat(context, x)
    if flat:
        kernel = kernel[:, :, None]
        pads = [(0, 0), *pads]
    result = convolve(context, image, kernel, _two(strides, 1), _two(dilations, 1), pads, groups)
    return context.build.reshape(result, context.shape) if flat else result


@lowers("GroupConvolution")
def group_convolution(
    context: Context,
    x: Value,
    weights: Value,
    *,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    auto_pad: str = "explicit",
) -> Value:
    """weights: groups O/groups C/groups spatial…."""
    kernel = known(weights, "kernel")
    merged = constant(kernel.reshape(-1, *kernel.shape[2:]))
    return convolution(
        context,
        x,
        merged,
        strides=strides,
        dilations=dilations,
        pads_begin=pads_begin,
        pads_end=pads_end,
        auto_pad=auto_pad,
        groups=kernel.shape[0],
    )


def _dilated(kernel: Kernel, dilations: Sequence[int]) -> Kernel:
    """The kernel with dilation written out as zeros (TRANSPOSE_CONV has none)."""
    if all(d == 1 for d in dilations):
        return kernel
    spatial = [(k - 1) * d + 1 for k, d in zip(kernel.shape[2:], dilations, strict=True)]
    result = np.zeros((*kernel.shape[:2], *spatial), kernel.dtype)
    holes: tuple[Any, ...] = (slice(None), slice(None), *(slice(None, None, d) for d in dilations))
    result[holes] = kernel
    return result


def transposed_convolve(
    context: Context,
    x: Value,
    kernel: Kernel,
    strides: Sequence[int],
    begin: Sequence[int],
    size: Sequence[int],
) -> Value:
    """x: N C H W, kernel: C O kh kw; the full result cropped to `size` from `begin`."""
    full = [(n - 1) * s + k for n, s, k in zip(x.shape[2:], strides, kernel.shape[2:], strict=True)]
    reach = [max(f, b + n) for f, b, n in zip(full, begin, size, strict=True)]
    if any(r - f >= s for r, f, s in zip(reach, full, strides, strict=True)):
        raise NotExpressibleError("its output padding is not smaller than its stride")
    b = context.build
    weights = constant(np.ascontiguousarray(kernel.transpose(1, 2, 3, 0)))
    shape = int32([x.shape[0], *reach, kernel.shape[1]])
    image = b(
        "TRANSPOSE_CONV", shape, weights, context.last(x), stride_h=int(strides[0]), stride_w=int(strides[1])
    )
    result = context.first(image)
    if list(size) == reach and not any(begin):
        return result
    return b("SLICE", result, int32([0, 0, *begin]), int32([x.shape[0], kernel.shape[1], *size]))


@lowers("ConvolutionBackpropData")
def convolution_transposed(
    context: Context,
    x: Value,
    weights: Value,
    output_shape: Value | None = None,
    *,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    auto_pad: str = "explicit",
    output_padding: Sequence[int] = (),
) -> Value:
    """weights: C O spatial…; OpenVINO has resolved `auto_pad` into the pads and the output's shape."""
    if x.rank != 4:
        raise NotExpressibleError(f"a transposed convolution over {x.rank - 2} spatial axes is not built yet")
    kernel = _dilated(known(weights, "kernel"), dilations)
    return transposed_convolve(context, x, kernel, strides, pads_begin, context.shape[2:])


@lowers("GroupConvolutionBackpropData")
def group_convolution_transposed(
    context: Context,
    x: Value,
    weights: Value,
    output_shape: Value | None = None,
    *,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    auto_pad: str = "explicit",
    output_padding: Sequence[int] = (),
) -> Value:
    """weights: groups C/groups O/groups spatial…; one dense kernel with zeros between the groups, which is exact."""
    kernel = known(weights, "kernel")
    groups, inputs, outputs = kernel.shape[:3]
    dense = np.zeros((groups * inputs, groups * outputs, *kernel.shape[3:]), kernel.dtype)
    for g in range(groups):
        dense[g * inputs : (g + 1) * inputs, g * outputs : (g + 1) * outputs] = kernel[g]
    return convolution_transposed(
        context,
        x,
        constant(dense),
        output_shape,
        strides=strides,
        dilations=dilations,
        pads_begin=pads_begin,
        pads_end=pads_end,
        auto_pad=auto_pad,
        output_padding=output_padding,
    )
