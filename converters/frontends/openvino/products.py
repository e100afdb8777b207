"""Matrix products and convolutions of integers: LiteRT computes them in float32, which is exact as long as no sum passes 2^24."""

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, Lowering, NotExpressibleError
from converters.graph import Node, Value, constant

_EXACT = 2**24
"""Whole numbers up to here are float32 numbers."""

_TERMS = {
    "MatMul": lambda x, y, attributes: x.shape[-2 if attributes.get("transpose_a") and x.rank > 1 else -1],
    "Convolution": lambda x, y, attributes: prod(y.shape[1:]),
    "GroupConvolution": lambda x, y, attributes: prod(y.shape[2:]),
}
"""How many products are added up to an element of the result."""

_SAME_REACH = frozenset({"RESHAPE", "TRANSPOSE", "SLICE", "STRIDED_SLICE", "PAD", "GATHER", "TILE"})
_SUMS = frozenset({"ADD", "SUB"})


def is_integer_product(op_type: str, operands: list[Value]) -> bool:
    return op_type in _TERMS and all(value.dtype.kind in "iu" for value in operands[:2])


def integer_product(
    op_type: str, lowering: Lowering, context: Context, operands: list[Value], attributes: dict[str, Any]
) -> Value:
    """The product in int32: the right operand cut into digits so small that every float32 sum is exact, and these weighed and added.

    Raises NotExpressibleError where the numbers may be too large for that.
    """
    b = context.build
    x, y = operands
    terms = _TERMS[op_type](x, y, attributes)
    reach = _Reach(b.nodes)
    left, right = reach(x), reach(y)
    if terms < 0 or left * terms >= _EXACT:
        raise NotExpressibleError(
            f"LiteRT multiplies in float32, and {terms} products of integers up to {left} have no exact sum there; "
            f"cast them from 8-bit numbers, or multiply floats in the source"
        )
    bits = int(np.log2((_EXACT - 1) / (left * terms)))
    inner = replace(context, dtypes=(np.dtype(np.float32),))
    total: Value | None = None
    for place, digit in enumerate(_digits(context, b.cast(y, np.int32), right, bits)):
        part = lowering.function(inner, b.cast(x, np.float32), b.cast(digit, np.float32), **attributes)
        assert isinstance(part, Value)
        whole = b.cast(part, np.int32)
        if place:
            whole = b("MUL", whole, np.asarray(2 ** (bits * place), np.int32))
        total = whole if total is None else b("ADD", total, whole)
    assert total is not None
    return total


def _digits(context: Context, y: Value, reach: int, bits: int) -> list[Value]:
    """y = sum of digit(i) · 2^(bits · i), each digit from 0 to 2^bits - 1, the last one with the sign."""
    if reach < 2**bits:
        return [y]
    b, base = context.build, np.asarray(2**bits, np.int32)
    if y.data is not None:
        low, high = constant(y.data % base), constant(y.data >> bits)
    else:
        low, high = b("FLOOR_MOD", y, base), b("RIGHT_SHIFT", y, np.asarray(bits, np.int32))
    return [low, *_digits(context, high, (reach >> bits) + 1, bits)]


class _Reach:
    """The largest magnitude that an integer may have, as far as it is known."""

    def __init__(self, nodes: list[Node]) -> None:
        self.producers = {value: node for node in nodes for value in node.outputs}

    def __call__(self, value: Value) -> int:
        if value.data is not None:
            return int(np.abs(value.data.astype(np.int64)).max(initial=1))
        node = self.producers.get(value)
        info = np.iinfo(value.dtype)
        most = max(int(info.max), -int(info.min))
        if node is None or node.input(0).dtype.kind == "f":
            return most
        if node.op in _SAME_REACH or node.op == "CAST":
            source = node.input(0)
            return 1 if source.dtype == np.bool_ else min(most, self(source))
        if node.op in _SUMS:
            return min(most, self(node.input(0)) + self(node.input(1)))
        return most
