"""What every TensorFlow emitter starts from: the graph with its constant parts computed, and the names of its ends."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.emitters.tensorflow.quirks import without_quirks
from converters.emitters.tensorflow.table import Entry, Table
from converters.frontends.tflite import read_tflite, signature_names
from converters.graph import Graph, Node, Value
from converters.graph.nested import all_graphs, subgraphs, with_subgraphs
from registry.errors import ConversionError


@dataclass(frozen=True)
class Model:
    """A float graph without constant nodes, and the names of its inputs and outputs in the graph's order."""

    graph: Graph
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def prepare(path: Path, operators: Table) -> Model:
    """The model in the .tflite file `path`, its constant nodes computed by `operators`.

    Raises InputError for a damaged file, ConversionError for a quantized one or one with operators not in the table.
    """
    graph = read_tflite(path)
    names = signature_names(path) or (
        tuple(v.name for v in graph.inputs),
        tuple(v.name for v in graph.outputs),
    )
    graph = _folded(graph, operators)
    for inner in all_graphs(graph):
        _refuse_quantized(inner)
    return Model(_without_quirks(graph), *names)


def _folded(graph: Graph, operators: Table) -> Graph:
    """`graph` and what is inside it without nodes of constant operands alone."""
    graph = with_subgraphs(graph, lambda inner: _folded(inner, operators))
    constants: dict[Value, Value] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        current = _replaced(node, constants)
        fixed = all(value is None or value.is_constant for value in current.inputs)
        if fixed and not subgraphs(node):
            constants.update(zip(node.outputs, computed(current, operators), strict=True))
        else:
            nodes.append(current)
    outputs = tuple(constants.get(value, value) for value in graph.outputs)
    return Graph(graph.name, graph.inputs, outputs, nodes)


def _without_quirks(graph: Graph) -> Graph:
    return without_quirks(with_subgraphs(graph, _without_quirks))


def entry_of(node: Node, table: Table) -> Entry:
    """How `node` is written. Raises ConversionError for an operator that is not in the table."""
    entry = table.entries.get(node.op)
    if entry is None:
        what = f"custom operator {node.attrs.get('custom_code', '')}" if node.op == "CUSTOM" else node.op
        raise ConversionError(
            f"{what} (`{node.output.name}`) cannot be written for TensorFlow; leave out the TensorFlow targets"
        )
    return entry


def weight(value: Value, permutation: tuple[int, ...] | None) -> npt.NDArray[Any]:
    """A constant in TensorFlow's weight layout."""
    data = value.array if permutation is None else value.array.transpose(permutation)
    return np.asarray(data, order="C")


def computed(node: Node, operators: Table) -> list[Value]:
    """The results of a node of constant operands, as constants."""
    if node.op == "DEQUANTIZE" and node.input(0).quantization is not None:
        results: Any = dequantized(node.input(0))
    else:
        operands = [None if value is None else value.array for value in node.inputs]
        entry = entry_of(node, operators)
        for index, permutation in entry.weights.items():
            data = operands[index] if index < len(operands) else None
            operands[index : index + 1] = [data if data is None else data.transpose(permutation)]
        results = entry.function(*operands, **entry.read(node.attrs))
    arrays = [np.asarray(result) for result in (results if isinstance(results, (list, tuple)) else [results])]
    return [
        Value(value.name, data.shape, data.dtype, data)
        for value, data in zip(node.outputs, arrays, strict=True)
    ]


def dequantized(value: Value) -> npt.NDArray[Any]:
    """real = scale * (stored - zero_point) of a quantized constant, float32 (LiteRT quantization spec)."""
    quantization = value.quantization
    if quantization is None:
        return value.array.astype(np.float32)
    shape = [1] * value.rank
    if len(quantization.scale) > 1:
        shape[quantization.dimension] = -1
    scale = np.asarray(quantization.scale, np.float32).reshape(shape)
    zero = np.asarray(quantization.zero_point, np.int64).reshape(shape)
    return ((value.array.astype(np.int64) - zero).astype(np.float32) * scale).astype(np.float32)


def _replaced(node: Node, constants: dict[Value, Value]) -> Node:
    inputs = tuple(v if v is None else constants.get(v, v) for v in node.inputs)
    return Node(node.op, inputs, node.outputs, node.attrs, node.source)


def _refuse_quantized(graph: Graph) -> None:
    integers = (np.int8, np.uint8, np.int16)
    for value in graph.values():
        if value.quantization is not None and value.dtype in integers:
            raise ConversionError(
                f"`{value.name}` is quantized ({value.dtype}); TensorFlow models are written from the float32 .tflite"
            )
