"""Distinct numbers, or distinct slices along an axis."""

import numpy as np

from converters.frontends.openvino.dynamic.vectors import extents
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers_dynamic
from converters.graph import Value


@lowers_dynamic("Unique")
def unique(
    context: Context,
    x: Value,
    axis: Value | None = None,
    *,
    sorted: bool = True,  # noqa: A002  (the operator's own name)
    index_element_type: str = "i64",
    count_element_type: str = "i64",
) -> tuple[Value, Value, Value, Value]:
    """What is distinct, where each stands first, the number of each element's (or slice's) own, and how often each stands."""
    if -1 in x.shape:
        raise NotExpressibleError("how many there are to compare is only known at run time")
    b = context.build
    if axis is None or x.rank == 1:
        where, source = 0, b.reshape(x, (x.elements,))
        numbers, total = _of_numbers(context, source, sorted)
    else:
        where, source = int(known(axis, "axis").item()) % x.rank, x
        order = (where, *(i for i in range(x.rank) if i != where))
        rows = b.reshape(b.transpose(x, order), (x.shape[where], x.elements // x.shape[where]))
        numbers, total = _of_rows(context, rows, sorted)
    every = b("RESHAPE", _upto(context, total), int32([-1, 1]))
    hits = b.cast(b("EQUAL", every, b.reshape(numbers, (1, *numbers.shape))), np.float32)
    first = b("ARG_MAX", hits, np.asarray(1, np.int32), output_type="int32")
    counts = b("SUM", hits, int32([1]))
    found = (b("GATHER", source, first, axis=where), first, numbers, counts)
    values, firsts, inverse, often = (b.cast(v, t) for v, t in zip(found, context.dtypes, strict=True))
    return values, firsts, inverse, often


def _upto(context: Context, total: Value) -> Value:
    """0, 1 … total - 1."""
    return context.build("RANGE", np.asarray(0, np.int32), total, np.asarray(1, np.int32))


def _of_numbers(context: Context, flat: Value, ordered: bool) -> tuple[Value, Value]:
    """(the number of each element's value, how many values)."""
    b = context.build
    values, numbers = b.many("UNIQUE", flat)
    count = extents(context, values)
    total = b.reshape(count, ())
    if ordered:
        order = b.many("TOPK_V2", b("NEG", values), total)[1]
        places = b("SCATTER_ND", b("RESHAPE", order, int32([-1, 1])), _upto(context, total), count)
        numbers = b("GATHER", places, numbers, axis=0)
    return numbers, total


def _of_rows(context: Context, rows: Value, ordered: bool) -> tuple[Value, Value]:
    """The same for rows [n, m]: every row beside every other, ordered by the first element in which they differ."""
    b = context.build
    n, m = rows.shape
    left, right = b.reshape(rows, (n, 1, m)), b.reshape(rows, (1, n, m))
    differ = b("NOT_EQUAL", left, right)
    same = b("LOGICAL_NOT", b("REDUCE_ANY", differ, int32([2])))
    earlier = np.tri(n, k=-1, dtype=bool)
    new = b("LOGICAL_NOT", b("REDUCE_ANY", b("LOGICAL_AND", same, earlier), int32([1])))
    fresh = b.cast(new, np.int32)
    total = b.reshape(b("SUM", fresh, int32([0]), keep_dims=True), ())
    if not ordered:
        own = b("ARG_MAX", b.cast(same, np.float32), np.asarray(1, np.int32), output_type="int32")
        before = b("CUMSUM", fresh, np.asarray(0, np.int32), exclusive=True)
        return b("GATHER", before, own, axis=0), total
    place = b("ARG_MAX", b.cast(differ, np.float32), np.asarray(2, np.int32), output_type="int32")
    yes, no = np.asarray(True), np.asarray(False)
    decides = b("ONE_HOT", place, np.asarray(m, np.int32), yes, no, axis=-1)
    below = b("REDUCE_ANY", b("LOGICAL_AND", b("LESS", right, left), decides), int32([2]))
    smaller = b("LOGICAL_AND", below, b.reshape(new, (1, n)))
    return b("SUM", b.cast(smaller, np.int32), int32([1])), total
