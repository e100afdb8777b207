"""A .tflite made from nothing but LiteRT's schema, so that no converter is needed to test the timing."""

from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema


def write_tiny_tflite(path: Path, *, size: int = 4, custom: str | None = None) -> Path:
    """Writes y = x + x, float32 [1, `size`], then the custom op `custom` where one is named (which no interpreter here knows)."""
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    codes = [_code(schema.BuiltinOperator.ADD)]
    operators = [_operator(0, [0, 0], [1])]
    operators[0].builtinOptionsType = schema.BuiltinOptions.AddOptions
    operators[0].builtinOptions = schema.AddOptionsT()
    names = ["x", "y"]
    if custom is not None:
        codes.append(_code(schema.BuiltinOperator.CUSTOM, custom))
        operators.append(_operator(1, [1], [2]))
        names.append("z")
    graph = schema.SubGraphT()
    graph.tensors = [_tensor(name, size) for name in names]
    graph.inputs, graph.outputs, graph.operators = [0], [len(names) - 1], operators
    model.operatorCodes, model.subgraphs = codes, [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


def _code(builtin: int, custom: str | None = None) -> schema.OperatorCodeT:
    code = schema.OperatorCodeT()
    code.builtinCode = builtin
    code.deprecatedBuiltinCode = min(builtin, 127)
    code.version = 1
    code.customCode = custom
    return code


def _operator(code: int, inputs: list[int], outputs: list[int]) -> schema.OperatorT:
    operator = schema.OperatorT()
    operator.opcodeIndex = code
    operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)
    return operator


def _tensor(name: str, size: int) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name = name
    tensor.shape = np.array([1, size], np.int32)
    tensor.type = schema.TensorType.FLOAT32
    tensor.buffer = 0
    return tensor
