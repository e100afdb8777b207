"""Boxes of an image resampled to one size: ROIAlign.

Along each axis the sample positions of all boxes make up one tensor; pixels are gathered from the image flattened to N·H·W, C.
Source: OpenVINO's specification of ROIAlign-9.
"""

from dataclasses import dataclass

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, lowers
from converters.graph import Value

_OFFSETS = {"asymmetric": (0.0, 0.0), "half_pixel_for_nn": (0.0, -0.5), "half_pixel": (0.5, -0.5)}
"""Aligned mode → what is added to a corner before it is scaled, and after."""


@dataclass(frozen=True)
class _Samples:
    """Along one axis: int32 places of both neighbours and their weights, each [boxes, samples]."""

    places: tuple[Value, Value]
    weights: tuple[Value, Value]


def _samples(
    context: Context, start: Value, stop: Value, size: int, bins: int, ratio: int, scale: float, mode: str
) -> _Samples:
    """start, stop: [boxes, 1]. What lies over one pixel outside of the image counts as zero, what is nearer as the rim."""
    b = context.build
    before, after = _OFFSETS[mode]

    def scaled(corner: Value) -> Value:
        moved = b("ADD", corner, np.float32(before)) if before else corner
        moved = b("MUL", moved, np.float32(scale)) if scale != 1 else moved
        return b("ADD", moved, np.float32(after)) if after else moved

    first = scaled(start)
    extent = b("SUB", scaled(stop), first)
    if mode == "asymmetric":
        extent = b("MAXIMUM", extent, np.float32(1))
    grid = (np.arange(bins)[:, None] + (np.arange(ratio) + 0.5) / ratio).reshape(1, -1) / bins
    where = b("ADD", first, b("MUL", extent, grid.astype(np.float32)))
    inside = b(
        "LOGICAL_AND",
        b("GREATER_EQUAL", where, np.float32(-1)),
        b("LESS_EQUAL", where, np.float32(size)),
    )
    counted = b.cast(inside, np.float32)
    near = b("MINIMUM", b("MAXIMUM", where, np.float32(0)), np.float32(size - 1))
    low = b("FLOOR", near)
    high = b("MINIMUM", b("ADD", low, np.float32(1)), np.float32(size - 1))
    upper = b("MUL", b("SUB", near, low), counted)
    return _Samples((b.cast(low, np.int32), b.cast(high, np.int32)), (b("SUB", counted, upper), upper))


def _interpolated(
    context: Context, pixels: Value, images: Value, rows: _Samples, columns: _Samples, width: int
) -> Value:
    """Every sample as the weighted sum of its four neighbours: [boxes, rows, columns, channels].

    pixels: [N·H·W, C]; images: int32 [boxes, 1], where each box's image begins among them.
    """
    b = context.build
    count, down = rows.places[0].shape
    across = columns.places[0].shape[1]

    def weighted(row: int, column: int) -> Value:
        line = b("ADD", images, b("MUL", rows.places[row], np.int32(width)))
        places = b(
            "ADD",
            b.reshape(line, (count, down, 1)),
            b.reshape(columns.places[column], (count, 1, across)),
        )
        weight = b(
            "MUL",
            b.reshape(rows.weights[row], (count, down, 1, 1)),
            b.reshape(columns.weights[column], (count, 1, across, 1)),
        )
        return b("MUL", b("GATHER", pixels, places, axis=0), weight)

    neighbours = [weighted(row, column) for row in (0, 1) for column in (0, 1)]
    joined = neighbours[0]
    for value in neighbours[1:]:
        joined = b("ADD", joined, value)
    return joined


@lowers("ROIAlign")
def roi_align(
    context: Context,
    x: Value,
    boxes: Value,
    batches: Value,
    *,
    pooled_h: int,
    pooled_w: int,
    sampling_ratio: int,
    spatial_scale: float,
    mode: str,
    aligned_mode: str = "asymmetric",
) -> Value:
    """x: N C H W, boxes: [R, (x1, y1, x2, y2)], batches: [R]."""
    if sampling_ratio <= 0:
        raise NotExpressibleError(
            "its sampling ratio 0 makes each box's size decide the number of samples; give a ratio of at least 1"
        )
    if mode.lower() != "avg":
        raise NotExpressibleError(
            "its mode max is one thing to ONNX (the largest weighted neighbour), another to OpenVINO; use avg"
        )
    b = context.build
    n, channels, height, width = x.shape
    count = boxes.shape[0]
    corners = b.many("SPLIT", np.asarray(1, np.int32), boxes, num_splits=4)
    geometry = (sampling_ratio, spatial_scale, aligned_mode.lower())
    columns = _samples(context, corners[0], corners[2], width, pooled_w, *geometry)
    rows = _samples(context, corners[1], corners[3], height, pooled_h, *geometry)
    pixels = b.reshape(context.last(x), (n * height * width, channels))
    images = b("MUL", b.reshape(b.cast(batches, np.int32), (count, 1)), np.int32(height * width))
    joined = _interpolated(context, pixels, images, rows, columns, width)
    if sampling_ratio > 1:
        joined = b(
            "AVERAGE_POOL_2D",
            joined,
            padding="VALID",
            filter_height=sampling_ratio,
            filter_width=sampling_ratio,
            stride_h=sampling_ratio,
            stride_w=sampling_ratio,
        )
    return context.first(joined)


@lowers("RegionYolo")
def region_yolo(
    context: Context,
    x: Value,
    *,
    coords: int,
    classes: int,
    num: int,
    do_softmax: bool,
    mask: list[int],
    axis: int,
    end_axis: int,
    anchors: list[float],
) -> Value:
    """x: N, anchors · (coordinates, 1, classes), H, W: centres, objectness and classes become probabilities."""
    b = context.build
    n, _, height, width = x.shape
    count = num if do_softmax else len(mask)
    shape = (n, count, coords + 1 + classes, height, width)
    if int(np.prod(shape)) != x.elements:
        raise NotExpressibleError(
            f"{list(x.shape)} are not {count} anchors of {coords + 1 + classes} numbers"
        )
    sizes = int32([2, coords - 2, 1, classes])
    centre, extent, object_, kinds = b.many(
        "SPLIT_V", b.reshape(x, shape), sizes, np.asarray(2, np.int32), num_splits=4
    )
    order = (0, 1, 3, 4, 2)
    softmax = b.transpose(b("SOFTMAX", b.transpose(kinds, order)), (0, 1, 4, 2, 3)) if do_softmax else None
    parts = [b("LOGISTIC", centre), extent, b("LOGISTIC", object_), softmax or b("LOGISTIC", kinds)]
    return b.reshape(b("CONCATENATION", *parts, axis=2), context.shape)
