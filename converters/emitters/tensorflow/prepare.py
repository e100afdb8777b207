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
from converters.graph.nested import subgraphs, with_subgraphs
from converters.ops.drawing import DRAWS
from converters.passes.integer import simulated
from registry.errors import ConversionError


@dataclass(frozen=True)
class Model:
    """A float graph without constant nodes, and the names of its inputs and outputs in the graph's order."""

    graph: Graph
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def prepare(path: Path, operators: Table) -> Model:
    """The model in the .tflite file `path`, its constant nodes computed by `operators`.

    What is quantized is computed in float32, on the same grids. Raises InputError for a damaged file, ConversionError for one with
    operators that are not in the table or compute with integers as they are stored.
    """
    graph = read_tflite(path)
    names = signature_names(path) or (
        tuple(v.name for v in graph.inputs),
        tuple(v.name for v in graph.outputs),
    )
    try:
        graph = simulated(graph)
    except ValueError as error:
        raise ConversionError(f"{error}; leave out the TensorFlow targets") from error
    graph = _folded(graph, operators)
    return Model(_without_quirks(graph), *names)


def _folded(graph: Graph, operators: Table) -> Graph:
    """`graph` and what is inside it without nodes of constant operands alone."""
    graph = with_subgraphs(graph, lambda inner: _folded(inner, operators))
    constants: dict[Value, Value] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        current = _replaced(node, constants)
        fixed = all(value is None or value.is_constant for value in current.inputs)
        if fixed and not subgraphs(node) and node.op not in DRAWS:
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
    operands = [None if value is None else value.array for value in node.inputs]
    entry = entry_of(node, operators)
    for index, permutation in entry.weights.items():
        data = operands[index] if index < len(operands) else None
        operands[index : index + 1] = [data if data is None else data.transpose(permutation)]
    results: Any = entry.function(*operands, **entry.read(node.attrs))
    arrays = [np.asarray(result) for result in (results if isinstance(results, (list, tuple)) else [results])]
    return [
        Value(value.name, data.shape, data.dtype, data)
        for value, data in zip(node.outputs, arrays, strict=True)
    ]


def _replaced(node: Node, constants: dict[Value, Value]) -> Node:
    return node.reading(constants)
