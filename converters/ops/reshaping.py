"""Transpose and reshape: the operators that only rename axes."""

import math
from functools import partial

import numpy as np

from converters.graph import Node, Value
from converters.ops.equation import Permutation, Plan, Side
from converters.ops.spec import Inferred, op

Blocks = list[tuple[list[int], list[int]]]


@op("TRANSPOSE", options="TransposeOptions", parameters=(1,))
def transpose(x: Value, permutation: Value) -> Inferred:
    return [(tuple(x.shape[int(axis)] for axis in permutation.array), x.dtype)]


def blocks(before: tuple[int, ...], after: tuple[int, ...]) -> Blocks | None:
    """The smallest runs of axes that a reshape maps onto each other: (axes before, axes after), unit axes left out.

    Row-major order makes a reshape the identity on each such block. None for shapes that are empty or not known.
    """
    if min((*before, *after), default=1) <= 0:
        return None
    result: Blocks = []
    left = [axis for axis, n in enumerate(before) if n != 1]
    right = [axis for axis, n in enumerate(after) if n != 1]
    while left or right:
        block: tuple[list[int], list[int]] = ([left.pop(0)], [right.pop(0)])
        while (a := math.prod(before[i] for i in block[0])) != (b := math.prod(after[i] for i in block[1])):
            if a < b:
                block[0].append(left.pop(0))
            else:
                block[1].append(right.pop(0))
        result.append(block)
    return result


def _through(parts: Blocks, permutation: Permutation, side: int) -> list[int] | None:
    """The other side's non-unit axes in the order that `permutation` gives this side's blocks; None if it tears one."""
    owner = {axis: number for number, block in enumerate(parts) for axis in block[side]}
    order = [axis for axis in permutation if axis in owner]
    result: list[int] = []
    position = 0
    while position < len(order):
        block = parts[owner[order[position]]]
        if order[position : position + len(block[side])] != block[side]:
            return None
        result += block[1 - side]
        position += len(block[side])
    return result


def with_units(order: list[int], shape: tuple[int, ...]) -> Permutation:
    """A full permutation from the order of the non-unit axes: each unit axis follows the axis that precedes it in `shape`,
    leading ones stay in front."""
    result: list[int] = [
        axis for axis in range(len(shape)) if shape[axis] == 1 and all(n == 1 for n in shape[:axis])
    ]
    for axis in order:
        result.append(axis)
        following = axis + 1
        while following < len(shape) and shape[following] == 1:
            result.append(following)
            following += 1
    return tuple(result)


def reshape_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """reshape(T(x), T'(shape)) == T'(reshape(x, shape)) where T keeps every block of axes whole; T' moves the blocks alike."""
    x, y = node.input(0), node.output
    here, there = (x, y) if side == "in" else (y, x)
    if len(permutation) != here.rank or (side == "in" and slot != 0):
        return None
    parts = blocks(x.shape, y.shape)
    if parts is None:
        return None
    order = _through(parts, permutation, 0 if side == "in" else 1)
    if order is None:
        return None
    other = with_units(order, there.shape)
    before, after = (permutation, other) if side == "in" else (other, permutation)
    shape = np.asarray([y.shape[axis] for axis in after], np.int32)
    return Plan((before, *(None for _ in node.inputs[1:])), (after,), constants={1: partial(np.copy, shape)})


@op("RESHAPE", options="ReshapeOptions", equation=reshape_equation, parameters=(1,))
def reshape(x: Value, shape: Value, *, new_shape: tuple[int, ...] | None = None) -> Inferred:
    """One entry of `shape` may be -1. Raises ValueError where the elements do not fit."""
    if shape.data is None:
        return [((-1,) * shape.shape[0], x.dtype)]
    wanted = [int(n) for n in shape.array]
    if -1 in wanted and -1 not in x.shape:
        rest = math.prod(n for n in wanted if n != -1)
        wanted[wanted.index(-1)] = x.elements // rest if rest else 0
    if -1 not in (*wanted, *x.shape) and math.prod(wanted) != math.prod(x.shape):
        raise ValueError(f"{x.shape} does not reshape to {tuple(wanted)}")
    return [(tuple(wanted), x.dtype)]
