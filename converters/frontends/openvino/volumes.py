"""Convolutions over three spatial axes: Transpose(NCDHW→NDHWC) · CONV_3D · Transpose(NDHWC→NCDHW)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.lowering import Context
from converters.graph import Value, constant


def convolve_volume(
    context: Context,
    x: Value,
    weights: npt.NDArray[np.float32],
    strides: Sequence[int],
    dilations: Sequence[int],
    groups: int,
) -> Value:
    """x: N C D H W, padded already; weights: O C/groups kd kh kw.

    CONV_3D knows no groups: they are zeros in a dense kernel, which is exact.
    """
    outputs, each = weights.shape[:2]
    if groups > 1:
        dense = np.zeros((outputs, each * groups, *weights.shape[2:]), weights.dtype)
        rows = outputs // groups
        for g in range(groups):
            dense[g * rows : (g + 1) * rows, g * each : (g + 1) * each] = weights[g * rows : (g + 1) * rows]
        weights = dense
    kernel = constant(np.ascontiguousarray(weights.transpose(2, 3, 4, 1, 0)))
    options: dict[str, Any] = {
        **{f"stride_{axis}": int(n) for axis, n in zip("dhw", strides, strict=True)},
        **{f"dilation_{axis}_factor": int(n) for axis, n in zip("dhw", dilations, strict=True)},
    }
    bias = np.zeros(outputs, weights.dtype)
    return context.first(context.build("CONV_3D", context.last(x), kernel, bias, **options))
