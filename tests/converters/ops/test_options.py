"""Options go to the schema's names and numbers and come back as they were."""

from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from converters.graph import Graph
from converters.ops import OPS
from converters.ops.options import camel, from_schema, options_name, snake, to_schema

UNLIKE_THE_DEFAULT = {bool: True, int: 3, float: 0.25}
NAMED = {
    "padding": "SAME",
    "fused_activation_function": "RELU6",
    "mode": "SYMMETRIC",
    "weights_format": "SHUFFLED4x16INT8",
    "in_data_type": "int64",
    "out_data_type": "bool",
    "output_type": "int64",
    "out_type": "int64",
    "idx_out_type": "int64",
    "quantized_bias_type": "int32",
}


def changed(name: str, default: Any) -> Any:
    if name in NAMED:
        return NAMED[name]
    return UNLIKE_THE_DEFAULT.get(type(default), 3)


@pytest.mark.parametrize("op", sorted(name for name, spec in OPS.items() if spec.options and spec.defaults))
def test_every_option_survives_the_file(op: str) -> None:
    attrs = {
        name: changed(name, default)
        for name, default in OPS[op].defaults.items()
        if not (name == "new_shape" or isinstance(default, Graph))
    }
    number, table = to_schema(schema, op, attrs)
    assert number == getattr(schema.BuiltinOptions, str(options_name(schema, op)))
    back = from_schema(schema, table)
    assert {name: back[name] for name in attrs} == attrs


@pytest.mark.parametrize("name", sorted({name for spec in OPS.values() for name in spec.defaults}))
def test_names_round_trip(name: str) -> None:
    assert snake(camel(name)) == name


def test_every_option_is_one_of_the_schema() -> None:
    missing = [
        f"{op}.{name}"
        for op, spec in OPS.items()
        if spec.options
        for name in spec.defaults
        if not hasattr(getattr(schema, f"{spec.options}T")(), camel(name))
    ]
    assert missing == []
