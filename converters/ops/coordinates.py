"""Operators that address elements by coordinates or by rank: gathers and scatters of many axes, largest values, one-hot."""

import numpy as np

from converters.graph import Node, Value
from converters.ops.equation import Permutation, Plan, Side
from converters.ops.reduction import last_axis_stays
from converters.ops.spec import Inferred, op


@op("GATHER_ND", options="GatherNdOptions")
def gather_nd(x: Value, indices: Value) -> Inferred:
    """indices: … K, each the first K coordinates of what is taken."""
    return [((*indices.shape[:-1], *x.shape[indices.shape[-1] :]), x.dtype)]


@op("SCATTER_ND", options="ScatterNdOptions", parameters=(2,))
def scatter_nd(indices: Value, updates: Value, shape: Value) -> Inferred:
    """Zeros of `shape` with `updates` added at `indices` (… K)."""
    known = (-1,) * shape.shape[0] if shape.data is None else tuple(int(n) for n in shape.data)
    return [(known, updates.dtype)]


def largest_of_last_axis(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """topk(T(x)) == T(topk(x)), values and indices, where T leaves the last axis."""
    return last_axis_stays(node, side, slot, permutation) if (side, slot) != ("in", 1) else None


@op("TOPK_V2", options="TopKV2Options", equation=largest_of_last_axis, parameters=(1,))
def topk_v2(x: Value, k: Value) -> Inferred:
    """The k largest of the last axis, largest first, and their int32 indices."""
    shape = (*x.shape[:-1], -1 if k.data is None else int(k.data.reshape(-1)[0]))
    return [(shape, x.dtype), (shape, np.dtype(np.int32))]


@op("ONE_HOT", options="OneHotOptions", parameters=(1,))
def one_hot(indices: Value, depth: Value, on: Value, off: Value, *, axis: int = -1) -> Inferred:
    """A new axis of `depth` at `axis`, `on` at the index and `off` elsewhere."""
    at = axis % (indices.rank + 1)
    size = -1 if depth.data is None else int(depth.data.reshape(-1)[0])
    return [((*indices.shape[:at], size, *indices.shape[at:]), on.dtype)]


@op("LOCAL_RESPONSE_NORMALIZATION", options="LocalResponseNormalizationOptions")
def local_response_normalization(
    x: Value, *, radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Inferred:
    """x / (bias + alpha · Σ x²)^beta over 2 · radius + 1 neighbouring channels (the last axis)."""
    return [(x.shape, x.dtype)]
