"""Pads whose amounts are computed."""

import numpy as np

from converters.frontends.openvino.dynamic.vectors import extent, extents, narrow
from converters.frontends.openvino.lowering import Context, int32, lowers_dynamic
from converters.graph import Value


@lowers_dynamic("Pad")
def pad(
    context: Context, x: Value, begin: Value, end: Value, fill: Value | None = None, *, pad_mode: str
) -> Value:
    """Negative amounts cut: a slice takes what they leave before the rest is padded."""
    b = context.build
    before, after = narrow(context, begin), narrow(context, end)
    if before.data is None or after.data is None or (before.data < 0).any() or (after.data < 0).any():
        zero = np.asarray(0, np.int32)
        first = b("NEG", b("MINIMUM", before, zero))
        last = b("ADD", extents(context, x), b("MINIMUM", after, zero))
        x = b("STRIDED_SLICE", x, first, last, np.ones(x.rank, np.int32))
        before, after = b("MAXIMUM", before, zero), b("MAXIMUM", after, zero)
    mode = pad_mode.lower()
    if mode == "edge":
        return _edge(context, x, before, after)
    columns = (b.reshape(v, (x.rank, 1)) for v in (before, after))
    rows = b("CONCATENATION", *columns, axis=1)
    if mode in ("reflect", "symmetric"):
        return b("MIRROR_PAD", x, rows, mode=mode.upper())
    if fill is None:
        return b("PAD", x, rows)
    return b("PADV2", x, rows, b.reshape(b.cast(fill, x.dtype), ()))


def _edge(context: Context, x: Value, before: Value, after: Value) -> Value:
    """The nearest of the axis' own indices, one GATHER an axis."""
    b = context.build
    for axis in range(x.rank):
        size = extent(context, x, axis)
        low, high = (b("GATHER", v, np.asarray(axis, np.int32), axis=0) for v in (before, after))
        reach = b("RANGE", b("NEG", low), b("ADD", size, high), np.asarray(1, np.int32))
        last = b("SUB", size, np.asarray(1, np.int32))
        x = b("GATHER", x, b("MINIMUM", b("MAXIMUM", reach, int32([0])), last), axis=axis)
    return x
