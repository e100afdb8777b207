"""Where numbers lie among others, sequences turned round, matrices with ones on a diagonal."""

import numpy as np

from converters.frontends.openvino.lowering import Context, known, lowers
from converters.graph import Value, constant
from converters.ops.equation import inverse


def _counted(context: Context, op: str, bounds: Value, x: Value) -> Value:
    """How many of the last axis of `bounds` stand in the relation `op` to each of `x` (of the same rank, its last axis its own)."""
    b = context.build
    lined = b.reshape(bounds, (*bounds.shape[:-1], 1, bounds.shape[-1]))
    below = b(op, lined, b.reshape(x, (*x.shape, 1)))
    count = b("SUM", b.cast(below, np.int32), np.asarray([below.rank - 1], np.int32))
    return b.cast(b.reshape(count, context.shape), context.dtypes[0])


@lowers("Bucketize")
def bucketize(
    context: Context,
    x: Value,
    buckets: Value,
    *,
    output_type: str = "i64",
    with_right_bound: bool = True,
) -> Value:
    """The number of boundaries below each number, or (without the right bound) not above it."""
    b = context.build
    if buckets.elements == 0:
        return constant(np.zeros(context.shape, context.dtypes[0]))
    kind = np.result_type(x.dtype, buckets.dtype) if x.dtype != buckets.dtype else x.dtype
    kind = np.dtype(np.float32) if kind == np.float64 else kind
    flat = b.reshape(b.cast(x, kind), (x.elements,))
    return _counted(context, "LESS" if with_right_bound else "LESS_EQUAL", b.cast(buckets, kind), flat)


@lowers("SearchSorted")
def search_sorted(
    context: Context, ordered: Value, values: Value, *, right_mode: bool = False, output_type: str = "i64"
) -> Value:
    """The place of each value in its sorted row: the number of elements below it, in right mode of those not above it."""
    b = context.build
    flat = b.reshape(values, (values.elements,)) if ordered.rank == 1 else values
    return _counted(context, "LESS_EQUAL" if right_mode else "LESS", ordered, flat)


@lowers("ReverseSequence")
def reverse_sequence(
    context: Context, x: Value, lengths: Value, *, batch_axis: int = 0, seq_axis: int = 1
) -> Value:
    """Each batch's first elements in reverse: at t < length what stands at length - 1 - t."""
    b = context.build
    batch, along = batch_axis % x.rank, seq_axis % x.rank
    order = (batch, along, *(i for i in range(x.rank) if i not in (batch, along)))
    steps = constant(np.arange(x.shape[along], dtype=np.int32).reshape(1, -1))
    size = b.reshape(b.cast(lengths, np.int32), (x.shape[batch], 1))
    turned = b("SUB", b("SUB", size, np.int32(1)), steps)
    places = b("SELECT_V2", b("LESS", steps, size), turned, steps)
    return b.transpose(b("GATHER", b.transpose(x, order), places, axis=1, batch_dims=1), inverse(order))


@lowers("Eye")
def eye(
    context: Context,
    rows: Value,
    columns: Value,
    diagonal: Value,
    batch: Value | None = None,
    *,
    output_type: str,
) -> Value:
    """Ones where column - row is the diagonal's number, which may be computed; the sizes are known."""
    b = context.build
    height, width = (int(known(v, "size").reshape(-1)[0]) for v in (rows, columns))
    offsets = np.arange(width, dtype=np.int32) - np.arange(height, dtype=np.int32)[:, None]
    number = b.reshape(b.cast(diagonal, np.int32), (1, 1))
    ones = b.cast(b("EQUAL", offsets, number), context.dtypes[0])
    lead = context.shape[:-2]
    if not lead:
        return ones
    lifted = b.reshape(ones, (*(1,) * len(lead), height, width))
    return b("TILE", lifted, np.asarray([*lead, 1, 1], np.int32))
