"""Graph → functional Keras model: real layers where there is one, `keras.ops` operations elsewhere, no custom code."""

from collections import Counter
from typing import Any

import keras

from converters.emitters.tensorflow.layers import LAYERS
from converters.emitters.tensorflow.layers.site import Constants, Site
from converters.emitters.tensorflow.names import layer_name, unique
from converters.emitters.tensorflow.prepare import Model, entry_of
from converters.graph import Node, Value
from registry.errors import ConversionError, ZooError

Tensor = Any


def keras_model(model: Model) -> Any:
    """`model` as a functional Keras model whose input and output layers carry its names.

    Raises ConversionError for a node that stock Keras has no exact counterpart of.
    """
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    graph = model.graph
    inputs = unique(layer_name(name) for name in model.inputs)
    outputs = unique((layer_name(name) for name in model.outputs), inputs)
    tensors: dict[Value, Tensor] = {}
    for value, name in zip(graph.inputs, inputs, strict=True):
        shape = tuple(None if n < 0 else n for n in value.shape)
        tensors[value] = keras.Input(batch_shape=shape, dtype=value.dtype.name, name=name)
    reads = Counter(v for node in graph.nodes for v in node.inputs if v is not None and v.is_constant)
    constants = Constants(tensors[graph.inputs[0]], {value for value, count in reads.items() if count > 1})
    for node in graph.nodes:
        tensors.update(zip(node.outputs, _written(node, tensors, constants), strict=True))
    ends = []
    for value, name in zip(graph.outputs, outputs, strict=True):
        end = tensors[value] if value in tensors else constants.layer(value.array)
        # Keras reads "int8" as a way to quantize a layer; integers pass through any layer as they are.
        kind = None if value.dtype.name == "int8" else value.dtype.name
        ends.append(keras.layers.Identity(name=name, dtype=kind)(end))
    _rename_operations(ends, {*inputs, *outputs})
    return keras.Model([tensors[value] for value in graph.inputs], ends, name=layer_name(graph.name))


def _written(node: Node, tensors: dict[Value, Tensor], constants: Constants) -> list[Tensor]:
    """The results of one node."""
    entry = entry_of(node, LAYERS)
    operands: list[Any] = []
    for index, value in enumerate(node.inputs):
        if value is None:
            operands.append(None)
        elif value in tensors:
            tensor = tensors[value]
            if index in entry.weights:
                tensor = keras.ops.transpose(tensor, entry.weights[index])
            operands.append(tensor)
        else:
            operands.append(constants.array(value, entry.weights.get(index)))
    try:
        results = entry.function(Site(node, constants), *operands, **entry.read(node.attrs))
    except ZooError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ConversionError(f"Keras refuses {node.op} `{node.output.name}`: {reason}") from error
    return results if isinstance(results, list) else [results]


def _rename_operations(ends: list[Tensor], reserved: set[str]) -> None:
    """Keras names operations itself (`add_1`): one that took the name of an input or output gives it back."""
    ours = {id(end._keras_history.operation) for end in ends}
    waiting, seen = [end._keras_history.operation for end in ends], set()
    while waiting:
        operation = waiting.pop()
        if id(operation) in seen:
            continue
        seen.add(id(operation))
        nodes = operation._inbound_nodes
        if operation.name in reserved and id(operation) not in ours and not _is_input(operation):
            operation.name = f"{operation.name}.op"
        waiting += [tensor._keras_history.operation for node in nodes for tensor in node.input_tensors]


def _is_input(operation: Any) -> bool:
    return isinstance(operation, keras.layers.InputLayer)
