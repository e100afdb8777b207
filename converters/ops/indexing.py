"""Operators that choose elements: slices, gathers, pads, tiles."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Node, Value
from converters.ops.elementwise import permuted_constant
from converters.ops.equation import Permutation, Plan, Side
from converters.ops.reduction import remaining
from converters.ops.spec import Inferred, op


def _reordered(value: Value, permutation: Permutation) -> npt.NDArray[Any]:
    """A per-axis parameter (begin, size, paddings …), one row an axis, in the permuted order."""
    return np.ascontiguousarray(value.array[list(permutation)])


def per_axis(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """f(T(x), T(parameters)) == T(f(x, parameters)) where the parameters have one entry an axis and are constant."""
    rows = [i for i, v in enumerate(node.inputs) if i and v is not None and v.rank > 0]
    fits = all(node.input(i).is_constant and node.input(i).shape[0] == len(permutation) for i in rows)
    if not fits or len(permutation) != node.input(0).rank or (side == "in" and slot != 0):
        return None
    return Plan(
        (permutation, *(None for _ in node.inputs[1:])),
        (permutation,),
        constants={i: partial(_reordered, node.input(i), permutation) for i in rows},
    )


@op("PAD", options="PadOptions", equation=per_axis, parameters=(1,))
def pad(x: Value, paddings: Value) -> Inferred:
    """paddings: [rank, 2], before and after."""
    if paddings.data is None:
        return [((-1,) * x.rank, x.dtype)]
    grown = paddings.array.sum(axis=1)
    return [(tuple(n if n < 0 else n + int(g) for n, g in zip(x.shape, grown, strict=True)), x.dtype)]


@op("PADV2", options="PadV2Options", equation=per_axis, parameters=(1,))
def pad_v2(x: Value, paddings: Value, fill: Value) -> Inferred:
    return pad(x, paddings)


@op("MIRROR_PAD", options="MirrorPadOptions", equation=per_axis, parameters=(1,))
def mirror_pad(x: Value, paddings: Value, *, mode: str = "REFLECT") -> Inferred:
    return pad(x, paddings)


@op("SLICE", options="SliceOptions", equation=per_axis, parameters=(1, 2))
def slice_(x: Value, begin: Value, size: Value) -> Inferred:
    if size.data is None:
        return [((-1,) * x.rank, x.dtype)]
    if begin.data is None:
        return [(tuple(int(s) for s in size.data), x.dtype)]
    sizes = [
        int(s) if s >= 0 else (-1 if n < 0 else n - int(b))
        for n, b, s in zip(x.shape, begin.data, size.data, strict=True)
    ]
    return [(tuple(sizes), x.dtype)]


@op("TILE", options="TileOptions", equation=per_axis, parameters=(1,))
def tile(x: Value, multiples: Value) -> Inferred:
    if multiples.data is None:
        return [((-1,) * x.rank, x.dtype)]
    shape = tuple(-1 if n < 0 else n * int(m) for n, m in zip(x.shape, multiples.data, strict=True))
    return [(shape, x.dtype)]


def strided_slice_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """x[T(b):T(e):T(s)] with the mask bits permuted too; axes that vanish or appear are not handled."""
    masks = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    plan = per_axis(node, side, slot, permutation)
    if plan is None or any(node.attrs.get(mask) for mask in masks):
        return None
    moved = {}
    for mask in ("begin_mask", "end_mask"):
        bits = node.attrs.get(mask, 0)
        moved[mask] = sum(1 << i for i, axis in enumerate(permutation) if bits >> axis & 1)
    return Plan(plan.inputs, plan.outputs, attrs=moved, constants=plan.constants)


@op("STRIDED_SLICE", options="StridedSliceOptions", equation=strided_slice_equation, parameters=(1, 2, 3))
def strided_slice(
    x: Value,
    begin: Value,
    end: Value,
    strides: Value,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    offset: bool = False,
) -> Inferred:
    """Python's slice on every axis; only plain begin and end masks are inferred here. Raises ValueError otherwise."""
    if ellipsis_mask or new_axis_mask or shrink_axis_mask or offset:
        raise ValueError("STRIDED_SLICE with ellipsis, new or vanishing axes is not built here")
    if begin.data is None or end.data is None or strides.data is None:
        return [((-1,) * x.rank, x.dtype)]
    shape = []
    for i, n in enumerate(x.shape):
        first = None if begin_mask >> i & 1 else int(begin.array[i])
        last = None if end_mask >> i & 1 else int(end.array[i])
        shape.append(-1 if n < 0 else len(range(n)[first : last : int(strides.array[i])]))
    return [(tuple(shape), x.dtype)]


