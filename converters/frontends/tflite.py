"""A .tflite from anybody → graph: the writer's walk, backwards."""

from pathlib import Path
from typing import Any

import numpy as np

from converters.buffers import bytes_of
from converters.flatbuffer import unpack
from converters.frontends.sparsity import dense
from converters.graph import Graph, Node, Quantization, Value
from converters.limits import too_large
from converters.ops.options import dtype_name, enum_names, from_schema
from registry.errors import InputError

_NUMPY = frozenset(
    {
        "float16",
        "float32",
        "float64",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "bool",
        "complex64",
        "complex128",
    }
)


def read_tflite(path: Path) -> Graph:
    """The first subgraph of a .tflite file, the subgraphs of its IF and WHILE among their options.

    Raises InputError for a file that is not one, or that holds what the graph cannot: subgraphs that nothing of this calls, string or
    4-bit tensors.
    """
    from ai_edge_litert import schema_py_generated as schema

    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise InputError(
            f"`{path}` is not a TFLite model (its bytes 4 to 8 are not `TFL3`); give a .tflite file"
        )
    try:
        model = unpack(schema, data)
        return _Reader(schema, model, data).whole(path.stem)
    except InputError as error:
        raise InputError(f"`{path}`: {error}") from error
    except Exception as error:
        raise InputError(
            f"`{path}` is damaged ({type(error).__name__} while reading it); fetch or convert it again"
        ) from error


def signature_names(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The (first) signature's names of inputs and outputs in the graph's order, or None where the file has no signature.

    Raises InputError for a file or signature that is damaged.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = unpack(schema, path.read_bytes())
        if not model.signatureDefs:
            return None
        signature, subgraph = model.signatureDefs[0], model.subgraphs[0]
        return _in_order(signature.inputs, subgraph.inputs), _in_order(signature.outputs, subgraph.outputs)
    except Exception as error:
        raise InputError(
            f"the signature of `{path}` is damaged ({type(error).__name__} while reading it); fetch or convert it again"
        ) from error


def _in_order(entries: Any, indices: Any) -> tuple[str, ...]:
    """The signature's names in the graph's order; a tensor that stands twice has a name for each place."""
    names: dict[int, list[str]] = {}
    for entry in entries or []:
        names.setdefault(entry.tensorIndex, []).append(entry.name.decode())
    return tuple(names[i].pop(0) if len(names[i]) > 1 else names[i][0] for i in indices)


class _Reader:
    def __init__(self, schema: Any, model: Any, data: bytes) -> None:
        self.schema, self.model, self.data = schema, model, data
        self.graphs: dict[int, Graph | None] = {}
        """Number → subgraph; None while it is being read."""

    def whole(self, name: str) -> Graph:
        graph = self.graph(0, name)
        spare = len(self.model.subgraphs) - len(self.graphs)
        if spare:
            raise InputError(
                f"{spare} of its {len(self.model.subgraphs)} subgraphs are called by no IF or WHILE"
            )
        return graph

    def graph(self, number: int, name: str) -> Graph:
        found = self.graphs.setdefault(number, None)
        if found is None:
            found = self.graphs[number] = self.read(self.model.subgraphs[number], name)
        return found

    def called(self, number: int) -> Graph:
        if number in self.graphs and self.graphs[number] is None:
            raise InputError(f"its subgraph {number} calls itself")
        return self.graph(number, f"subgraph_{number}")

    def read(self, subgraph: Any, name: str) -> Graph:
        values = [self.value(tensor) for tensor in subgraph.tensors]
        written = {i for operator in subgraph.operators or [] for i in operator.outputs}
        for i in set(range(len(values))) - written.union(subgraph.inputs):
            # No bytes are all the data of an empty constant.
            if values[i].elements == 0 and values[i].data is None:
                values[i].data = np.zeros(values[i].shape, values[i].dtype)
        nodes = [self.node(operator, values) for operator in subgraph.operators or []]
        nodes = [node for node in nodes if not _densified(node)]
        return Graph(
            (subgraph.name or name.encode()).decode() or name,
            tuple(values[i] for i in subgraph.inputs),
            tuple(values[i] for i in subgraph.outputs),
            nodes,
        )

    def value(self, tensor: Any) -> Value:
        kind = dtype_name(self.schema, tensor.type)
        name = (tensor.name or b"").decode("utf-8", "replace")
        if kind not in _NUMPY:
            raise InputError(f"tensor `{name}` is of type {kind}, which is not read yet")
        dtype = np.dtype(kind)
        given = tensor.shapeSignature if tensor.shapeSignature is not None else tensor.shape
        shape = tuple(int(n) for n in given) if given is not None else ()
        data = None
        raw = bytes_of(self.model.buffers[tensor.buffer], self.data)
        if raw is not None:
            stored = np.frombuffer(raw, dtype)
            if why := too_large(shape, dtype.itemsize):
                raise InputError(f"tensor `{name}` {why}")
            data = stored.reshape(shape) if tensor.sparsity is None else dense(stored, shape, tensor.sparsity)
        return Value(name, shape, dtype, data, _quantization(tensor.quantization), bool(tensor.isVariable))

    def node(self, operator: Any, values: list[Value]) -> Node:
        code = self.model.operatorCodes[operator.opcodeIndex]
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        name = enum_names(self.schema, "BuiltinOperator")[number]
        attrs = from_schema(self.schema, operator.builtinOptions)
        if name == "CUSTOM":
            attrs["custom_code"] = (code.customCode or b"").decode("utf-8", "replace")
        if name == "BITCAST":
            attrs["out_data_type"] = values[operator.outputs[0]].dtype.name
        if name in ("IF", "WHILE"):
            attrs = {key: self.called(value) for key, value in attrs.items()}
        return Node(
            name,
            tuple(None if i < 0 else values[i] for i in operator.inputs),
            tuple(values[i] for i in operator.outputs),
            attrs,
        )


def _densified(node: Node) -> bool:
    """Whether the node only spreads a constant out, which reading did already: its result is that constant then."""
    if node.op != "DENSIFY" or not node.inputs or node.inputs[0] is None or node.inputs[0].data is None:
        return False
    node.output.data = node.inputs[0].data
    return True


def _quantization(parameters: Any) -> Quantization | None:
    if parameters is None or parameters.scale is None or not len(parameters.scale):
        return None
    return Quantization(
        tuple(float(scale) for scale in parameters.scale),
        tuple(int(zero) for zero in parameters.zeroPoint),
        int(parameters.quantizedDimension),
    )
