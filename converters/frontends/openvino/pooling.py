"""Pooling with every padding, ceil mode and divisor, exactly."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.frontends.openvino.convolution import explicit_pads, padded
from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Value, constant
from converters.passes.pads import same_pads

Pads = list[tuple[int, int]]


def _reach(x: Value, out: Sequence[int], kernel: Sequence[int], strides: Sequence[int], pads: Pads) -> Pads:
    """The pads that the output's size (ceil mode included) makes of the declared ones; what no window reaches is left alone."""
    return [
        (before, max((o - 1) * s + k - n - before, 0))
        for n, o, k, s, (before, _) in zip(x.shape[2:], out, kernel, strides, pads, strict=True)
    ]


def _pool(
    context: Context,
    op: str,
    x: Value,
    kernel: Sequence[int],
    strides: Sequence[int],
    fill: float,
    pads: Pads,
    padding: str = "VALID",
) -> Value:
    if x.dtype != np.float32:
        raise NotExpressibleError(f"LiteRT pools float32 and quantized numbers, not plain {x.dtype}")
    image = context.last(padded(context, x, pads, fill))
    options: dict[str, Any] = {
        "padding": padding,
        "filter_height": int(kernel[0]),
        "filter_width": int(kernel[1]),
        "stride_h": int(strides[0]),
        "stride_w": int(strides[1]),
    }
    return context.first(context.build(op, image, **options))


@lowers("MaxPool")
def max_pool(
    context: Context,
    x: Value,
    *,
    strides: Sequence[int],
    dilations: Sequence[int] = (),
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    kernel: Sequence[int],
    rounding_type: str = "floor",
    auto_pad: str = "explicit",
    index_element_type: str = "i64",
    axis: int = 0,
) -> tuple[Value | None, ...]:
    """Padded with the lowest float; the indices (second result) exist only where nobody reads them."""
    if any(d != 1 for d in dilations):
        raise NotExpressibleError("LiteRT's MAX_POOL_2D has no dilation")
    if x.rank == 3:
        image = context.build.reshape(x, (*x.shape[:2], 1, x.shape[2]))
        out = (1, context.shape[2])
        pads = [(0, 0), *explicit_pads(auto_pad, x.shape[2:], kernel, strides, [1], pads_begin, pads_end)]
        pads = _reach(image, out, (1, *kernel), (1, *strides), pads)
        pooled = _pool(
            context, "MAX_POOL_2D", image, (1, *kernel), (1, *strides), float(np.finfo(np.float32).min), pads
        )
        return _with_indices(context, context.build.reshape(pooled, context.shape))
    if x.rank != 4:
        raise NotExpressibleError(f"pooling over {x.rank - 2} spatial axes is not built yet")
    pads = explicit_pads(auto_pad, x.shape[2:], kernel, strides, [1] * len(kernel), pads_begin, pads_end)
    pads = _reach(x, context.shape[2:], kernel, strides, pads)
    lowest = float(np.finfo(np.float32).min)
    return _with_indices(context, _pool(context, "MAX_POOL_2D", x, kernel, strides, lowest, pads))


def _with_indices(context: Context, pooled: Value) -> tuple[Value | None, ...]:
    """The second result, where OpenVINO has one, is not there: only a reader of it is refused."""
    return (pooled, *(None for _ in context.shapes[1:]))


def _counts(
    n: int, out: int, k: int, s: int, reach: tuple[int, int], divisor_pads: tuple[int, int]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How many positions of each window are counted: those inside the data widened by `divisor_pads`."""
    first = np.arange(out) * s - reach[0]
    low = np.maximum(first, -divisor_pads[0])
    high = np.minimum(first + k, n + divisor_pads[1])
    return (high - low).astype(np.float64)


@lowers("AvgPool")
def avg_pool(
    context: Context,
    x: Value,
    *,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int] = (),
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    exclude_pad: bool,
    auto_pad: str = "explicit",
    rounding_type: str = "floor",
) -> Value:
    """The mean over kernel·kernel zero-padded positions, times (kernel·kernel / counted positions) where those differ.

    LiteRT's own SAME leaves the padding out of the mean: that is it where pads of SAME's size are excluded.
    """
    if any(d != 1 for d in dilations):
        raise NotExpressibleError("LiteRT's AVERAGE_POOL_2D has no dilation")
    if x.rank != 4:
        raise NotExpressibleError(f"pooling over {x.rank - 2} spatial axes is not built yet")
    b = context.build
    out = context.shape[2:]
    if tuple(kernel) == x.shape[2:] and out == (1, 1) and not any((*pads_begin, *pads_end)):
        return b("MEAN", x, np.asarray([2, 3], np.int32), keep_dims=True)
    declared = explicit_pads(auto_pad, x.shape[2:], kernel, strides, [1] * len(kernel), pads_begin, pads_end)
    reach = _reach(x, out, kernel, strides, declared)
    divisor_pads = [(0, 0)] * 2 if exclude_pad else declared
    same = [same_pads(*sizes, 1) for sizes in zip(x.shape[2:], kernel, strides, strict=True)]
    if reach == same and not any(p for pair in divisor_pads for p in pair):
        return _pool(context, "AVERAGE_POOL_2D", x, kernel, strides, 0.0, [], padding="SAME")
    pooled = _pool(context, "AVERAGE_POOL_2D", x, kernel, strides, 0.0, reach)
    rows, columns = (
        _counts(x.shape[2 + i], out[i], kernel[i], strides[i], reach[i], divisor_pads[i]) for i in range(2)
    )
    with np.errstate(divide="ignore"):  # a window that holds nothing has no mean
        scale = math.prod(kernel) / np.outer(rows, columns)
    if np.all(scale == 1):
        return pooled
    return b("MUL", pooled, constant(scale.astype(np.float32)[None, None]))
