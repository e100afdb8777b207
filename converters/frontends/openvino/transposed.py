"""Transposed convolutions: the full result by TRANSPOSE_CONV or CONV_3D_TRANSPOSE, cut or padded to the size asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, lowers
from converters.frontends.openvino.volumes import transposed_volume
from converters.graph import Value, constant


def _dilated(context: Context, kernel: Value, dilations: Sequence[int]) -> Value:
    """The kernel (two axes, then the spatial ones) with dilation written out as zeros: LiteRT's operators have none."""
    b = context.build
    for axis, d in enumerate(dilations, 2):
        if d == 1:
            continue
        shape = kernel.shape
        outer, size, inner = int(np.prod(shape[:axis])), shape[axis], int(np.prod(shape[axis + 1 :]))
        reach = (size - 1) * d + 1
        if kernel.data is not None:
            spread = np.zeros((outer, reach, inner), kernel.dtype)
            spread[:, ::d] = kernel.data.reshape(outer, size, inner)
            kernel = constant(spread.reshape(*shape[:axis], reach, *shape[axis + 1 :]))
            continue
        apart = b(
            "PAD", b.reshape(kernel, (outer, size, 1, inner)), int32([(0, 0), (0, 0), (0, d - 1), (0, 0)])
        )
        flat = b(
            "SLICE", b.reshape(apart, (outer, size * d, inner)), int32([0] * 3), int32([outer, reach, inner])
        )
        kernel = b.reshape(flat, (*shape[:axis], reach, *shape[axis + 1 :]))
    return kernel


def transposed_convolve(
    context: Context,
    x: Value,
    kernel: Value,
    strides: Sequence[int],
    begin: Sequence[int],
    size: Sequence[int],
) -> Value:
    """x: N C spatial…, kernel: C O spatial… (two or three spatial axes); the full result's part of `size` from `begin`.

    What lies beyond the full result is zero.
    """
    b = context.build
    full = [(n - 1) * s + k for n, s, k in zip(x.shape[2:], strides, kernel.shape[2:], strict=True)]
    ends = [first + n for first, n in zip(begin, size, strict=True)]
    # An output padding below the stride is within what LiteRT's own size rule allows.
    reach = [max(f, min(e, f + s - 1)) for f, e, s in zip(full, ends, strides, strict=True)]
    if x.rank == 5:
        result = transposed_volume(context, x, kernel, strides, full)
        reach = full
    else:
        shape = int32([x.shape[0], *reach, kernel.shape[1]])
        weights = b.transpose(kernel, (1, 2, 3, 0))
        options: dict[str, Any] = {"stride_h": int(strides[0]), "stride_w": int(strides[1])}
        result = context.first(b("TRANSPOSE_CONV", shape, weights, context.last(x), **options))
    if any(e > r for e, r in zip(ends, reach, strict=True)):
        pads = [(0, max(e - r, 0)) for e, r in zip(ends, reach, strict=True)]
        result = b("PAD", result, int32([(0, 0), (0, 0), *pads]))
    if result.shape[2:] == tuple(size) and not any(begin):
        return result
    return b("SLICE", result, int32([0, 0, *begin]), int32([*result.shape[:2], *size]))


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
    if x.rank not in (3, 4, 5):
        raise NotExpressibleError(f"LiteRT has no transposed convolution over {x.rank - 2} spatial axes")
    kernel = _dilated(context, weights, dilations)
    if x.rank > 3:
        return transposed_convolve(context, x, kernel, strides, pads_begin, context.shape[2:])
    b = context.build
    image = b.reshape(x, (*x.shape[:2], 1, x.shape[2]))
    row = b.reshape(kernel, (*kernel.shape[:2], 1, kernel.shape[2]))
    result = transposed_convolve(context, image, row, (1, *strides), (0, *pads_begin), (1, context.shape[2]))
    return b.reshape(result, context.shape)


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
    """weights: groups C/groups O/groups spatial….

    One dense kernel with zeros between the groups, which is exact; joined at run time where the kernel is computed.
    """

    def transposed(kernel: Value) -> Value:
        return convolution_transposed(
            context,
            x,
            kernel,
            output_shape,
            strides=strides,
            dilations=dilations,
            pads_begin=pads_begin,
            pads_end=pads_end,
            auto_pad=auto_pad,
            output_padding=output_padding,
        )

    b = context.build
    groups, inputs, outputs, *size = weights.shape
    if groups == 1:
        return transposed(b.reshape(weights, (inputs, outputs, *size)))
    if weights.data is not None:
        dense = np.zeros((groups * inputs, groups * outputs, *size), weights.dtype)
        for g in range(groups):
            dense[g * inputs : (g + 1) * inputs, g * outputs : (g + 1) * outputs] = weights.data[g]
        return transposed(constant(dense))
    own = np.eye(groups, dtype=weights.dtype).reshape(groups, 1, groups, 1)
    spread = b("MUL", b.reshape(weights, (groups, inputs, 1, outputs * int(np.prod(size)))), own)
    return transposed(b.reshape(spread, (groups * inputs, groups * outputs, *size)))
