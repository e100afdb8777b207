"""The frozen GraphDef (.pb): placeholders, constants, one Identity an output."""

from pathlib import Path

import tensorflow as tf

from converters.emitters.tensorflow.names import node_name, unique
from converters.emitters.tensorflow.prepare import Model, weight
from converters.emitters.tensorflow.trace import shape_of, trace, weights
from converters.graph.nested import all_graphs
from registry.errors import ConversionError

_PROTOBUF_LIMIT = 2**31


def write_frozen(model: Model, path: Path) -> None:
    """Write `model` to `path`; Placeholder and Identity nodes carry the names of inputs and outputs.

    Raises ConversionError as `trace` does, and for weights beyond what one protobuf holds (2 GB).
    """
    graph = model.graph
    if sum(value.nbytes for inner in all_graphs(graph) for value in inner.constants()) >= _PROTOBUF_LIMIT:
        raise ConversionError(
            f"the weights of `{path.name}` exceed the 2 GB of a frozen graph; use the SavedModel"
        )
    inputs = unique(node_name(name) for name in model.inputs)
    outputs = unique((node_name(name) for name in model.outputs), inputs)
    (scope,) = unique(("graph",), [name.split("/")[0] for name in (*inputs, *outputs)])
    with tf.Graph().as_default() as written:
        placeholders = [
            tf.compat.v1.placeholder(value.dtype, shape_of(value), name=name)
            for value, name in zip(graph.inputs, inputs, strict=True)
        ]
        with tf.name_scope(scope):
            constants = {
                key: tf.constant(weight(*key), name=node_name(key[0].name)) for key in weights(graph)
            }
            results = trace(graph, placeholders, constants)
        for name, result in zip(outputs, results, strict=True):
            tf.identity(result, name=name)
        # A loop writes an Identity for every part of its state; those that nobody reads go.
        kept = tf.compat.v1.graph_util.extract_sub_graph(written.as_graph_def(), [*inputs, *outputs])
        path.write_bytes(kept.SerializeToString(deterministic=True))
