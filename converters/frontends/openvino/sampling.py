"""GridSample: pixels taken where a grid points, interpolated between neighbours.

Positions and weights are computed for both axes at once, [N, H out, W out, (x, y)]; the pixels of each neighbour are gathered from
the image flattened to N, H·W, C. Source: OpenVINO's specification of GridSample-9, which is that of PyTorch's grid_sample.
"""

from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, lowers
from converters.graph import Value

_CUBE = -0.75
"""The coefficient of Keys' kernel that GridSample is defined with."""


def positions(
    context: Context, grid: Value, size: tuple[int, int], align_corners: bool, exact: bool
) -> Value:
    """Pixel positions of a grid over [-1, 1]; `exact` rounds as the definition does, step by step, for who rounds on."""
    b = context.build
    n = np.asarray(size[::-1], np.float32)
    half = np.float32(0.5)
    if not exact:
        scale, offset = ((n - 1) / 2, (n - 1) / 2) if align_corners else (n / 2, (n - 1) / 2)
        return b("ADD", b("MUL", grid, scale), offset)
    moved = b("ADD", grid, np.float32(1))
    if align_corners:
        return b("MUL", b("MUL", moved, half), n - 1)
    return b("MUL", b("SUB", b("MUL", moved, n), np.float32(1)), half)


def _inside(
    context: Context, places: Value, size: tuple[int, int], padding: str, align_corners: bool
) -> Value:
    """Whole positions as int32 indices into the image; with zeros around it, into the image with a rim of one zero pixel."""
    b = context.build
    n = np.asarray(size[::-1], np.float32)
    low, high = np.zeros_like(n), n - 1
    if padding == "reflection":
        period = np.maximum(2 * (n - 1), 1) if align_corners else 2 * n
        wrapped = b("FLOOR_MOD", places, period)
        mirrored = b("SUB", period if align_corners else period - 1, wrapped)
        places = b("MINIMUM", wrapped, mirrored)
    elif padding == "zeros":
        places = b("ADD", places, np.float32(1))
        high = n + 1
    return b.cast(b("MINIMUM", b("MAXIMUM", places, low), high), np.int32)


def _linear(context: Context, t: Value) -> list[Value]:
    return [context.build("SUB", np.float32(1), t), t]


def _cubic(context: Context, t: Value) -> list[Value]:
    """Keys' kernel (R. Keys, IEEE TASSP 29(6), 1981) at the distances 1 + t, t, 1 - t and 2 - t, as polynomials of t."""
    b, a = context.build, _CUBE
    weights = []
    for powers in ((a, -2 * a, a, 0), (a + 2, -a - 3, 0, 1), (-a - 2, 2 * a + 3, -a, 0), (-a, a, 0, 0)):
        value = b("ADD", b("MUL", t, np.float32(powers[0])), np.float32(powers[1]))
        for number in powers[2:]:
            value = b("MUL", value, t)
            value = b("ADD", value, np.float32(number)) if number else value
        weights.append(value)
    return weights


def _columns(context: Context, pair: Value) -> tuple[Value, Value]:
    """[…, 2] → the x and the y column, […, 1]."""
    x, y = context.build.many("SPLIT", np.asarray(pair.rank - 1, np.int32), pair, num_splits=2)
    return x, y


def _weighted(context: Context, values: Sequence[Value], weights: Sequence[Value]) -> Value:
    b = context.build
    terms = [b("MUL", value, weight) for value, weight in zip(values, weights, strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = b("ADD", total, term)
    return total


@lowers("GridSample")
def grid_sample(
    context: Context, x: Value, grid: Value, *, align_corners: bool, mode: str, padding_mode: str
) -> Value:
    """x: N C H W, grid: N H' W' 2."""
    b = context.build
    mode, padding = mode.lower(), padding_mode.lower()
    if x.rank != 4:
        raise NotExpressibleError("it samples volumes")
    n, channels, *size = x.shape
    extent = (size[0], size[1])
    if padding == "zeros":
        x = b("PAD", x, np.asarray([(0, 0), (0, 0), (1, 1), (1, 1)], np.int32))
    width = np.asarray(x.shape[3], np.int32)
    pixels = b.reshape(context.last(x), (n, x.shape[2] * x.shape[3], channels))
    where = positions(context, b.cast(grid, np.float32), extent, align_corners, exact=mode == "nearest")

    def taken(columns: Value, rows: Value) -> Value:
        places = b("ADD", b("MUL", rows, width), columns)
        flat = b.reshape(places, places.shape[:-1])
        return b("GATHER", pixels, flat, axis=1, batch_dims=1)

    if mode == "nearest":
        inside = _inside(context, b("ROUND", where), extent, padding, align_corners)
        return context.first(taken(*_columns(context, inside)))
    low = b("FLOOR", where)
    t = b("SUB", where, low)
    first, weights = (0, _linear(context, t)) if mode == "bilinear" else (-1, _cubic(context, t))
    columns: list[Value] = []
    rows: list[Value] = []
    across: list[Value] = []
    down: list[Value] = []
    for step, weight in enumerate(weights, first):
        places = b("ADD", low, np.float32(step)) if step else low
        for pair, xs, ys in (
            (_inside(context, places, extent, padding, align_corners), columns, rows),
            (weight, across, down),
        ):
            column, row = _columns(context, pair)
            xs.append(column)
            ys.append(row)
    lines = [_weighted(context, [taken(column, row) for column in columns], across) for row in rows]
    return context.first(_weighted(context, lines, down))
