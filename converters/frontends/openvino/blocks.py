"""Blocks of neighbouring elements that become axes or batches, and back: reshapes and transpositions, sums where blocks overlap."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from converters.frontends.openvino.indexing import sliced
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.graph import Value, constant


@lowers("SpaceToBatch")
def space_to_batch(context: Context, x: Value, block: Value, before: Value, after: Value) -> Value:
    """x padded and cut into blocks, one element of each block to a batch of its own (SpaceToBatch-2); block[0] is 1."""
    b = context.build
    sizes = [int(n) for n in known(block, "block shape")]
    rows = np.stack([known(before, "pads begin"), known(after, "pads end")], axis=1).astype(np.int32)
    if (rows < 0).any():
        raise NotExpressibleError("its paddings are negative")
    x = b("PAD", x, rows) if rows.any() else x
    for axes in reversed(_pairs(sizes)):
        split = tuple(
            m for i, n in enumerate(x.shape) for m in ((n // sizes[i], sizes[i]) if i in axes else (n,))
        )
        inner = [axis + 1 + order for order, axis in enumerate(axes)]
        order = (*inner, *(i for i in range(len(split)) if i not in inner))
        batch = x.shape[0] * int(np.prod([sizes[i] for i in axes]))
        kept = (n // sizes[i] if i in axes else n for i, n in enumerate(x.shape) if i)
        x = b.reshape(b.transpose(b.reshape(x, split), order), (batch, *kept))
    return x


def _pairs(sizes: Sequence[int]) -> list[list[int]]:
    """The axes that are cut, two at a time: LiteRT transposes up to eight axes."""
    cut = [axis for axis, size in enumerate(sizes) if size > 1]
    return [cut[i : i + 2] for i in range(0, len(cut), 2)]


@lowers("BatchToSpace")
def batch_to_space(context: Context, x: Value, block: Value, before: Value, after: Value) -> Value:
    """The inverse of SpaceToBatch; what the crops name is cut off (BatchToSpace-2)."""
    b = context.build
    sizes = [int(n) for n in known(block, "block shape")]
    first, last = ([int(n) for n in known(v, "crops")] for v in (before, after))
    for axes in _pairs(sizes):
        count = len(axes)
        blocks = [sizes[i] for i in axes]
        split = (*blocks, x.shape[0] // int(np.prod(blocks)), *x.shape[1:])
        order = tuple(
            m for i in range(x.rank) for m in ((count + i, axes.index(i)) if i in axes else (count + i,))
        )
        whole = tuple(n * sizes[i] if i in axes else n for i, n in enumerate(split[count:]))
        x = b.reshape(b.transpose(b.reshape(x, split), order), whole)
    stops = [n - e for n, e in zip(x.shape, last, strict=True)]
    return sliced(context, x, first, stops, [1] * x.rank)


@lowers("ReorgYolo")
def reorg_yolo(context: Context, x: Value, *, stride: Sequence[int]) -> Value:
    """Darknet's reorg: the data are read as C/s² channels of sH × sW, whose s × s blocks become channels."""
    b = context.build
    (n, c, h, w), s = x.shape, int(stride[0])
    wide = b.reshape(x, (n, c // (s * s), h, s, w, s))
    return b.reshape(b.transpose(wide, (0, 3, 5, 1, 2, 4)), context.shape)


@lowers("ExtractImagePatches")
def extract_image_patches(
    context: Context,
    x: Value,
    *,
    sizes: Sequence[int],
    strides: Sequence[int],
    rates: Sequence[int],
    auto_pad: str,
) -> Value:
    """Each window's elements as channels [row, column, channel]: a gather an axis, zeros where the window leaves the image."""
    b = context.build
    places = []
    for axis, (size, stride, rate) in enumerate(zip(sizes, strides, rates, strict=True), 2):
        out = context.shape[axis]
        total = max((out - 1) * stride + (size - 1) * rate + 1 - x.shape[axis], 0)
        pad = {"valid": 0, "same_upper": total // 2, "same_lower": total - total // 2}[auto_pad.lower()]
        places.append(np.arange(out)[:, None] * stride + np.arange(size) * rate - pad)
    lows = [max(-int(p.min()), 0) for p in places]
    highs = [max(int(p.max()) + 1 - n, 0) for p, n in zip(places, x.shape[2:], strict=True)]
    if any(lows) or any(highs):
        x = b("PAD", x, int32([(0, 0), (0, 0), *zip(lows, highs, strict=True)]))
    for axis, (place, low) in enumerate(zip(places, lows, strict=True), 2):
        x = b("GATHER", x, int32((place + low).reshape(-1)), axis=axis)
    n, c = x.shape[:2]
    (rows, high), (columns, wide) = (place.shape for place in places)
    windows = b.reshape(x, (n, c, rows, high, columns, wide))
    return b.reshape(b.transpose(windows, (0, 3, 5, 1, 2, 4)), context.shape)


@lowers("Col2Im")
def col2im(
    context: Context,
    x: Value,
    output_size: Value,
    kernel_size: Value,
    *,
    strides: Sequence[int] = (1, 1),
    dilations: Sequence[int] = (1, 1),
    pads_begin: Sequence[int] = (0, 0),
    pads_end: Sequence[int] = (0, 0),
) -> Value:
    """x: [N,] C·Πkernel, windows. Each window's elements are added where they came from: padded images one on the other."""
    b = context.build
    size = [int(n) for n in known(output_size, "output size")]
    kernel = [int(n) for n in known(kernel_size, "kernel size")]
    whole = [n + a + e for n, a, e in zip(size, pads_begin, pads_end, strict=True)]
    geometry = zip(whole, kernel, dilations, strides, strict=True)
    out = [(n - d * (k - 1) - 1) // s + 1 for n, k, d, s in geometry]
    lead = context.shape[:-2]
    rows = int(np.prod(lead))
    taps = b.reshape(x, (rows, int(np.prod(kernel)), int(np.prod(out))))
    start = [np.arange(n) * s for n, s in zip(out, strides, strict=True)]
    flat = [
        (start[0][:, None] + i * dilations[0]) * whole[1] + start[1] + j * dilations[1]
        for i, j in product(*map(range, kernel))
    ]
    where = constant(int32(np.stack(flat).reshape(-1, 1)))
    updates = b.transpose(b.reshape(taps, (rows, where.shape[0])), (1, 0))
    image = b("SCATTER_ND", where, updates, int32([whole[0] * whole[1], rows]))
    full = b.reshape(b.transpose(image, (1, 0)), (rows, *whole))
    stops = [rows, *(a + n for a, n in zip(pads_begin, size, strict=True))]
    return b.reshape(sliced(context, full, [0, *pads_begin], stops, [1, 1, 1]), context.shape)
