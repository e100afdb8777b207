"""Non-maximum suppression: one class of one image at a time, as LiteRT's operator has it, joined to OpenVINO's list."""

import numpy as np

from converters.frontends.openvino.dynamic.vectors import extent, narrow
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers_dynamic
from converters.graph import Value, constant


@lowers_dynamic("NonMaxSuppression")
def non_max_suppression(
    context: Context,
    boxes: Value,
    scores: Value,
    most: Value | None = None,
    overlap: Value | None = None,
    least: Value | None = None,
    sigma: Value | None = None,
    *,
    box_encoding: str = "corner",
    sort_result_descending: bool = True,
    output_type: str = "i64",
) -> tuple[Value, Value, Value]:
    """boxes: [batch, n, 4], scores: [batch, classes, n] → [count, 3] (batch, class, box), the same with scores, and the count.

    OpenVINO's NonMaxSuppression-9. Raises NotExpressibleError for a soft suppression and for a number of classes known at run time only.
    """
    b = context.build
    if -1 in (*boxes.shape, *scores.shape):
        raise NotExpressibleError("how many boxes and classes there are is only known at run time")
    if sigma is not None and known(sigma, "sigma").item() != 0:
        raise NotExpressibleError("it decays scores (soft suppression) instead of dropping boxes")
    if most is None:
        raise NotExpressibleError("it is told to keep no box")
    if box_encoding.lower() == "center":
        boxes = _corners(context, boxes)
    bounds = (
        b.reshape(narrow(context, most), ()),
        _scalar(context, overlap, 0.0),
        _scalar(context, least, 0.0),
    )
    rows, kept = [], []
    for image in range(scores.shape[0]):
        here = b.reshape(_part(context, boxes, (image,)), boxes.shape[1:])
        for label in range(scores.shape[1]):
            found = b.reshape(_part(context, scores, (image, label)), scores.shape[2:])
            chosen, count = b.many("NON_MAX_SUPPRESSION_V4", here, found, *bounds)
            chosen = b("SLICE", chosen, int32([0]), b.reshape(count, (1,)))
            row = b("RESHAPE", chosen, int32([-1, 1]))
            for number in (label, image):
                row = b("PADV2", row, int32([[0, 0], [1, 0]]), np.asarray(number, np.int32))
            rows.append(row)
            kept.append(b("GATHER", found, chosen, axis=0))
    indices = rows[0] if len(rows) == 1 else b("CONCATENATION", *rows, axis=0)
    values = kept[0] if len(kept) == 1 else b("CONCATENATION", *kept, axis=0)
    if sort_result_descending and len(rows) > 1:
        values, order = b.many("TOPK_V2", values, extent(context, values, 0))
        indices = b("GATHER", indices, order, axis=0)
    where = b.cast(b("SLICE", indices, int32([0, 0]), int32([-1, 2])), np.float32)
    scored = b("CONCATENATION", where, b("RESHAPE", values, int32([-1, 1])), axis=1)
    total = b.reshape(b("SHAPE", values, out_type="int32"), (1,))
    return (
        b.cast(indices, context.dtypes[0]),
        b.cast(scored, context.dtypes[1]),
        b.cast(total, context.dtypes[2]),
    )


def _scalar(context: Context, value: Value | None, default: float) -> Value:
    if value is None:
        return constant(np.asarray(default, np.float32))
    return context.build.reshape(context.build.cast(value, np.float32), ())


def _part(context: Context, x: Value, place: tuple[int, ...]) -> Value:
    """`x` at the given leading indices, its axes kept."""
    if x.shape[: len(place)] == (1,) * len(place):
        return x
    begin = int32([*place, *(0,) * (x.rank - len(place))])
    return context.build("SLICE", x, begin, int32([*(1,) * len(place), *x.shape[len(place) :]]))


def _corners(context: Context, boxes: Value) -> Value:
    """(x centre, y centre, width, height) → (y, x, y, x): a product with a constant matrix."""
    matrix = np.asarray([[0, 1, 0, -0.5], [1, 0, -0.5, 0], [0, 1, 0, 0.5], [1, 0, 0.5, 0]], np.float32)
    return context.build("FULLY_CONNECTED", boxes, matrix, keep_num_dims=True)
