"""A .tflite as its own tables, numbered as LiteRT numbers them; what the graph cannot hold (custom operators) is here too."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.flatbuffer import unpack
from converters.ops.options import dtype_name, enum_names
from registry.errors import InputError

Array = npt.NDArray[Any]

INTEGERS = {
    "int2": (-2, 1),
    "int4": (-8, 7),
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
}
"""The storage types of quantized tensors, with their limits."""


@dataclass(frozen=True, eq=False)
class Grid:
    """real = scale * (stored - zero_point); one scale, or one for each index of axis `dimension`."""

    scale: npt.NDArray[np.float64]
    zero_point: npt.NDArray[np.float64]
    dimension: int
    limits: tuple[int, int]

    @property
    def per_channel(self) -> bool:
        return self.scale.size > 1

    @property
    def step(self) -> float:
        """The (widest) distance of two neighbours."""
        return float(self.scale.max())

    @property
    def range(self) -> tuple[float, float]:
        """Least and largest real value of the (widest) grid."""
        at = int(self.scale.argmax())
        low, high = (float(self.scale[at] * (limit - self.zero_point[at])) for limit in self.limits)
        return low, high

    def real(self, stored: Array) -> Array:
        """float32 values of what is stored."""
        if not self.per_channel:
            real = stored.astype(np.float32)
            real -= np.float32(self.zero_point[0])
            real *= np.float32(self.scale[0])
            return real
        scale, zero = self._spread(stored.ndim)
        return np.asarray((stored.astype(np.float64) - zero) * scale, np.float32)

    def stored(self, real: Array, dtype: npt.DTypeLike) -> Array:
        """The nearest grid points, saturating."""
        scale, zero = self._spread(real.ndim)
        rounded = np.rint(real / scale.astype(np.float32))
        rounded += zero.astype(np.float32)
        return np.clip(rounded, *self.limits, out=rounded).astype(dtype)

    def _spread(self, rank: int) -> tuple[Array, Array]:
        if not self.per_channel:
            return self.scale, self.zero_point
        shape = [1] * rank
        shape[self.dimension] = -1
        return self.scale.reshape(shape), self.zero_point.reshape(shape)


@dataclass(frozen=True, eq=False)
class TensorRow:
    """One tensor of the main subgraph. `dtype` is the schema's word; `data` are a constant's stored values (int4 unpacked)."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    grid: Grid | None
    data: Array | None
    is_variable: bool

    @property
    def real(self) -> Array:
        """A constant's values as float32. Raises ValueError on anything else."""
        if self.data is None:
            raise ValueError(f"tensor `{self.name}` is not a constant")
        return self.data.astype(np.float32) if self.grid is None else self.grid.real(self.data)

    @property
    def is_float(self) -> bool:
        return self.dtype in ("float32", "float16", "bfloat16")

    @property
    def is_quantized(self) -> bool:
        return self.grid is not None and self.dtype in INTEGERS


@dataclass(frozen=True, eq=False)
class OperatorRow:
    """One operator of the main subgraph; an operand left out is -1."""

    index: int
    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any


