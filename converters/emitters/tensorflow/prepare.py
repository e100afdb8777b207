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
    known: dict[Value, npt.NDArray[Any]] = {}
    nodes = [node for node in graph.nodes if not _fold(node, known, operators)]
    if known:
        constants = {value: Value(value.name, data.shape, data.dtype, data) for value, data in known.items()}
        nodes = [_replaced(node, constants) for node in nodes]
        outputs = tuple(constants.get(value, value) for value in graph.outputs)
        graph = Graph(graph.name, graph.inputs, outputs, nodes)
    _refuse_quantized(graph)
    return Model(without_quirks(graph), *names)


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


def _fold(node: Node, known: dict[Value, npt.NDArray[Any]], operators: Table) -> bool:
    """Compute `node` into `known` where all its operands are constants."""
    operands = [None if v is None else known.get(v, v.data) for v in node.inputs]
    if any(data is None and v is not None for data, v in zip(operands, node.inputs, strict=True)):
        return False
    if node.op == "DEQUANTIZE" and node.input(0).quantization is not None:
        known[node.output] = dequantized(node.input(0))
        return True
    entry = entry_of(node, operators)
    for index, permutation in entry.weights.items():
        data = operands[index] if index < len(operands) else None
        operands[index : index + 1] = [data if data is None else data.transpose(permutation)]
    results = entry.function(*operands, **entry.read(node.attrs))
    results = results if isinstance(results, (list, tuple)) else [results]
    for value, result in zip(node.outputs, results, strict=True):
        known[value] = np.asarray(result)
    return True


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
