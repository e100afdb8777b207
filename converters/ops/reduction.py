"""Operators that fold axes together, and those that normalise along the last one."""

from functools import partial

import numpy as np

from converters.graph import Node, Value
from converters.ops.equation import Permutation, Plan, Side
from converters.ops.spec import Inferred, op


def remaining(permutation: Permutation, removed: set[int]) -> Permutation:
    """The permutation that is left when the source axes `removed` vanish."""
    kept = [axis for axis in range(len(permutation)) if axis not in removed]
    return tuple(kept.index(axis) for axis in permutation if axis not in removed)


def normal_axes(axes: Value, rank: int) -> list[int]:
    """The (constant) axes operand as non-negative ints."""
    return [int(axis) % rank for axis in axes.array.reshape(-1)]


def reduces(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """reduce(T(x), T⁻¹(axes)) == T'(reduce(x, axes)), with T' what T leaves of the axes that stay."""
    x, axes = node.input(0), node.input(1)
    keep = bool(node.attrs.get("keep_dims", False))
    if (
        axes.data is None
        or len(permutation) != x.rank
        or (side == "out" and not keep)
        or (side == "in" and slot != 0)
    ):
        return None
    reduced = normal_axes(axes, x.rank)
    moved = np.asarray(sorted(permutation.index(axis) for axis in reduced), axes.dtype).reshape(axes.shape)
    result = permutation if keep else remaining(permutation, set(reduced))
    return Plan((permutation, None), (result,), constants={1: partial(np.copy, moved)})


def last_axis_stays(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """f(T(x)) == T(f(x)) where f works along the last axis and T leaves it there."""
    rank = node.output.rank
    if len(permutation) != rank or permutation[-1] != rank - 1:
        return None
    return Plan((permutation, *(None for _ in node.inputs[1:])), (permutation,) * len(node.outputs))


def _reduce(x: Value, axes: Value, *, keep_dims: bool = False) -> Inferred:
    if axes.data is None:
        return [((-1,) * (x.rank if keep_dims else x.rank - max(axes.elements, 0)), x.dtype)]
    reduced = set(normal_axes(axes, x.rank))
    if keep_dims:
        return [(tuple(1 if i in reduced else n for i, n in enumerate(x.shape)), x.dtype)]
    return [(tuple(n for i, n in enumerate(x.shape) if i not in reduced), x.dtype)]


for _name in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL"):
    op(_name, options="ReducerOptions", equation=reduces, parameters=(1,))(_reduce)


def arg_reduces(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """argmax(T(x), T⁻¹(axis)) == T'(argmax(x, axis))."""
    return reduces(node, side, slot, permutation) if side == "in" else None


def _arg(x: Value, axis: Value, *, output_type: str = "int32") -> Inferred:
    removed = normal_axes(axis, x.rank)[0]
    return [(tuple(n for i, n in enumerate(x.shape) if i != removed), np.dtype(output_type))]


op("ARG_MAX", options="ArgMaxOptions", equation=arg_reduces, parameters=(1,))(_arg)
op("ARG_MIN", options="ArgMinOptions", equation=arg_reduces, parameters=(1,))(_arg)


@op("SOFTMAX", options="SoftmaxOptions", equation=last_axis_stays)
def softmax(x: Value, *, beta: float = 1.0) -> Inferred:
    return [(x.shape, x.dtype)]


@op("LOG_SOFTMAX", options="LogSoftmaxOptions", equation=last_axis_stays)
def log_softmax(x: Value) -> Inferred:
    return [(x.shape, x.dtype)]


@op("L2_NORMALIZATION", options="L2NormOptions", equation=last_axis_stays)
def l2_normalization(x: Value, *, fused_activation_function: str = "NONE") -> Inferred:
    return [(x.shape, x.dtype)]


def scans(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """cumsum(T(x), T⁻¹(axis)) == T(cumsum(x, axis))."""
    x, axis = node.input(0), node.input(1)
    if axis.data is None or len(permutation) != x.rank or (side == "in" and slot != 0):
        return None
    moved = np.asarray(permutation.index(normal_axes(axis, x.rank)[0]), axis.dtype).reshape(axis.shape)
    return Plan((permutation, None), (permutation,), constants={1: partial(np.copy, moved)})


@op("CUMSUM", options="CumsumOptions", equation=scans, parameters=(1,))
def cumsum(x: Value, axis: Value, *, exclusive: bool = False, reverse: bool = False) -> Inferred:
    return [(x.shape, x.dtype)]
