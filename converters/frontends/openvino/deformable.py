"""Convolutions whose windows are bent by computed offsets: every tap is sampled between pixels, then one pointwise convolution.

Source: OpenVINO's specification of DeformableConvolution-8 (Dai et al., Deformable Convolutional Networks, 2017; with a mask: Zhu et
al., 2019).
"""

from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.convolution import explicit_pads
from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Value, constant


def _taps(out: Sequence[int], kernel: Sequence[int], geometry: Sequence[Sequence[int]]) -> np.ndarray:
    """[rows, columns, taps, (y, x)]: where each tap of each window lies without its offset."""
    strides, begins, dilations = geometry
    own = [
        np.arange(n)[:, None] * s - p + np.arange(k) * d
        for n, k, s, p, d in zip(out, kernel, strides, begins, dilations, strict=True)
    ]
    grid = np.empty((*out, *kernel, 2), np.float32)
    grid[..., 0] = own[0][:, None, :, None]
    grid[..., 1] = own[1][None, :, None, :]
    return grid.reshape(*out, -1, 2)


def _sampled(context: Context, pixels: Value, where: Value, size: tuple[int, int], padded: bool) -> Value:
    """pixels: [M, H, W, C] (M: batch · deformable groups), where: [M, P, (y, x)] → [M, P, C], zero outside.

    `padded`: zeros lie around the image and are interpolated with; else a position outside of it is zero as a whole.
    """
    b = context.build
    images, channels = pixels.shape[0], pixels.shape[3]
    limits = np.asarray(size, np.float32)
    if padded:
        pixels = b("PAD", pixels, np.asarray([(0, 0), (1, 1), (1, 1), (0, 0)], np.int32))
        # From -1 to H the rim of zeros takes part; what lies beyond is zero there as well.
        near = b("ADD", b("MINIMUM", b("MAXIMUM", where, np.float32(-1)), limits), np.float32(1))
        rim, counted = limits + 1, None
    else:
        inside = b("LOGICAL_AND", b("GREATER_EQUAL", where, np.float32(0)), b("LESS", where, limits))
        counted = b.cast(b("REDUCE_ALL", inside, np.asarray([2], np.int32), keep_dims=True), np.float32)
        near = b("MINIMUM", b("MAXIMUM", where, np.float32(0)), limits - 1)
        rim = limits - 1
    low = b("FLOOR", near)
    high = b("MINIMUM", b("ADD", low, np.float32(1)), rim)
    upper = b("SUB", near, low)
    lower = b("SUB", np.float32(1), upper)
    columns = [
        b.many("SPLIT", np.asarray(2, np.int32), pair, num_splits=2)
        for pair in (b.cast(low, np.int32), b.cast(high, np.int32), lower, upper)
    ]
    flat = b.reshape(pixels, (images, pixels.shape[1] * pixels.shape[2], channels))
    width = np.int32(pixels.shape[2])
    total = None
    for row in (0, 1):
        for column in (0, 1):
            places = b("ADD", b("MUL", columns[row][0], width), columns[column][1])
            taken = b("GATHER", flat, b.reshape(places, places.shape[:2]), axis=1, batch_dims=1)
            weight = b("MUL", columns[2 + row][0], columns[2 + column][1])
            term = b("MUL", taken, weight)
            total = term if total is None else b("ADD", total, term)
    assert total is not None
    return total if counted is None else b("MUL", total, counted)


@lowers("DeformableConvolution")
def deformable_convolution(
    context: Context,
    x: Value,
    offsets: Value,
    kernel: Value,
    mask: Value | None = None,
    *,
    strides: Sequence[int],
    pads_begin: Sequence[int],
    pads_end: Sequence[int],
    dilations: Sequence[int],
    auto_pad: str = "explicit",
    group: int = 1,
    deformable_group: int = 1,
    bilinear_interpolation_pad: bool = False,
) -> Value:
    """x: N C H W; offsets: N, deformable groups · taps · (y, x), H', W'; kernel: O, C / group, kH, kW; mask like the offsets."""
    if kernel.data is None:
        raise NotExpressibleError("its kernel is computed at run time; only a constant one can be expressed")
    if x.rank != 4:
        raise NotExpressibleError("it is not over images")
    b = context.build
    n, channels, *size = x.shape
    parts, taps = deformable_group, int(np.prod(kernel.shape[2:]))
    out = context.shape[2:]
    pads = explicit_pads(auto_pad, size, kernel.shape[2:], strides, dilations, pads_begin, pads_end)
    own = _taps(out, kernel.shape[2:], (strides, [before for before, _ in pads], dilations))
    each = channels // parts

    def positions(value: Value, width: int) -> Value:
        """N, groups · taps · width, H', W' → N · groups, H' · W' · taps, width."""
        split = b.reshape(context.last(value), (n, *out, parts, taps, width))
        moved = split if parts == 1 else b.transpose(split, (0, 3, 1, 2, 4, 5))
        return b.reshape(moved, (n * parts, out[0] * out[1] * taps, width))

    where = b("ADD", positions(offsets, 2), constant(own.reshape(1, -1, 2)))
    pixels = context.last(x)
    if parts > 1:
        split = b.reshape(pixels, (n, *size, parts, each))
        pixels = b.reshape(b.transpose(split, (0, 3, 1, 2, 4)), (n * parts, *size, each))
    sampled = _sampled(context, pixels, where, (size[0], size[1]), bilinear_interpolation_pad)
    if mask is not None:
        sampled = b("MUL", sampled, positions(mask, 1))
    windows = b.reshape(sampled, (n, parts, *out, taps, each))
    if parts > 1:
        windows = b.transpose(windows, (0, 2, 3, 4, 1, 5))
    # One pointwise convolution over [taps, channels]; of a group's kernel the other channels are zero.
    wide = b.reshape(windows, (n, *out, taps * channels))
    weights = constant(_dense(kernel.data, channels, group), kernel.name)
    return context.first(b("CONV_2D", wide, weights, np.zeros(kernel.shape[0], np.float32)))


def _dense(kernel: np.ndarray, channels: int, group: int) -> np.ndarray:
    """[O, C / group, kH, kW] → [O, 1, 1, taps · C]."""
    outputs, inner = kernel.shape[:2]
    taps = kernel.reshape(outputs, inner, -1).transpose(0, 2, 1)
    dense = np.zeros((outputs, taps.shape[1], channels), kernel.dtype)
    for i in range(group):
        rows = slice(i * outputs // group, (i + 1) * outputs // group)
        dense[rows, :, i * inner : (i + 1) * inner] = taps[rows]
    return dense.reshape(outputs, 1, 1, -1)
