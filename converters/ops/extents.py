"""Operators whose results' shapes are data: read, filled, counted, found."""

import numpy as np

from converters.graph import Value
from converters.ops.spec import Inferred, op


@op("SHAPE", options="ShapeOptions")
def shape(x: Value, *, out_type: str = "int32") -> Inferred:
    return [((x.rank,), np.dtype(out_type))]


@op("FILL", options="FillOptions", parameters=(0,))
def fill(dims: Value, number: Value) -> Inferred:
    known = (-1,) * dims.shape[0] if dims.data is None else tuple(int(n) for n in dims.data)
    return [(known, number.dtype)]


@op("BROADCAST_TO", options="BroadcastToOptions", parameters=(1,))
def broadcast_to(x: Value, target: Value) -> Inferred:
    known = (-1,) * target.shape[0] if target.data is None else tuple(int(n) for n in target.data)
    return [(known, x.dtype)]


@op("RANGE", options="RangeOptions")
def range_(start: Value, limit: Value, delta: Value) -> Inferred:
    """start, start + delta … below limit; scalars of one type."""
    if start.data is None or limit.data is None or delta.data is None:
        return [((-1,), start.dtype)]
    count = np.ceil((limit.data.item() - start.data.item()) / delta.data.item())
    return [((max(int(count), 0),), start.dtype)]


@op("WHERE", options="WhereOptions")
def where(condition: Value) -> Inferred:
    """int64 coordinates [count, rank] of what is true, in row-major order."""
    return [((-1, condition.rank), np.dtype(np.int64))]


@op("UNIQUE", options="UniqueOptions")
def unique(x: Value, *, idx_out_type: str = "int32") -> Inferred:
    """x: [n]. The distinct values in the order of their first appearance, and for each element the number of its value."""
    return [((-1,), x.dtype), (x.shape, np.dtype(idx_out_type))]


@op("NON_MAX_SUPPRESSION_V4", options="NonMaxSuppressionV4Options")
def non_max_suppression_v4(
    boxes: Value, scores: Value, most: Value, overlap: Value, least: Value
) -> Inferred:
    """boxes: [n, 4] as y, x, y, x; scores: [n]. The numbers of the boxes kept, best first, filled up with 0; and how many there are."""
    count = -1 if most.data is None else int(most.data.item())
    return [((count,), np.dtype(np.int32)), ((), np.dtype(np.int32))]
