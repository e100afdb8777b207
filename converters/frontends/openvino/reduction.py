"""Reductions over constant axes."""

import numpy as np

from converters.frontends.openvino.lowering import Context, axes_of, int32, lowers
from converters.graph import Value, constant

REDUCTIONS = {
    "ReduceMean": "MEAN",
    "ReduceSum": "SUM",
    "ReduceMax": "REDUCE_MAX",
    "ReduceMin": "REDUCE_MIN",
    "ReduceProd": "REDUCE_PROD",
    "ReduceLogicalAnd": "REDUCE_ALL",
    "ReduceLogicalOr": "REDUCE_ANY",
}


def _register(source: str, op: str) -> None:
    @lowers(source)
    def lowering(context: Context, x: Value, axes: Value, *, keep_dims: bool = False) -> Value:
        return reduced(context, op, x, axes, keep_dims)


def reduced(context: Context, op: str, x: Value, axes: Value, keep_dims: bool) -> Value:
    over = axes_of(axes, x.rank)
    return context.build(op, x, int32(over), keep_dims=keep_dims) if over else x


for _source, _op in REDUCTIONS.items():
    _register(_source, _op)


@lowers("ReduceL1")
def reduce_l1(context: Context, x: Value, axes: Value, *, keep_dims: bool = False) -> Value:
    return reduced(context, "SUM", context.build("ABS", x), axes, keep_dims)


@lowers("ReduceL2")
def reduce_l2(context: Context, x: Value, axes: Value, *, keep_dims: bool = False) -> Value:
    b = context.build
    return b("SQRT", reduced(context, "SUM", b("SQUARE", x), axes, keep_dims))


@lowers("CumSum")
def cumsum(
    context: Context, x: Value, axis: Value, *, exclusive: bool = False, reverse: bool = False
) -> Value:
    """The axis may be computed at run time."""
    b = context.build
    if x.rank == 1:
        where = constant(np.asarray(0, np.int32))
    elif axis.data is not None:
        where = constant(np.asarray(int(axis.data.reshape(-1)[0]) % x.rank, np.int32))
    else:
        where = b.reshape(b.cast(axis, np.int32), ())
    return b("CUMSUM", x, where, exclusive=exclusive, reverse=reverse)
