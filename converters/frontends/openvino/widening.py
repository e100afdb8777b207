"""Types that LiteRT's kernels do not compute in, widened around a lowering to ones that they do; exact, or refused."""

from dataclasses import replace
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, Lowering, NotExpressibleError
from converters.graph import Node, Value

_WIDER: dict[str, np.dtype[Any]] = {
    **dict.fromkeys(("int8", "uint8", "int16", "uint16"), np.dtype(np.int32)),
    "uint32": np.dtype(np.int64),
    "float16": np.dtype(np.float32),
}
"""Types that LiteRT's kernels do not compute in → those that hold all their values. Casting back wraps around, as their arithmetic does."""

_PLAIN = frozenset({"float32", "int32", "int64", "bool", "complex64"})
_MOVING = frozenset(
    {
        "CAST",
        "RESHAPE",
        "TRANSPOSE",
        "CONCATENATION",
        "SLICE",
        "STRIDED_SLICE",
        "GATHER",
        "SPLIT",
        "SPLIT_V",
        "PAD",
        "TILE",
    }
)
_NOT_INT64 = frozenset({"ABS", "POW", "SIGN", "FLOOR_DIV", "SPLIT"})


def widened(
    lowering: Lowering, context: Context, operands: list[Value], attributes: dict[str, Any]
) -> tuple[Value | None, ...]:
    """The lowering's results; types that LiteRT's kernels do not compute in are widened around it, which is exact.

    Raises NotExpressibleError, ValueError as lowerings do.
    """
    build = context.build
    before = len(build.nodes)
    try:
        results = lowering.function(context, *operands, **attributes)
        _computable(build.nodes[before:])
    except NotExpressibleError:
        del build.nodes[before:]
        wide = [build.cast(operand, _WIDER.get(operand.dtype.name, operand.dtype)) for operand in operands]
        if all(a is b for a, b in zip(wide, operands, strict=True)):
            raise
        dtypes = tuple(_WIDER.get(dtype.name, dtype) for dtype in context.dtypes)
        results = lowering.function(replace(context, dtypes=dtypes), *wide, **attributes)
        _computable(build.nodes[before:])
    found = results if isinstance(results, tuple) else (results,)
    return tuple(
        value if value is None else build.cast(value, dtype)
        for value, dtype in zip(found, context.dtypes, strict=True)
    )


def _computable(nodes: list[Node]) -> None:
    """Raises NotExpressibleError for what LiteRT's kernels refuse, or abort on: small integers that are not quantized numbers."""
    for node in nodes:
        kinds = {value.dtype.name for value in (*node.inputs, *node.outputs) if value is not None}
        strange = kinds & {"uint64"} if node.op in _MOVING else kinds - _PLAIN
        if node.op in _NOT_INT64:
            strange |= kinds & {"int64"}
        if strange:
            raise NotExpressibleError(
                f"LiteRT's {node.op} does not compute in {min(strange)}; cast it in the source"
            )
