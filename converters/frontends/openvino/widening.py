"""Types that LiteRT's kernels do not compute in, widened around a lowering to ones that they do; exact, or refused."""

from dataclasses import replace
from typing import Any

import numpy as np

from converters.frontends.openvino.bits import reinterpreted
from converters.frontends.openvino.division import turned
from converters.frontends.openvino.lowering import Context, Lowering, NotExpressibleError, Results
from converters.frontends.openvino.products import integer_product, is_integer_product
from converters.graph import Node, Value
from converters.ops.builder import Builder

_WIDER: dict[str, np.dtype[Any]] = {
    **dict.fromkeys(("int8", "uint8", "int16", "uint16"), np.dtype(np.int32)),
    "uint32": np.dtype(np.int64),
    "float16": np.dtype(np.float32),
}
"""Types that LiteRT's kernels do not compute in → those that hold all their values. Casting back wraps around, as their arithmetic does."""

_ORDERED = frozenset(
    {
        *("Less", "LessEqual", "Greater", "GreaterEqual", "Maximum", "Minimum"),
        *("ReduceMax", "ReduceMin", "TopK"),
    }
)
"""Operators that ask for the order of numbers: 64 unsigned bits keep theirs as signed ones with the top bit turned."""

_SAME_BITS = frozenset(
    {
        *("Add", "Subtract", "Multiply", "Power", "Equal", "NotEqual", "Select", "SquaredDifference"),
        *("ReduceSum", "ReduceProd", "CumSum", "Gather", "GatherND", "GatherElements", "Concat", "Pad"),
        *("Split", "VariadicSplit", "ScatterUpdate", "ScatterNDUpdate", "ScatterElementsUpdate", "OneHot"),
        *("Tile", "Broadcast", "Slice", "StridedSlice", "Reverse", "ReverseSequence", "Identity", "NonZero"),
    }
)
"""Operators whose result has the same bits for signed and unsigned numbers: two's complement, and whatever only moves."""

_PLAIN = frozenset({"float32", "int32", "int64", "bool", "complex64"})
_SMALL = frozenset({"int8", "uint8", "int16"})
_HALF = frozenset({"float16"})
_UNSIGNED = frozenset({"uint16", "uint32"})
_EVERY = _SMALL | _HALF | _UNSIGNED | {"uint64", "float64"}
_ALSO: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("SELECT_V2", "SLICE", "STRIDED_SLICE", "RESHAPE", "TRANSPOSE", "TILE", "MIRROR_PAD"), _EVERY
    ),
    **dict.fromkeys(("BROADCAST_TO", "BITCAST"), _EVERY),
    "CAST": _EVERY - {"uint64"},
    "CONCATENATION": _SMALL | _HALF | {"uint32"},
    **dict.fromkeys(("GATHER", "GATHER_ND", "PAD", "PADV2"), _SMALL | _HALF),
    **dict.fromkeys(("SPLIT", "SPLIT_V", "MAXIMUM", "MINIMUM", "QUANTIZE", "DEQUANTIZE"), _SMALL),
    **dict.fromkeys(("BITWISE_XOR", "RIGHT_SHIFT"), _SMALL | _UNSIGNED),
}
"""What an operator computes in besides the plain types (measured: LiteRT 2.3, its own kernels and XNNPACK)."""

_NOT_INT64 = frozenset(
    {
        *("ABS", "POW", "SIGN", "FLOOR_DIV", "DIV", "SQUARED_DIFFERENCE", "SQUARE"),
        *("BITWISE_XOR", "RIGHT_SHIFT", "ARG_MAX", "ARG_MIN"),
    }
)


def widened(
    op_type: str, lowering: Lowering, context: Context, operands: list[Value], attributes: dict[str, Any]
) -> tuple[Value | None, ...]:
    """The lowering's results; types that LiteRT's kernels do not compute in are widened around it, which is exact.

    Raises NotExpressibleError, ValueError as lowerings do.
    """
    build = context.build
    before = len(build.nodes)
    if is_integer_product(op_type, operands):
        return (
            build.cast(integer_product(op_type, lowering, context, operands, attributes), context.dtypes[0]),
        )
    try:
        results = lowering.function(context, *operands, **attributes)
        _computable(build.nodes[before:])
    except NotExpressibleError:
        del build.nodes[before:]
        results = _in_wider_types(op_type, lowering, context, operands, attributes)
        _computable(build.nodes[before:])
    return tuple(
        value if value is None else _cast_back(context, value, dtype)
        for value, dtype in zip(_all(results), context.dtypes, strict=True)
    )


def _cast_back(context: Context, value: Value, dtype: np.dtype[Any]) -> Value:
    if value.dtype != dtype and np.uint64 in (value.dtype, dtype):
        return reinterpreted(context, context.build.cast(value, np.int64), dtype)
    return context.build.cast(value, dtype)


def _all(results: Results) -> tuple[Value | None, ...]:
    return results if isinstance(results, tuple) else (results,)


def _in_wider_types(
    op_type: str, lowering: Lowering, context: Context, operands: list[Value], attributes: dict[str, Any]
) -> Results:
    long = np.dtype(np.uint64)
    if op_type in _ORDERED | _SAME_BITS and any(value.dtype == long for value in operands):
        return _as_signed(op_type, lowering, context, operands, attributes)
    wide = [_wide(context.build, operand) for operand in operands]
    if all(a is b for a, b in zip(wide, operands, strict=True)):
        # Once more, for its reason.
        before = len(context.build.nodes)
        results = lowering.function(context, *operands, **attributes)
        _computable(context.build.nodes[before:])
        return results
    dtypes = tuple(_WIDER.get(dtype.name, dtype) for dtype in context.dtypes)
    return lowering.function(replace(context, dtypes=dtypes), *wide, **attributes)


def _wide(build: Builder, operand: Value) -> Value:
    return build.cast(operand, _WIDER.get(operand.dtype.name, operand.dtype))


def _as_signed(
    op_type: str, lowering: Lowering, context: Context, operands: list[Value], attributes: dict[str, Any]
) -> Results:
    """uint64 as int64: the same bits, or where the order counts those with the top bit turned."""
    long = np.dtype(np.uint64)
    ordered = op_type in _ORDERED

    def signed(value: Value) -> Value:
        if value.dtype != long:
            return value
        bits = reinterpreted(context, value, np.int64)
        return turned(context, bits) if ordered else bits

    dtypes = tuple(np.dtype(np.int64) if dtype == long else dtype for dtype in context.dtypes)
    results = lowering.function(
        replace(context, dtypes=dtypes), *(signed(value) for value in operands), **attributes
    )
    if not ordered:
        return results
    return tuple(
        turned(context, value) if value is not None and dtype == long else value
        for value, dtype in zip(_all(results), context.dtypes, strict=True)
    )


def _computable(nodes: list[Node]) -> None:
    """Raises NotExpressibleError for what LiteRT's kernels refuse, or abort on: small integers that are not quantized numbers."""
    for node in nodes:
        kinds = {value.dtype.name for value in (*node.inputs, *node.outputs) if value is not None}
        strange = kinds - _PLAIN - _ALSO.get(node.op, frozenset())
        if node.op in _NOT_INT64:
            strange |= kinds & {"int64"}
        if strange:
            raise NotExpressibleError(
                f"LiteRT's {node.op} does not compute in {min(strange)}; cast it in the source"
            )
