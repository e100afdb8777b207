"""Convolutions: Transpose(NCHW→NHWC) · CONV_2D · Transpose(NHWC→NCHW), padding as an explicit PAD that later passes fold."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, lowers
from converters.frontends.openvino.volumes import convolve_volume
from converters.graph import Value


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


def convolve(
    context: Context,
    x: Value,
    weights: Value,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[tuple[int, int]],
    groups: int,
) -> Value:
    """x: N C H W, weights: O C/groups kh kw, constant or computed at run time."""
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
        flat = b.reshape(weights, (1, outputs, *weights.shape[2:]))
        kernel = b.transpose(flat, (0, 2, 3, 1))
        multiplier = outputs // channels
        return context.first(
            b("DEPTHWISE_CONV_2D", image, kernel, bias, depth_multiplier=multiplier, **options)
        )
    return context.first(b("CONV_2D", image, b.transpose(weights, (0, 2, 3, 1)), bias, **options))


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
    """weights: O C/groups spatial…."""
    b = context.build
    size = weights.shape[2:]
    pads = explicit_pads(auto_pad, x.shape[2:], size, strides, dilations, pads_begin, pads_end)
    if x.rank == 5:
        return convolve_volume(context, padded(context, x, pads), weights, strides, dilations, groups)
    if x.rank not in (3, 4):
        raise NotExpressibleError(f"LiteRT has no convolution over {x.rank - 2} spatial axes")
    if x.rank == 4:
        return convolve(context, x, weights, strides, dilations, pads, groups)
    row = b.reshape(weights, (*weights.shape[:2], 1, *size))
    image = b.reshape(x, (*x.shape[:2], 1, x.shape[2]))
    result = convolve(context, image, row, (1, *strides), (1, *dilations), [(0, 0), *pads], groups)
    return b.reshape(result, context.shape)


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
    groups, outputs, *rest = weights.shape
    return convolution(
        context,
        x,
        context.build.reshape(weights, (groups * outputs, *rest)),
        strides=strides,
        dilations=dilations,
        pads_begin=pads_begin,
        pads_end=pads_end,
        auto_pad=auto_pad,
        groups=groups,
    )
