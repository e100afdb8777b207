"""Pooling over one to three axes with every padding, ceil mode, dilation and divisor, exactly."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.convolution import explicit_pads, padded
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, lowers
from converters.frontends.openvino.windows import folded, largest_and_where
from converters.graph import Value, constant
from converters.passes.pads import same_pads

Pads = list[tuple[int, int]]


def _reach(
    size: Sequence[int],
    out: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Pads,
) -> Pads:
    """The pads that the output's size (ceil mode included) makes of the declared ones; what no window reaches is left alone."""
    return [
        (before, max((o - 1) * s + (k - 1) * d + 1 - n - before, 0))
        for n, o, k, s, d, (before, _) in zip(size, out, kernel, strides, dilations, pads, strict=True)
    ]


def _pool_2d(
    context: Context,
    op: str,
    image: Value,
    kernel: Sequence[int],
    strides: Sequence[int],
    padding: str = "VALID",
) -> Value:
    """image: N H W C."""
    options: dict[str, Any] = {
        "padding": padding,
        "filter_height": int(kernel[0]),
        "filter_width": int(kernel[1]),
        "stride_h": int(strides[0]),
        "stride_w": int(strides[1]),
    }
    return context.build(op, image, **options)


def pool(
    context: Context, op: str, x: Value, kernel: Sequence[int], strides: Sequence[int], padding: str = "VALID"
) -> Value:
    """x: N C spatial…, padded already. Volumes are pooled over height and width, then over depth."""
    b = context.build
    if x.rank == 3:
        image = b.reshape(x, (*x.shape[:2], 1, x.shape[2]))
        pooled = context.first(
            _pool_2d(context, op, context.last(image), (1, *kernel), (1, *strides), padding)
        )
        return b.reshape(pooled, (*x.shape[:2], pooled.shape[3]))
    if x.rank == 4:
        return context.first(_pool_2d(context, op, context.last(x), kernel, strides, padding))
    volume = context.last(x)
    n, depth, *size, channels = volume.shape
    planes = _pool_2d(context, op, b.reshape(volume, (n * depth, *size, channels)), kernel[1:], strides[1:])
    _, height, width, _ = planes.shape
    columns = b.reshape(planes, (n, depth, height * width, channels))
    pooled = _pool_2d(context, op, columns, (kernel[0], 1), (strides[0], 1))
    return context.first(b.reshape(pooled, (n, pooled.shape[1], height, width, channels)))


def is_read(context: Context, result: int) -> bool:
    """Whether anybody reads this result."""
    if context.node is None or len(context.shapes) <= result:
        return False
    return bool(context.node.output(result).get_target_inputs())


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
    """Padded with the lowest number. Dilated windows, integers and indices that somebody reads are written out."""
    if x.rank not in (3, 4, 5):
        raise NotExpressibleError(f"LiteRT does not pool over {x.rank - 2} axes")
    size, out = x.shape[2:], context.shape[2:]
    apart = tuple(dilations) or (1,) * len(kernel)
    declared = explicit_pads(auto_pad, size, kernel, strides, apart, pads_begin, pads_end)
    pads = _reach(size, out, kernel, strides, apart, declared)
    lowest = np.finfo(x.dtype).min if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    full = padded(context, x, pads, lowest)
    rest = (None,) * (len(context.shapes) - 1)
    if is_read(context, 1):
        values, places = largest_and_where(context, full, pads, kernel, strides, apart, out, axis % x.rank)
        return values, context.build.cast(places, context.dtypes[1])
    if x.dtype != np.float32 or any(d != 1 for d in apart):
        return (folded(context, "MAXIMUM", full, kernel, strides, apart, out), *rest)
    return (pool(context, "MAX_POOL_2D", full, kernel, strides), *rest)


def _counts(
    n: int, out: int, k: int, s: int, d: int, reach: tuple[int, int], divisor_pads: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """How many positions of each window are counted: those inside the data widened by `divisor_pads`."""
    places = np.arange(out)[:, None] * s - reach[0] + np.arange(k) * d
    counted = (places >= -divisor_pads[0]) & (places < n + divisor_pads[1])
    return np.asarray(np.sum(counted, axis=1), np.float64)


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
    """The mean over the whole kernel's zero-padded positions, times (all positions / counted positions) where those differ.

    LiteRT's own SAME leaves the padding out of the mean: that is it where pads of SAME's size are excluded.
    """
    if x.rank not in (3, 4, 5):
        raise NotExpressibleError(f"LiteRT does not pool over {x.rank - 2} axes")
    if x.dtype != np.float32:
        raise NotExpressibleError(f"LiteRT averages float32 and quantized numbers, not plain {x.dtype}")
    b = context.build
    size, out = x.shape[2:], context.shape[2:]
    apart = tuple(dilations) or (1,) * len(kernel)
    if tuple(kernel) == size and all(n == 1 for n in out) and not any((*pads_begin, *pads_end)):
        return b("MEAN", x, int32(range(2, x.rank)), keep_dims=True)
    declared = explicit_pads(auto_pad, size, kernel, strides, apart, pads_begin, pads_end)
    reach = _reach(size, out, kernel, strides, apart, declared)
    divisor_pads = [(0, 0)] * len(size) if exclude_pad else declared
    same = [same_pads(*sizes) for sizes in zip(size, kernel, strides, apart, strict=True)]
    plain = all(d == 1 for d in apart)
    if plain and x.rank < 5 and reach == same and not any(p for pair in divisor_pads for p in pair):
        return pool(context, "AVERAGE_POOL_2D", x, kernel, strides, "SAME")
    full = padded(context, x, reach)
    scale = np.ones((), np.float64)
    for sizes in zip(size, out, kernel, strides, apart, reach, divisor_pads, strict=True):
        scale = np.multiply.outer(scale, _counts(*sizes))
    with np.errstate(divide="ignore"):  # a window that holds nothing has no mean
        scale = (math.prod(kernel) if plain else 1) / scale
    pooled = (
        pool(context, "AVERAGE_POOL_2D", full, kernel, strides)
        if plain
        else folded(context, "ADD", full, kernel, strides, apart, out)
    )
    if np.all(scale == 1):
        return pooled
    return b("MUL", pooled, constant(scale.astype(np.float32)[None, None]))
