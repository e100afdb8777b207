"""One walk over the graph that writes it as TensorFlow operations, for SavedModel and frozen graph alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from converters.emitters.tensorflow.names import node_name
from converters.emitters.tensorflow.operators import OPERATORS
from converters.emitters.tensorflow.prepare import entry_of
from converters.emitters.tensorflow.table import Permutation
from converters.graph import Graph, Node, Value
from converters.graph.nested import all_graphs
from converters.ops import OPS
from registry.errors import ConversionError

Tensor = Any
Weight = tuple[Value, Permutation | None]
"""A constant and how it is permuted into TensorFlow's weight layout."""


def weights(graph: Graph) -> list[Weight]:
    """The constants that `trace` wants to be given, once each, in the order of their first use."""
    found: dict[Weight, None] = {}
    for inner in all_graphs(graph):
        for node in inner.nodes:
            entry = entry_of(node, OPERATORS)
            for index, value in enumerate(node.inputs):
                if value is not None and value.is_constant and not is_parameter(node, index):
                    found[value, entry.weights.get(index)] = None
        for value in inner.outputs:
            if value.is_constant:
                found[value, None] = None
    return list(found)


class _Inner:
    """A subgraph as a function of tensors, which writes it where it is called."""

    def __init__(self, graph: Graph, given: Mapping[Weight, Tensor]) -> None:
        self.graph, self.given = graph, given
        self.shapes = [shape_of(value) for value in graph.inputs]

    def __call__(self, *tensors: Tensor) -> list[Tensor]:
        return [tf.identity(result) for result in trace(self.graph, tensors, self.given)]


def trace(graph: Graph, inputs: Sequence[Tensor], given: Mapping[Weight, Tensor]) -> list[Tensor]:
    """Write `graph` into the current TensorFlow graph, with `given` for its `weights`; its outputs in order.

    Raises ConversionError for a node that TensorFlow has no counterpart of.
    """
    tensors: dict[Value, Tensor] = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes:
        entry = entry_of(node, OPERATORS)
        operands: list[Tensor] = []
        for index, value in enumerate(node.inputs):
            permutation = entry.weights.get(index)
            if value is None:
                operands.append(None)
            elif value in tensors:
                tensor = tensors[value]
                operands.append(tensor if permutation is None else tf.transpose(tensor, permutation))
            elif is_parameter(node, index):
                operands.append(tf.constant(value.array))
            else:
                operands.append(tf.convert_to_tensor(given[value, permutation]))
        options = {
            key: _Inner(value, given) if isinstance(value, Graph) else value
            for key, value in entry.read(node.attrs).items()
        }
        results = _written(node, operands, entry.function, options)
        tensors.update(zip(node.outputs, results, strict=True))
    return [tensors[v] if v in tensors else given[v, None] for v in graph.outputs]


def is_parameter(node: Node, index: int) -> bool:
    """Is operand `index` an axis, a shape … rather than data?"""
    spec = OPS.get(node.op)
    value = node.inputs[index]
    small = value is not None and (value.rank == 0 or not np.issubdtype(value.dtype, np.floating))
    return small or (spec is not None and index in spec.parameters)


def _written(node: Node, operands: list[Tensor], function: Any, options: dict[str, Any]) -> list[Tensor]:
    try:
        with tf.name_scope(node_name(node.output.name).rstrip("/")):
            results = function(*operands, **options)
    except (ValueError, TypeError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConversionError(f"TensorFlow refuses {node.op} `{node.output.name}`: {reason}") from error
    return results if isinstance(results, list) else [results]


def shape_of(value: Value) -> list[int | None]:
    """TensorFlow's way to say a shape."""
    return [None if n < 0 else n for n in value.shape]
