"""Scaled dot-product attention in the fewest operators."""

import numpy as np

from converters.frontends.openvino.activations import scalar
from converters.frontends.openvino.arithmetic import binary
from converters.frontends.openvino.lowering import Context, NotExpressibleError, known, lowers
from converters.graph import Value, constant

_MASKED = -1e30
"""What a masked score becomes: exp of it is exactly zero in float32."""


@lowers("ScaledDotProductAttention")
def attention(
    context: Context,
    query: Value,
    key: Value,
    value: Value,
    mask: Value | None = None,
    scale: Value | None = None,
    sink: Value | None = None,
    *,
    causal: bool = False,
) -> Value:
    """softmax(query · keyᵀ · scale + mask) · value; the scale goes to the query, which is the smaller product."""
    if sink is not None:
        raise NotExpressibleError("attention sinks are not built yet")
    b = context.build
    rank = query.rank
    factor = 1 / np.sqrt(query.shape[-1]) if scale is None else float(known(scale, "scale").reshape(-1)[0])
    scaled = query if factor == 1 else b("MUL", query, scalar(factor, query))
    keys, values = (context.lift(operand, rank) for operand in (key, value))
    scores = b("BATCH_MATMUL", scaled, keys, adj_y=True)
    if causal:
        rows, columns = scores.shape[-2:]
        future = np.triu(np.ones((rows, columns), bool), 1)
        scores = b("ADD", scores, constant(np.where(future, _MASKED, 0).astype(query.dtype)))
    elif mask is not None and mask.dtype == np.bool_:
        allowed = context.lift(mask, rank)
        scores = b("SELECT_V2", allowed, scores, scalar(_MASKED, query))
        return _undefined_where_all_is_masked(
            context, allowed, b("BATCH_MATMUL", b("SOFTMAX", scores), values)
        )
    elif mask is not None and not (mask.is_constant and mask.elements == 1 and not np.any(mask.array)):
        scores = binary(context, "ADD", scores, mask)
    return b("BATCH_MATMUL", b("SOFTMAX", scores), values)


def _undefined_where_all_is_masked(context: Context, allowed: Value, y: Value) -> Value:
    """The softmax of a row without a score is 0/0 in the source, and models ask for that NaN (ONNX's Attention-23)."""
    b = context.build
    if not allowed.is_constant:
        some = b("REDUCE_ANY", allowed, np.asarray([allowed.rank - 1], np.int32), keep_dims=True)
    elif allowed.array.any(-1).all():
        return y
    else:
        some = constant(allowed.array.any(-1, keepdims=True))
    return b("SELECT_V2", some, y, scalar(np.nan, y))