@dataclass(frozen=True, eq=False)
class Tables:
    """The main subgraph of a file. `model` is the schema's object tree, to be copied and cut."""

    path: Path
    model: Any
    tensors: tuple[TensorRow, ...]
    operators: tuple[OperatorRow, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    def producers(self) -> dict[int, OperatorRow]:
        return {index: one for one in self.operators for index in one.outputs}

    def consumers(self) -> dict[int, list[OperatorRow]]:
        found: dict[int, list[OperatorRow]] = {}
        for one in self.operators:
            for index in dict.fromkeys(one.inputs):
                found.setdefault(index, []).append(one)
        return found


def read_tables(path: Path) -> Tables:
    """Raises InputError for a file that is no .tflite, or damaged."""
    from ai_edge_litert import schema_py_generated as schema

    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if data[4:8] != b"TFL3":
        raise InputError(
            f"{path} is not a TFLite model (its bytes 4 to 8 are not `TFL3`); give a .tflite file"
        )
    try:
        return _tables(schema, unpack(schema, data), path, data)
    except Exception as error:
        raise InputError(
            f"{path} is damaged ({type(error).__name__} while reading it); fetch or convert it again"
        ) from error


def _tables(schema: Any, model: Any, path: Path, data: bytes) -> Tables:
    graph = model.subgraphs[0]
    for buffer in model.buffers:
        if buffer.offset > 1:  # it lies behind the flatbuffer; in the object tree it is like any other
            buffer.data, buffer.offset = np.frombuffer(data, np.uint8, buffer.size, buffer.offset), 0
            buffer.size = 0
    tensors = tuple(_tensor(schema, model, index, one) for index, one in enumerate(graph.tensors))
    names = enum_names(schema, "BuiltinOperator")
    operators = []
    for index, one in enumerate(graph.operators if graph.operators is not None else ()):
        code = model.operatorCodes[one.opcodeIndex]
        op = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if op == "CUSTOM" and code.customCode:
            op = f"CUSTOM {code.customCode.decode('utf-8', 'replace')}"
        inputs, outputs = (
            tuple(int(i) for i in (group if group is not None else ())) for group in (one.inputs, one.outputs)
        )
        operators.append(OperatorRow(index, op, inputs, outputs, one.builtinOptions))
    ends = [tuple(int(i) for i in group) for group in (graph.inputs, graph.outputs)]
    signature = model.signatureDefs[0] if model.signatureDefs else None
    names_in = _names(tensors, ends[0], signature.inputs if signature else None)
    names_out = _names(tensors, ends[1], signature.outputs if signature else None)
    return Tables(path, model, tensors, tuple(operators), ends[0], ends[1], names_in, names_out)


def _names(tensors: tuple[TensorRow, ...], indices: tuple[int, ...], entries: Any) -> tuple[str, ...]:
    """The signature's names where it has them, else the tensors' own."""
    told = {one.tensorIndex: one.name.decode("utf-8", "replace") for one in entries or []}
    return tuple(told.get(index, tensors[index].name) for index in indices)


def _tensor(schema: Any, model: Any, index: int, one: Any) -> TensorRow:
    dtype = dtype_name(schema, one.type)
    given = one.shape if one.shape is not None else ()
    shape = tuple(int(n) for n in given)
    grid = _grid(one.quantization, dtype)
    stored = _stored(model.buffers[one.buffer], dtype, shape) if one.sparsity is None else None
    name = (one.name or b"").decode("utf-8", "replace")
    return TensorRow(index, name, shape, dtype, grid, stored, bool(one.isVariable))


def _grid(parameters: Any, dtype: str) -> Grid | None:
    if parameters is None or parameters.scale is None or not len(parameters.scale):
        return None
    limits = INTEGERS.get(dtype, (-(2**31), 2**31 - 1))
    scale = np.asarray(parameters.scale, np.float64)
    zero = np.asarray(parameters.zeroPoint if parameters.zeroPoint is not None else 0, np.float64)
    return Grid(scale, np.broadcast_to(zero, scale.shape), int(parameters.quantizedDimension), limits)


def _stored(buffer: Any, dtype: str, shape: tuple[int, ...]) -> Array | None:
    if buffer.data is None or not len(buffer.data):
        return None
    raw = np.asarray(buffer.data, np.uint8)
    if dtype == "int4":
        halves = np.stack([raw & 15, raw >> 4], -1).reshape(-1)[: int(np.prod(shape))].astype(np.int8)
        return (halves - 16 * (halves > 7)).astype(np.int8).reshape(shape)
    if dtype in ("string", "resource", "variant", "bfloat16", "int2", "uint4"):
        return None
    return raw.view(np.dtype(dtype)).reshape(shape)
