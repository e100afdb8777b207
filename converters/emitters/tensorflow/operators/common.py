"""The table of TensorFlow operations and what the families share."""

from typing import Any

import tensorflow as tf

from converters.emitters.tensorflow.table import Table
from registry.errors import ConversionError

Tensor = Any
litert = OPERATORS = Table()

_ACTIVATIONS = {
    "NONE": lambda x: x,
    "RELU": tf.nn.relu,
    "RELU6": tf.nn.relu6,
    "RELU_N1_TO_1": lambda x: tf.clip_by_value(x, -1.0, 1.0),
    "TANH": tf.tanh,
}


def activated(x: Tensor, activation: str) -> Tensor:
    """`x` through a fused activation. Raises ConversionError for SIGN_BIT, which no LiteRT kernel computes either."""
    if activation not in _ACTIVATIONS:
        raise ConversionError(f"the fused activation {activation} has no counterpart in TensorFlow")
    return _ACTIVATIONS[activation](x)


def biased(x: Tensor, bias: Tensor | None) -> Tensor:
    return x if bias is None else tf.nn.bias_add(x, bias)
