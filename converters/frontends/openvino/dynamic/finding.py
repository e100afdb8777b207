"""Operators that count, or find an unknown number of elements."""

import numpy as np

from converters.frontends.openvino.lowering import Context, lowers_dynamic
from converters.graph import Value


@lowers_dynamic("Range")
def range_(context: Context, start: Value, stop: Value, step: Value, *, output_type: str = "") -> Value:
    b = context.build
    kind = context.dtypes[0]
    if kind.kind == "f":
        kind = np.dtype(np.float32)
    bounds = (b.reshape(b.cast(value, kind), ()) for value in (start, stop, step))
    return b.cast(b("RANGE", *bounds), context.dtypes[0])


@lowers_dynamic("NonZero")
def non_zero(context: Context, x: Value, *, output_type: str = "i64") -> Value:
    """Coordinates of what is not zero, an axis a row."""
    b = context.build
    found = x if x.dtype == np.bool_ else b("NOT_EQUAL", x, np.asarray(0, x.dtype))
    return b.cast(b.transpose(b("WHERE", found), (1, 0)), context.dtypes[0])
