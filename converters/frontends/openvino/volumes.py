"""Convolutions over three spatial axes: Transpose(NCDHW→NDHWC) · CONV_3D · Transpose(NDHWC→NCDHW)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, int32
from converters.graph import Value, constant


def _options(strides: Sequence[int], dilations: Sequence[int]) -> dict[str, Any]:
    return {
        **{f"stride_{axis}": int(n) for axis, n in zip("dhw", strides, strict=True)},
        **{f"dilation_{axis}_factor": int(n) for axis, n in zip("dhw", dilations, strict=True)},
    }


def convolve_volume(
    context: Context, x: Value, weights: Value, strides: Sequence[int], dilations: Sequence[int], groups: int
) -> Value:
    """x: N C D H W, padded already; weights: O C/groups kd kh kw.

    CONV_3D knows no groups: they are zeros in a dense kernel, which is exact; those of a computed kernel are convolved one by one.
    """
    b = context.build
    outputs, each = weights.shape[:2]
    if groups > 1 and weights.data is None:
        parts = b.many("SPLIT", int32(1), x, num_splits=groups)
        kernels = b.many("SPLIT", int32(0), weights, num_splits=groups)
        results = [
            convolve_volume(context, *pair, strides, dilations, 1)
            for pair in zip(parts, kernels, strict=True)
        ]
        return b("CONCATENATION", *results, axis=1)
    if groups > 1:
        dense = np.zeros((outputs, each * groups, *weights.shape[2:]), weights.dtype)
        rows = outputs // groups
        for g in range(groups):
            dense[g * rows : (g + 1) * rows, g * each : (g + 1) * each] = weights.array[
                g * rows : (g + 1) * rows
            ]
        weights = constant(dense)
    kernel = b.transpose(weights, (2, 3, 4, 1, 0))
    bias = np.zeros(outputs, weights.dtype)
    return context.first(b("CONV_3D", context.last(x), kernel, bias, **_options(strides, dilations)))


def transposed_volume(
    context: Context, x: Value, kernel: Value, strides: Sequence[int], size: Sequence[int]
) -> Value:
    """x: N C D H W, kernel: C O kd kh kw; the full result, `size` being its spatial shape."""
    b = context.build
    shape = int32([x.shape[0], *size, kernel.shape[1]])
    weights = b.transpose(kernel, (2, 3, 4, 1, 0))
    return context.first(
        b("CONV_3D_TRANSPOSE", shape, weights, context.last(x), **_options(strides, (1, 1, 1)))
    )
