"""Operator options between our names and the LiteRT schema's: snake_case and enum names here, camelCase and numbers there.

The schema's generated module is handed in, so that nothing here imports it.
"""

import functools
import re
from types import ModuleType
from typing import Any

import numpy as np

from converters.graph import Attr
from converters.ops.spec import OPS

_ENUMS = {
    "padding": "Padding",
    "fused_activation_function": "ActivationFunctionType",
    "weights_format": "FullyConnectedOptionsWeightsFormat",
    "mode": "MirrorPadMode",
    "combiner": "CombinerType",
    "kernel_type": "LSTMKernelType",
    "reduce_function": "ReduceWindowFunction",
    "comparison_direction": "StablehloComparisonDirection",
    "compare_type": "StablehloComparisonType",
}
_DTYPES = frozenset(
    {"in_data_type", "out_data_type", "output_type", "idx_out_type", "out_type", "quantized_bias_type"}
)


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@functools.cache
def enum_names(schema: ModuleType, enum: str) -> dict[int, str]:
    """Number → member name of one of the schema's enums."""
    members = vars(getattr(schema, enum)).items()
    return {number: name for name, number in members if not name.startswith("_") and isinstance(number, int)}


def dtype_name(schema: ModuleType, number: int) -> str:
    """numpy's name of a schema tensor type (`int4`, `string`, … where numpy has none)."""
    return enum_names(schema, "TensorType")[number].lower()


def dtype_number(schema: ModuleType, name: str) -> int:
    return int(getattr(schema.TensorType, name.upper()))


def options_name(schema: ModuleType, op: str) -> str | None:
    """The option table of a builtin operator: from its description here or, for others, by the schema's naming rule."""
    if op in OPS:
        return OPS[op].options
    stem = "".join(part.capitalize() for part in op.split("_"))
    lookup = {name.lower(): name for name in vars(schema.BuiltinOptions) if not name.startswith("_")}
    return lookup.get(f"{stem}options".lower())


def to_schema(schema: ModuleType, op: str, attrs: dict[str, Attr] | Any) -> tuple[int, Any]:
    """(number of the option table, option object) for the attributes of one operator; (0, None) where it has none."""
    name = options_name(schema, op)
    if name is None:
        return 0, None
    table = getattr(schema, f"{name}T")()
    for key, value in attrs.items():
        if value is not None and hasattr(table, camel(key)):
            setattr(table, camel(key), _encoded(schema, key, value))
    return int(getattr(schema.BuiltinOptions, name)), table


def from_schema(schema: ModuleType, options: Any) -> dict[str, Attr]:
    """The attributes that an option object says, by our names."""
    fields = vars(options).items() if options is not None else ()
    return {snake(field): _decoded(schema, snake(field), value) for field, value in fields}


def _encoded(schema: ModuleType, key: str, value: Attr) -> Any:
    if key in _ENUMS:
        return getattr(getattr(schema, _ENUMS[key]), value)
    if key in _DTYPES:
        return dtype_number(schema, value)
    return np.asarray(value, np.int32) if isinstance(value, tuple) else value


def _decoded(schema: ModuleType, key: str, value: Any) -> Attr:
    if key in _ENUMS:
        return enum_names(schema, _ENUMS[key])[value]
    if key in _DTYPES:
        return dtype_name(schema, value)
    if isinstance(value, (list, np.ndarray)):
        return tuple(int(n) for n in value)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
