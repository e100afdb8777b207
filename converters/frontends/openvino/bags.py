"""Rows of a table summed by bags, and the largest of segments."""

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.graph import Value, constant


def _rows(context: Context, table: Value, indices: Value, weights: Value | None) -> Value:
    """The table's rows at `indices`, each times its weight."""
    b = context.build
    rows = b("GATHER", table, b.cast(indices, np.int32), axis=0)
    if weights is None:
        return rows
    return b("MUL", rows, b.reshape(weights, (*weights.shape, *(1,) * (table.rank - 1))))


@lowers("EmbeddingBagPackedSum", "EmbeddingBagPacked")
def packed(
    context: Context, table: Value, indices: Value, weights: Value | None = None, *, reduction: str = "sum"
) -> Value:
    """indices: [bags, each]."""
    op = "MEAN" if reduction.lower() == "mean" else "SUM"
    return context.build(op, _rows(context, table, indices, weights), int32([1]))


def _by_segment(
    context: Context, table: Value, rows: Value, segments: Value, default: Value | None, mean: bool
) -> Value:
    """rows: [n, …] added up by their segments (int32, [n]); an empty segment gets the default row of the table, or zeros."""
    b = context.build
    count = context.shape[0]
    rest = table.shape[1:]
    where = b.reshape(segments, (segments.shape[0], 1))
    total = b("SCATTER_ND", where, rows, int32([count, *rest]))
    if default is None and not mean:
        return total
    sizes = b("SCATTER_ND", where, np.ones(segments.shape[0], rows.dtype), int32([count]))
    column = b.reshape(sizes, (count, *(1,) * len(rest)))
    if mean:
        total = b("DIV", total, b("MAXIMUM", column, np.asarray(1, rows.dtype)))
    if default is None:
        return total
    number = b.reshape(b.cast(default, np.int32), ())
    row = b("GATHER", table, b("MAXIMUM", number, np.int32(0)), axis=0)
    there = b(
        "LOGICAL_AND", b("EQUAL", column, np.asarray(0, rows.dtype)), b("GREATER_EQUAL", number, np.int32(0))
    )
    return b("SELECT_V2", there, b.reshape(row, (1, *rest)), total)


@lowers("EmbeddingBagOffsetsSum", "EmbeddingBagOffsets")
def offsets(
    context: Context,
    table: Value,
    indices: Value,
    starts: Value,
    default: Value | None = None,
    weights: Value | None = None,
    *,
    reduction: str = "sum",
) -> Value:
    """Bag i holds the indices from starts[i] up to starts[i + 1]; an index lies in the last bag that starts at or before it."""
    b = context.build
    n, bags = indices.shape[0], starts.shape[0]
    first = b.reshape(b.cast(starts, np.int32), (1, bags))
    begun = b.cast(b("LESS_EQUAL", first, np.arange(n, dtype=np.int32)[:, None]), np.int32)
    segments = b("SUB", b("SUM", begun, int32([1])), np.int32(1))
    mean = reduction.lower() == "mean"
    return _by_segment(context, table, _rows(context, table, indices, weights), segments, default, mean)


@lowers("EmbeddingSegmentsSum")
def segments_sum(
    context: Context,
    table: Value,
    indices: Value,
    segments: Value,
    count: Value,
    default: Value | None = None,
    weights: Value | None = None,
) -> Value:
    rows = _rows(context, table, indices, weights)
    return _by_segment(context, table, rows, context.build.cast(segments, np.int32), default, mean=False)


@lowers("SegmentMax")
def segment_max(
    context: Context, x: Value, segments: Value, count: Value | None = None, *, fill_mode: str
) -> Value:
    """The largest of each segment's rows, chosen from all: [segments, rows, …]. Empty segments hold 0 or the lowest number."""
    b = context.build
    if count is not None:
        known(count, "number of segments")
    number, rest = context.shape[0], x.shape[1:]
    if number * x.elements > _MOST:
        raise NotExpressibleError(f"{number} segments of {list(x.shape)} would be compared one with all")
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    own = b.reshape(b.cast(segments, np.int32), (1, x.shape[0], *(1,) * len(rest)))
    line = constant(np.arange(number, dtype=np.int32).reshape(-1, *(1,) * x.rank))
    mine = b("EQUAL", own, line)
    chosen = b("SELECT_V2", mine, b.reshape(x, (1, *x.shape)), np.asarray(lowest, x.dtype))
    largest = b("REDUCE_MAX", chosen, int32([1]))
    empty = 0 if fill_mode.lower() == "zero" else np.finfo(x.dtype).min if x.dtype.kind == "f" else lowest
    some = b("REDUCE_ANY", mine, int32([1]))
    return b("SELECT_V2", some, largest, np.asarray(empty, x.dtype))


_MOST = 1 << 24
"""Elements that a comparison of each with each may have."""
