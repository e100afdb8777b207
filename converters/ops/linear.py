"""Matrix products."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Node, Value
from converters.ops.elementwise import broadcast
from converters.ops.equation import Permutation, Plan, Side, identity
from converters.ops.spec import Inferred, op


def _columns(weights: Value, shape: tuple[int, ...], permutation: Permutation) -> npt.NDArray[Any]:
    """The weights' columns in the order in which a permuted operand of `shape` (batch first) is flattened."""
    inner = tuple(axis for axis in permutation[1:])
    stacked = weights.array.reshape((weights.shape[0], *shape[1:]))
    return np.ascontiguousarray(stacked.transpose((0, *inner)).reshape(weights.shape))


def fully_connected_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """fc(T(x), W) == T(fc(x, W)) where T leaves the last axis; fc(T(x), T(W)) == fc(x, W) where fc flattens all but the batch."""
    x, weights = node.input(0), node.input(1)
    others = tuple(None for _ in node.inputs[1:])
    if node.attrs.get("keep_num_dims") or x.rank == 2:
        if (
            len(permutation) != node.output.rank
            or permutation[-1] != x.rank - 1
            or (side == "in" and slot != 0)
        ):
            return None
        if x.is_constant:
            return Plan((None, *others), (permutation,), constants={0: partial(_permuted, x, permutation)})
        return Plan((permutation, *others), (permutation,))
    flattens = x.shape[0] == node.output.shape[0] and weights.is_constant and not x.is_constant
    if side == "out" or slot != 0 or permutation[0] != 0 or not flattens:
        return None
    return Plan(
        (permutation, *others),
        (identity(node.output.rank),),
        constants={1: partial(_columns, weights, x.shape, permutation)},
    )


@op("FULLY_CONNECTED", options="FullyConnectedOptions", equation=fully_connected_equation)
def fully_connected(
    x: Value,
    weights: Value,
    bias: Value | None = None,
    *,
    fused_activation_function: str = "NONE",
    weights_format: str = "DEFAULT",
    keep_num_dims: bool = False,
    asymmetric_quantize_inputs: bool = False,
    quantized_bias_type: str = "FLOAT32",
) -> Inferred:
    """x: … K, weights: N K, bias: N. Without `keep_num_dims` the operand is flattened to rows of K."""
    units, depth = weights.shape
    if keep_num_dims:
        if x.shape[-1] != depth:
            raise ValueError(f"{x.shape[-1]} features for weights of {depth}")
        return [((*x.shape[:-1], units), x.dtype)]
    if -1 in x.shape:
        return [((x.shape[0], units), x.dtype)]
    if x.elements % depth:
        raise ValueError(f"{x.elements} elements do not make rows of {depth}")
    return [((x.elements // depth, units), x.dtype)]


def batch_matmul_equation(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """matmul(T(x), T(y)) == T(matmul(x, y)) over the batch axes; a transposed operand flips its adjoint flag."""
    x, y = node.input(0), node.input(1)
    rank = node.output.rank
    if len(permutation) != rank or x.rank != rank or y.rank != rank:
        return None
    batch, tail = permutation[:-2], permutation[-2:]
    plain, swapped = (rank - 2, rank - 1), (rank - 1, rank - 2)
    if set(batch) != set(range(rank - 2)) or (side == "out" and tail != plain):
        return None
    tails = [plain, plain]
    flags = {}
    if side == "in" and tail == swapped:
        tails[slot] = swapped
        name = ("adj_x", "adj_y")[slot]
        flags[name] = not node.attrs.get(name, False)
    permutations = [(*batch, *tails[0]), (*batch, *tails[1])]
    constants = {
        index: partial(_permuted, value, permutations[index])
        for index, value in enumerate((x, y))
        if value.is_constant and permutations[index] != identity(rank)
    }
    inputs = tuple(None if v.is_constant else p for v, p in zip((x, y), permutations, strict=True))
    return Plan(inputs, ((*batch, *plain),), attrs=flags, constants=constants)


def _permuted(value: Value, permutation: Permutation) -> npt.NDArray[Any]:
    return np.ascontiguousarray(value.array.transpose(permutation))


@op("BATCH_MATMUL", options="BatchMatMulOptions", equation=batch_matmul_equation)
def batch_matmul(
    x: Value, y: Value, *, adj_x: bool = False, adj_y: bool = False, asymmetric_quantize_inputs: bool = False
) -> Inferred:
    """x: … M K (K M with adj_x), y: … K N (N K with adj_y), leading axes broadcast."""
    rows, inner = (x.shape[-1], x.shape[-2]) if adj_x else (x.shape[-2], x.shape[-1])
    depth, columns = (y.shape[-1], y.shape[-2]) if adj_y else (y.shape[-2], y.shape[-1])
    if inner != depth and -1 not in (inner, depth):
        raise ValueError(f"matrix product of {x.shape} and {y.shape}")
    lead = broadcast(x.shape[:-2], y.shape[:-2]) if x.rank > 2 or y.rank > 2 else ()
    return [((*lead, rows, columns), x.dtype)]
