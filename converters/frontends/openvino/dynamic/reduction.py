"""Reductions over axes that are computed."""

import numpy as np

from converters.frontends.openvino.dynamic.vectors import narrow
from converters.frontends.openvino.lowering import Context, lowers_dynamic
from converters.frontends.openvino.reduction import REDUCTIONS
from converters.graph import Value


def _reduced(context: Context, op: str, x: Value, axes: Value, keep_dims: bool) -> Value:
    if axes.elements == 0:
        return x
    result = context.build(op, x, narrow(context, axes), keep_dims=keep_dims)
    if axes.data is None and len(context.shape) == result.rank:
        result.shape = context.shape
    if op in ("REDUCE_MAX", "REDUCE_MIN") and x.elements == 0 and x.dtype.kind == "f":
        # LiteRT starts from the largest finite number, sources from infinity: twice the former is the latter.
        result = context.build("MUL", result, np.asarray(2, x.dtype))
    return result


def _register(source: str, op: str) -> None:
    @lowers_dynamic(source)
    def lowering(context: Context, x: Value, axes: Value, *, keep_dims: bool = False) -> Value:
        return _reduced(context, op, x, axes, keep_dims)


for _source, _op in REDUCTIONS.items():
    _register(_source, _op)


@lowers_dynamic("ReduceL1")
def reduce_l1(context: Context, x: Value, axes: Value, *, keep_dims: bool = False) -> Value:
    return _reduced(context, "SUM", context.build("ABS", x), axes, keep_dims)


@lowers_dynamic("ReduceL2")
def reduce_l2(context: Context, x: Value, axes: Value, *, keep_dims: bool = False) -> Value:
    b = context.build
    return b("SQRT", _reduced(context, "SUM", b("SQUARE", x), axes, keep_dims))
