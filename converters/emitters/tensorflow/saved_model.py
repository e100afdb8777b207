"""SavedModel: weights as variables, one signature `serving_default`."""

import hashlib
from pathlib import Path
from typing import Any

import tensorflow as tf

from converters.emitters.tensorflow.names import identifier, unique
from converters.emitters.tensorflow.prepare import Model, weight
from converters.emitters.tensorflow.trace import shape_of, trace, weights


def write_saved_model(model: Model, path: Path) -> None:
    """Write `model` to the folder `path`. Raises ConversionError as `trace` does, OSError as writing does."""
    graph = model.graph
    names = unique(identifier(name) for name in model.inputs)
    outputs = unique(model.outputs)
    module = tf.Module(name="model")
    variables = {
        key: tf.Variable(weight(*key), trainable=False, name=f"weight_{number}")
        for number, key in enumerate(weights(graph))
    }
    module.weights = list(variables.values())

    specification = [
        tf.TensorSpec(shape_of(value), value.dtype, name=name)
        for value, name in zip(graph.inputs, names, strict=True)
    ]

    def serve(*inputs: Any) -> dict[str, Any]:
        results = trace(graph, inputs, variables)
        return {name: tf.identity(y) for name, y in zip(outputs, results, strict=True)}

    function = tf.function(serve, input_signature=specification, autograph=False)
    tf.saved_model.save(module, str(path), signatures={"serving_default": function.get_concrete_function()})
    _fix_fingerprint(path)


def _fix_fingerprint(path: Path) -> None:
    """Give the fingerprint an identifier that follows from the model in place of TensorFlow's random one."""
    from tensorflow.core.protobuf import fingerprint_pb2

    file = path / "fingerprint.pb"
    if file.is_file():
        fingerprint = fingerprint_pb2.FingerprintDef.FromString(file.read_bytes())
        digest = hashlib.sha256((path / "saved_model.pb").read_bytes()).hexdigest()
        fingerprint.uuid = digest[:32]
        file.write_bytes(fingerprint.SerializeToString(deterministic=True))