def gather_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """gather(T(x), i, T⁻¹(axis)) == T'(gather(x, i, axis)) for constant indices that keep the axis or remove it."""
    x, indices = node.input(0), node.input(1)
    axis = int(node.attrs["axis"]) % x.rank
    if (
        not indices.is_constant
        or indices.rank > 1
        or len(permutation) != x.rank
        or (side == "in" and slot != 0)
    ):
        return None
    if (side == "out" and indices.rank == 0) or node.attrs.get("batch_dims"):
        return None
    result = permutation if indices.rank else remaining(permutation, {axis})
    return Plan((permutation, None), (result,), attrs={"axis": permutation.index(axis)})


@op("GATHER", options="GatherOptions", equation=gather_equation)
def gather(x: Value, indices: Value, *, axis: int = 0, batch_dims: int = 0) -> Inferred:
    axis %= x.rank
    return [((*x.shape[:axis], *indices.shape[batch_dims:], *x.shape[axis + 1 :]), x.dtype)]


def concatenation_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """concat(T(x)…, T⁻¹(axis)) == T(concat(x…, axis))."""
    if len(permutation) != node.output.rank:
        return None
    axis = int(node.attrs["axis"]) % node.output.rank
    values = [node.input(i) for i in range(len(node.inputs))]
    return Plan(
        tuple(None if value.is_constant else permutation for value in values),
        (permutation,),
        attrs={"axis": permutation.index(axis)},
        constants={
            i: partial(permuted_constant, value, value.rank, permutation)
            for i, value in enumerate(values)
            if value.is_constant
        },
    )


@op("CONCATENATION", options="ConcatenationOptions", equation=concatenation_equation)
def concatenation(*values: Value, axis: int = 0, fused_activation_function: str = "NONE") -> Inferred:
    first = values[0]
    axis %= first.rank
    sizes = [value.shape[axis] for value in values]
    total = -1 if -1 in sizes else sum(sizes)
    return [((*first.shape[:axis], total, *first.shape[axis + 1 :]), first.dtype)]


def split_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """split(T(x), T⁻¹(axis)) == T(split(x, axis)), every part."""
    data, where = (0, 2) if node.op == "SPLIT_V" else (1, 0)
    x, axis = node.input(data), node.input(where)
    if axis.data is None or len(permutation) != x.rank or (side == "in" and slot != data):
        return None
    moved = np.asarray(permutation.index(int(axis.data.reshape(-1)[0]) % x.rank), axis.dtype).reshape(
        axis.shape
    )
    return Plan(
        tuple(permutation if i == data else None for i in range(len(node.inputs))),
        (permutation,) * len(node.outputs),
        constants={where: partial(np.copy, moved)},
    )


@op("SPLIT", options="SplitOptions", equation=split_equation, parameters=(0,))
def split(axis: Value, x: Value, *, num_splits: int) -> Inferred:
    at = int(axis.array.reshape(-1)[0]) % x.rank
    shape = (*x.shape[:at], x.shape[at] // num_splits, *x.shape[at + 1 :])
    return [(shape, x.dtype)] * num_splits


@op("SPLIT_V", options="SplitVOptions", equation=split_equation, parameters=(1, 2))
def split_v(x: Value, sizes: Value, axis: Value, *, num_splits: int) -> Inferred:
    at = int(axis.array.reshape(-1)[0]) % x.rank
    parts = [-1] * num_splits if sizes.data is None else [int(size) for size in sizes.data]
    return [((*x.shape[:at], size, *x.shape[at + 1 :]), x.dtype) for size in parts]


@op("DYNAMIC_UPDATE_SLICE", options="DynamicUpdateSliceOptions")
def dynamic_update_slice(x: Value, update: Value, start: Value) -> Inferred:
    """x with `update` (x's rank) in place of what begins at `start` (one coordinate an axis), shifted to lie within x."""
    return [(x.shape, x.dtype)]
