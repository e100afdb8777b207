"""Graph → .tflite: one generic walk over the schema's object API. Deterministic: the same graph gives the same bytes."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from converters.emitters.op_versions import version_of
from converters.emitters.streamed import Buffer, write_streamed
from converters.graph import Graph, Node, Quantization, Value
from converters.graph.nested import all_graphs
from converters.ops.options import dtype_number, to_schema

_IDENTIFIER = b"TFL3"
_SIGNATURE = "serving_default"
_TABLES = 1024
"""Bytes that a tensor, its name and its share of the operators take at most, on average, scales and zero points aside."""
_SCALE = 12
"""Bytes of a scale and its zero point."""
_SELF_EVIDENT = frozenset({"DEQUANTIZE", "QUANTIZE"})
"""Operators whose table of options is empty and read by nobody: a file has many of them."""


def write_tflite(
    graph: Graph,
    path: Path,
    *,
    input_names: tuple[str, ...] | None = None,
    output_names: tuple[str, ...] | None = None,
    description: str = "zoo",
    terse: bool = False,
) -> None:
    """Write `graph` to `path`; the signature `serving_default` carries the names (default: the values' own).

    Equal constants share one buffer; the weights are written from where they are, without a copy. `terse`: constants are named by number
    (c0, c1 … c9, ca …), which is what a small file has room for; the operators' results keep their names.
    Raises ConversionError above 2 GiB, OSError.
    """
    _Writer(graph, terse).write(path, input_names, output_names, description)


class _Writer:
    """What the file's subgraphs share: buffers, operator codes, the names of tensors."""

    def __init__(self, graph: Graph, terse: bool) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema: Any = schema
        self.graph = graph
        self.buffers: list[Any] = [schema.BufferT()]
        self.shared: dict[tuple[str, bytes], int] = {}
        self.codes = {code: number for number, code in enumerate(_codes(graph))}
        self.names: set[str] = set()
        self.terse, self.constants = terse, 0
        self.subgraphs: list[_SubgraphWriter] = []
        self.numbers: dict[Graph, int] = {}

    def write(
        self, path: Path, inputs: tuple[str, ...] | None, outputs: tuple[str, ...] | None, description: str
    ) -> None:
        schema = self.schema
        self.subgraph(self.graph)
        model = schema.ModelT()
        model.version = 3
        model.description = description
        model.subgraphs = [subgraph.table for subgraph in self.subgraphs]
        model.buffers = self.buffers
        model.operatorCodes = [self.operator_code(op, version) for op, version in self.codes]
        model.signatureDefs = [self.subgraphs[0].signature(inputs, outputs)]
        tables = sum(subgraph.size for subgraph in self.subgraphs)
        write_streamed(path, model, self.buffers[1:], _TABLES + tables, _IDENTIFIER)

    def subgraph(self, graph: Graph) -> int:
        """The number of `graph` among the file's subgraphs, written on first sight; the model's own is the first."""
        if graph not in self.numbers:
            self.numbers[graph] = len(self.subgraphs)
            self.subgraphs.append(_SubgraphWriter(self, graph))
            self.subgraphs[self.numbers[graph]].write()
        return self.numbers[graph]

    def operator_code(self, op: str, version: int) -> Any:
        code = self.schema.OperatorCodeT()
        number = getattr(self.schema.BuiltinOperator, op)
        code.builtinCode = number
        code.deprecatedBuiltinCode = min(number, 127)
        code.version = version
        return code

    def name(self, value: Value, role: str) -> str:
        """A value without a name is named by its role. Tools tell tensors apart by their names."""
        if self.terse and value.is_constant:
            self.constants += 1
            return self.unique(f"c{np.base_repr(self.constants - 1, 36).lower()}")
        return self.unique(value.name or role or "tensor")

    def unique(self, name: str) -> str:
        candidate, number = name, 0
        while candidate in self.names:
            number += 1
            candidate = f"{name}_{number}"
        self.names.add(candidate)
        return candidate

    def buffer(self, value: Value) -> int:
        """Equal bytes share a buffer; buffer 0 is the empty one that every non-constant has."""
        if value.data is None:
            return 0
        data = np.ascontiguousarray(value.data)
        flat = data.reshape(-1).view(np.uint8)
        key = (data.dtype.name, _fingerprint(flat))
        if key not in self.shared:
            self.buffers.append(Buffer(flat))
            self.shared[key] = len(self.buffers) - 1
        return self.shared[key]


class _SubgraphWriter:
    """One subgraph: its tensors and operators. Subgraphs among the options become their numbers in the file."""

    def __init__(self, writer: _Writer, graph: Graph) -> None:
        self.writer, self.graph, self.schema = writer, graph, writer.schema
        self.tensors: list[Any] = []
        self.index: dict[Value, int] = {}
        self.table = self.schema.SubGraphT()

    def write(self) -> None:
        table, graph = self.table, self.graph
        table.name = graph.name
        table.inputs = np.asarray([self.tensor(v) for v in graph.inputs], np.int32)
        table.operators = [self.operator(node) for node in graph.nodes]
        table.outputs = np.asarray([self.tensor(v) for v in graph.outputs], np.int32)
        table.tensors = self.tensors

    @property
    def size(self) -> int:
        """Bytes that its tables take at most."""
        grids = (tensor.quantization for tensor in self.tensors if tensor.quantization is not None)
        return _TABLES * (len(self.tensors) + 1) + _SCALE * sum(len(grid.scale) for grid in grids)

    def operator(self, node: Node) -> Any:
        operator = self.schema.OperatorT()
        operator.opcodeIndex = self.writer.codes[node.op, version_of(node)]
        role = f"{node.outputs[0].name if node.outputs else self.graph.name}/{node.op.lower()}_"
        operator.inputs = np.asarray(
            [-1 if v is None else self.tensor(v, f"{role}{i}") for i, v in enumerate(node.inputs)], np.int32
        )
        operator.outputs = np.asarray([self.tensor(v) for v in node.outputs], np.int32)
        attrs = {
            key: self.writer.subgraph(value) if isinstance(value, Graph) else value
            for key, value in node.attrs.items()
        }
        if node.op not in _SELF_EVIDENT:
            operator.builtinOptionsType, operator.builtinOptions = to_schema(self.schema, node.op, attrs)
        return operator

    def tensor(self, value: Value, role: str = "") -> int:
        """The number of `value`'s tensor, made on first sight."""
        if value in self.index:
            return self.index[value]
        tensor = self.schema.TensorT()
        tensor.name = self.writer.name(value, role)
        tensor.shape = np.asarray([abs(n) for n in value.shape], np.int32)
        if -1 in value.shape:
            tensor.shapeSignature = np.asarray(value.shape, np.int32)
        tensor.hasRank = (
            value.rank == 0
        )  # a shape says its rank itself; no shape and no rank is an unknown one
        tensor.type = dtype_number(self.schema, value.dtype.name)
        tensor.isVariable = value.is_variable
        tensor.buffer = self.writer.buffer(value)
        if value.quantization is not None:
            tensor.quantization = self.quantization(value.quantization)
        self.tensors.append(tensor)
        self.index[value] = len(self.tensors) - 1
        return self.index[value]

    def quantization(self, quantization: Quantization) -> Any:
        parameters = self.schema.QuantizationParametersT()
        parameters.scale = np.asarray(quantization.scale, np.float32)
        parameters.zeroPoint = np.asarray(quantization.zero_point, np.int64)
        parameters.quantizedDimension = quantization.dimension
        return parameters

    def signature(self, inputs: tuple[str, ...] | None, outputs: tuple[str, ...] | None) -> Any:
        signature = self.schema.SignatureDefT()
        signature.signatureKey = _SIGNATURE
        signature.subgraphIndex = 0
        signature.inputs = self.maps(self.graph.inputs, inputs)
        signature.outputs = self.maps(self.graph.outputs, outputs)
        return signature

    def maps(self, values: tuple[Value, ...], names: tuple[str, ...] | None) -> list[Any]:
        result = []
        for value, name in zip(values, names or tuple(v.name for v in values), strict=True):
            entry = self.schema.TensorMapT()
            entry.name = name
            entry.tensorIndex = self.tensor(value)
            result.append(entry)
        return result


def _codes(graph: Graph) -> list[tuple[str, int]]:
    """Operators and versions of the graph and its subgraphs, the most frequent first: number 0 is a default, which takes no room."""
    counts = Counter((node.op, version_of(node)) for inner in all_graphs(graph) for node in inner.nodes)
    return [code for code, _ in counts.most_common()]


def _fingerprint(flat: Any) -> bytes:
    import hashlib

    return hashlib.sha256(flat).digest()
