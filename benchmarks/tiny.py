"""A .tflite made from nothing but LiteRT's schema: what a target is tried on, without a converter.

`python -m benchmarks.tiny FILE` writes it from a process of its own, for those that import nothing heavy.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np


def write_tiny_tflite(path: Path, *, size: int = 4, custom: str | None = None, then: str = "") -> Path:
    """Writes y = x + x, float32 [1, `size`], then the builtin op `then`, which has one input and no options, and the custom op
    `custom`, where they are named (the latter no interpreter here knows)."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    codes = [_code(schema.BuiltinOperator.ADD)]
    operators = [_operator(0, [0, 0], [1])]
    operators[0].builtinOptionsType = schema.BuiltinOptions.AddOptions
    operators[0].builtinOptions = schema.AddOptionsT()
    names = ["x", "y"]
    more: list[tuple[int, str | None]] = (
        [(schema.BuiltinOperator.CUSTOM, custom)] if custom is not None else []
    )
    if then:
        more.insert(0, (getattr(schema.BuiltinOperator, then), None))
    for builtin, name in more:
        codes.append(_code(builtin, name))
        operators.append(_operator(len(operators), [len(names) - 1], [len(names)]))
        names.append(f"y{len(names)}")
    model.operatorCodes = codes
    tensors = [_tensor(name, (1, size)) for name in names]
    return _write(path, model, tensors, operators, len(names) - 1)


def write_matrix_product(path: Path, rows: int, inner: int, columns: int) -> Path:
    """Writes y = x · w, float32 [`rows`, `inner`] by seeded weights [`columns`, `inner`]: one FULLY_CONNECTED."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT()
    model.version = 3
    weights = schema.BufferT()
    values = np.random.default_rng(0).uniform(-1, 1, (columns, inner)).astype(np.float32)
    weights.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers = [schema.BufferT(), weights]
    model.operatorCodes = [_code(schema.BuiltinOperator.FULLY_CONNECTED)]
    operator = _operator(0, [0, 1, -1], [2])
    operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = schema.FullyConnectedOptionsT()
    tensors = [_tensor("x", (rows, inner)), _tensor("w", (columns, inner), 1), _tensor("y", (rows, columns))]
    return _write(path, model, tensors, [operator], 2)


def _write(path: Path, model: Any, tensors: list[Any], operators: list[Any], output: int) -> Path:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], [output], operators
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


def _code(builtin: int, custom: str | None = None) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = builtin
    code.deprecatedBuiltinCode = min(builtin, 127)
    code.version = 1
    code.customCode = custom
    return code


def _operator(code: int, inputs: list[int], outputs: list[int]) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    operator = schema.OperatorT()
    operator.opcodeIndex = code
    operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)
    return operator


def _tensor(name: str, shape: tuple[int, ...], buffer: int = 0) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    tensor = schema.TensorT()
    tensor.name = name
    tensor.shape = np.array(shape, np.int32)
    tensor.type = schema.TensorType.FLOAT32
    tensor.buffer = buffer
    return tensor


if __name__ == "__main__":
    write_tiny_tflite(Path(sys.argv[1]))
