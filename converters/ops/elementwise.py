"""Operators that treat every element alike, with numpy's broadcasting."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Node, Value
from converters.ops.equation import Permutation, Plan, Side, identity
from converters.ops.spec import Inferred, op

ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")
"""What `fused_activation_function` may say, in the schema's order."""


def permuted_constant(value: Value, rank: int, permutation: Permutation) -> npt.NDArray[Any]:
    """A constant that broadcasts against rank `rank`, so that it broadcasts against the permuted result."""
    data = value.array
    return np.ascontiguousarray(data.reshape((1,) * (rank - data.ndim) + data.shape).transpose(permutation))


def elementwise(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """f(T(x), T(y)) == T(f(x, y)) where x and y have the result's rank; constants are permuted, single elements need not be."""
    rank = node.output.rank
    if len(permutation) != rank or (side == "in" and node.input(slot).rank != rank):
        return None
    inputs: list[Permutation | None] = []
    constants = {}
    for index, value in enumerate(node.inputs):
        if value is None or value.is_constant:
            inputs.append(None)
            if value is not None and value.elements > 1:
                constants[index] = partial(permuted_constant, value, rank, permutation)
        elif value.rank == rank:
            inputs.append(permutation)
        elif value.elements == 1:
            inputs.append(identity(value.rank))
        else:
            return None
    return Plan(tuple(inputs), (permutation,) * len(node.outputs), constants=constants)


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """numpy's broadcast of shapes in which -1 is a dimension unknown before run time. Raises ValueError."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    result = []
    for dimensions in zip(*padded, strict=True):
        known = {dimension for dimension in dimensions if dimension not in (1, -1)}
        if len(known) > 1:
            raise ValueError(f"shapes {', '.join(map(str, shapes))} do not broadcast")
        result.append(known.pop() if known else (-1 if -1 in dimensions else 1))
    return tuple(result)


def _same(x: Value) -> Inferred:
    return [(x.shape, x.dtype)]


def _binary(x: Value, y: Value) -> Inferred:
    return [(broadcast(x.shape, y.shape), x.dtype)]


def _fused(x: Value, y: Value, *, fused_activation_function: str = "NONE") -> Inferred:
    return _binary(x, y)


def _compare(x: Value, y: Value) -> Inferred:
    return [(broadcast(x.shape, y.shape), np.dtype(bool))]


for _name in (
    *(
        "RELU",
        "RELU6",
        "RELU_N1_TO_1",
        "RELU_0_TO_1",
        "LOGISTIC",
        "TANH",
        "ELU",
        "SIN",
        "SQRT",
        "RSQRT",
        "LOG",
    ),
    *("FLOOR", "CEIL", "ROUND"),
):
    op(_name, equation=elementwise)(_same)

for _name, _options in (
    ("EXP", "ExpOptions"),
    ("NEG", "NegOptions"),
    ("ABS", "AbsOptions"),
    ("SQUARE", "SquareOptions"),
    ("COS", "CosOptions"),
    ("SIGN", "SignOptions"),
    ("HARD_SWISH", "HardSwishOptions"),
    ("LOGICAL_NOT", "LogicalNotOptions"),
    ("ZEROS_LIKE", "ZerosLikeOptions"),
):
    op(_name, options=_options, equation=elementwise)(_same)

for _name, _options in (("ADD", "AddOptions"), ("MUL", "MulOptions")):
    op(_name, options=_options, equation=elementwise, commutative=True)(_fused)

for _name, _options in (("SUB", "SubOptions"), ("DIV", "DivOptions")):
    op(_name, options=_options, equation=elementwise)(_fused)

for _name, _options, _commutes in (
    ("MAXIMUM", "MaximumMinimumOptions", True),
    ("MINIMUM", "MaximumMinimumOptions", True),
    ("SQUARED_DIFFERENCE", "SquaredDifferenceOptions", True),
    ("POW", "PowOptions", False),
    ("FLOOR_DIV", "FloorDivOptions", False),
    ("FLOOR_MOD", "FloorModOptions", False),
    ("LOGICAL_AND", "LogicalAndOptions", True),
    ("LOGICAL_OR", "LogicalOrOptions", True),
    ("ATAN2", "ATan2Options", False),
    ("BITWISE_XOR", "BitwiseXorOptions", True),
    ("RIGHT_SHIFT", "RightShiftOptions", False),
):
    op(_name, options=_options, equation=elementwise, commutative=_commutes)(_binary)

for _name, _options in (
    ("EQUAL", "EqualOptions"),
    ("NOT_EQUAL", "NotEqualOptions"),
    ("LESS", "LessOptions"),
    ("LESS_EQUAL", "LessEqualOptions"),
    ("GREATER", "GreaterOptions"),
    ("GREATER_EQUAL", "GreaterEqualOptions"),
):
    op(_name, options=_options, equation=elementwise)(_compare)


@op("GELU", options="GeluOptions", equation=elementwise)
def gelu(x: Value, *, approximate: bool = False) -> Inferred:
    return _same(x)


@op("LEAKY_RELU", options="LeakyReluOptions", equation=elementwise)
def leaky_relu(x: Value, *, alpha: float = 0.0) -> Inferred:
    return _same(x)


@op("PRELU", equation=elementwise)
def prelu(x: Value, alpha: Value) -> Inferred:
    return [(broadcast(x.shape, alpha.shape), x.dtype)]


@op("SELECT_V2", options="SelectV2Options", equation=elementwise)
def select_v2(condition: Value, x: Value, y: Value) -> Inferred:
    return [(broadcast(condition.shape, x.shape, y.shape), x.dtype)]


def _bits(node: Node, side: Side, slot: int, permutation: Permutation) -> Plan | None:
    """Elementwise where both types are of one size."""
    same = node.input(0).rank == node.output.rank
    return elementwise(node, side, slot, permutation) if same else None


@op("BITCAST", equation=_bits)
def bitcast(x: Value, *, out_data_type: str = "int32") -> Inferred:
    """The same bits as another type: a smaller one adds an axis behind all others, a larger one takes it away.

    `out_data_type` is no option of the schema: in a file the result's own type says it.
    """
    target: np.dtype[Any] = np.dtype(out_data_type)
    if x.dtype.itemsize > target.itemsize:
        return [((*x.shape, x.dtype.itemsize // target.itemsize), target)]
    if x.dtype.itemsize < target.itemsize:
        if not x.shape or x.shape[-1] != target.itemsize // x.dtype.itemsize:
            raise ValueError(f"{x.shape} {x.dtype} do not make up {target}")
        return [(x.shape[:-1], target)]
    return [(x.shape, target)]


@op("CAST", options="CastOptions", equation=elementwise)
def cast(x: Value, *, in_data_type: str = "float32", out_data_type: str = "float32") -> Inferred:
    return [(x.shape, np.dtype(out_data_type))]


@op("QUANTIZE", equation=elementwise)
def quantize(x: Value, *, scale: float = 1.0, zero_point: int = 0) -> Inferred:
    """To int8. In a file the result's own quantization says the grid; as options they tell two such nodes apart."""
    return [(x.shape, np.dtype(np.int8))]


@op("DEQUANTIZE", equation=elementwise)
def dequantize(x: Value) -> Inferred:
    return [(x.shape, np.dtype(np.float32))]
