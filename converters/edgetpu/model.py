"""What the forecast needs to know of a .tflite: its operators with versions and options, and its tensors, without their data.

Any file may come: huge, damaged, with custom operators, strings or 4-bit tensors, several subgraphs, or compiled for the Edge TPU already.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.buffers import bytes_of
from converters.flatbuffer import unpack
from converters.ops.options import dtype_name, enum_names, from_schema
from registry.errors import InputError

COMPILED = "edgetpu-custom-op"
"""The custom operator that stands for everything the compiler mapped."""

_BYTES = {"int4": 0.5, "string": 0, "resource": 0, "variant": 0, "bool": 1, "bfloat16": 2}
_SMALL = 4096
"""Elements of a constant that are worth reading: axes, paddings, shapes, zeros that a concatenation pads with."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` as it is stored, `signature` with -1 where the size is open; `data` is a constant's where it is small.

    `is_outside`: its data stand behind the flatbuffer, where the compiler's reader of 2021 does not look: to it, it is no constant.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    signature: tuple[int, ...]
    is_constant: bool
    is_outside: bool
    is_quantized: bool
    zero_point: int = 0
    data: npt.NDArray[Any] | None = None

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        width = _BYTES[self.dtype] if self.dtype in _BYTES else np.dtype(self.dtype).itemsize
        return math.ceil(self.elements * width)


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its number `code` in the schema, the tensor numbers of inputs (-1: left out) and outputs; `custom` is a custom
    operator's name."""

    index: int
    op: str
    code: int
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)
    custom: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """The first subgraph; `subgraphs` says how many there are."""

    operators: tuple[Operator, ...]
    tensors: tuple[Tensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    subgraphs: int

    @property
    def is_compiled(self) -> bool:
        return any(one.custom == COMPILED for one in self.operators)


def read(path: Path) -> Model:
    """The first subgraph of a .tflite. Raises InputError for a file that is none, or that is damaged; OSError."""
    from ai_edge_litert import schema_py_generated as schema

    if not path.is_file():
        raise InputError(f"`{path}` is not a file; give a quantized .tflite")
    if path.stat().st_size < 8:
        raise InputError(f"`{path}` is too short for a TFLite model; give a quantized .tflite")
    data = memoryview(np.memmap(path, np.uint8, "r").data)
    if bytes(data[4:8]) != b"TFL3":
        raise InputError(
            f"`{path}` is not a TFLite model (its bytes 4 to 8 are not `TFL3`); give a quantized .tflite"
        )
    try:
        return _Reader(schema, unpack(schema, data), data).model()
    except Exception as error:
        raise InputError(
            f"`{path}` is damaged ({type(error).__name__} while reading it); fetch or convert it again"
        ) from error


class _Reader:
    def __init__(self, schema: Any, packed: Any, data: memoryview) -> None:
        self.schema, self.packed, self.data = schema, packed, data

    def model(self) -> Model:
        subgraph = self.packed.subgraphs[0]
        tensors = tuple(self.tensor(one) for one in subgraph.tensors or ())
        operators = tuple(self.operator(index, one) for index, one in enumerate(subgraph.operators or ()))
        inputs, outputs = (_numbers(ends) for ends in (subgraph.inputs, subgraph.outputs))
        used = {*inputs, *outputs}.union(*(one.inputs + one.outputs for one in operators))
        if used and not (min(used) >= -1 and max(used) < len(tensors)):
            raise IndexError("an operator names a tensor that is not there")
        return Model(operators, tensors, inputs, outputs, len(self.packed.subgraphs))

    def tensor(self, tensor: Any) -> Tensor:
        dtype = dtype_name(self.schema, tensor.type)
        shape = _numbers(tensor.shape)
        if any(size < -1 for size in shape):
            raise ValueError("a negative size")
        quantization = tensor.quantization
        scaled = quantization is not None and quantization.scale is not None and len(quantization.scale) > 0
        zero = quantization.zeroPoint if scaled else None
        buffer = self.packed.buffers[tensor.buffer]
        raw, outside = bytes_of(buffer, self.data), buffer.offset > 1
        data = None
        if (
            raw is not None
            and tensor.sparsity is None
            and dtype not in _BYTES
            and 0 < math.prod(shape) <= _SMALL
        ):
            data = np.frombuffer(raw, dtype).reshape(shape)
        return Tensor(
            (tensor.name or b"").decode("utf-8", "replace"),
            dtype,
            shape,
            _numbers(tensor.shapeSignature) if tensor.shapeSignature is not None else shape,
            (raw is not None and not outside) or bool(tensor.isVariable),
            outside,
            scaled,
            int(zero[0]) if zero is not None and len(zero) else 0,
            data,
        )

    def operator(self, index: int, operator: Any) -> Operator:
        code = self.packed.operatorCodes[operator.opcodeIndex]
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        name = enum_names(self.schema, "BuiltinOperator")[number]
        custom = (code.customCode or b"").decode("utf-8", "replace") if name == "CUSTOM" else ""
        attrs = from_schema(self.schema, operator.builtinOptions)
        inputs, outputs = _numbers(operator.inputs), _numbers(operator.outputs)
        return Operator(index, name, number, code.version, inputs, outputs, attrs, custom)


def _numbers(vector: Any) -> tuple[int, ...]:
    return () if vector is None else tuple(int(number) for number in vector)
