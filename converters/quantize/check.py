"""Whether a .tflite is the integer model that it claims to be: op by op, by the type of every tensor."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.flatbuffer import unpack
from registry.errors import ConversionError, InputError

_SHOWN = 8
"""So many operators are named in a refusal."""


@dataclass(frozen=True)
class FloatOperator:
    """An operator of a file that reads or writes floats. `name` is its first result's; `subgraph` 0 is the model's own."""

    subgraph: int
    index: int
    op: str
    name: str
    tensors: tuple[str, ...]
    """The float tensors that it reads or writes."""


def float_operators(path: Path, *, float_borders: bool) -> tuple[FloatOperator, ...]:
    """The operators of `path` with float tensors; with `float_borders` QUANTIZE of an input and DEQUANTIZE into an output may have them.

    Float inputs and outputs that no operator touches count as an operator `INPUT` or `OUTPUT`. Raises InputError where the file is
    no .tflite.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = unpack(schema, path.read_bytes())
        codes = [max(c.builtinCode, c.deprecatedBuiltinCode) for c in model.operatorCodes]
    except OSError:
        raise
    except Exception as error:
        raise InputError(f"{path} is no .tflite file ({error}).") from error
    names = {number: op for op, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
    floats = {schema.TensorType.FLOAT16, schema.TensorType.FLOAT32, schema.TensorType.FLOAT64}
    found: list[FloatOperator] = []
    for number, subgraph in enumerate(model.subgraphs):
        tensors = subgraph.tensors
        real = {index for index, tensor in enumerate(tensors) if tensor.type in floats}
        allowed = _borders(subgraph, codes, names) & real if float_borders and number == 0 else set()
        for index, operator in enumerate(subgraph.operators or ()):
            touched = [int(t) for t in (*_numbers(operator.inputs), *_numbers(operator.outputs))]
            bad = [t for t in touched if t in real and t not in allowed]
            if bad:
                outputs = _numbers(operator.outputs)
                name = _text(tensors[outputs[0]].name) if outputs else ""
                op = names.get(codes[operator.opcodeIndex], "CUSTOM")
                found.append(
                    FloatOperator(number, index, op, name, tuple(_text(tensors[t].name) for t in bad))
                )
        if number == 0 and not float_borders:
            for kind, ends in (("INPUT", subgraph.inputs), ("OUTPUT", subgraph.outputs)):
                found += [
                    FloatOperator(0, -1, kind, _text(tensors[t].name), (_text(tensors[t].name),))
                    for t in _numbers(ends)
                    if t in real
                ]
    return tuple(found)


def require_integer(path: Path, variant: str, *, float_borders: bool) -> None:
    """Raises ConversionError with the float operators that remain, where some do."""
    found = float_operators(path, float_borders=float_borders)
    if found:
        listed = ", ".join(f"{one.op} `{one.name}`" for one in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ConversionError(
            f"{variant} is refused: {len(found)} operators would still compute with floats, LiteRT has no integer form of "
            f"them: {listed}{more}"
        )


def _borders(subgraph: Any, codes: list[int], names: dict[int, str]) -> set[int]:
    """Float inputs that only QUANTIZE reads and float outputs that DEQUANTIZE writes and nothing reads."""
    inputs, outputs = set(_numbers(subgraph.inputs)), set(_numbers(subgraph.outputs))
    read_otherwise, written = set[int](), set[int]()
    for operator in subgraph.operators or ():
        op = names.get(codes[operator.opcodeIndex])
        if op != "QUANTIZE":
            read_otherwise.update(_numbers(operator.inputs))
        if op == "DEQUANTIZE":
            written.update(_numbers(operator.outputs))
    return (inputs - read_otherwise) | (outputs & written - read_otherwise)


def _numbers(indices: Any) -> list[int]:
    return [] if indices is None else [int(i) for i in indices if i >= 0]


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
