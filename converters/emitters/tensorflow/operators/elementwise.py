"""Operators that treat every element alike."""

import tensorflow as tf

from converters.emitters.tensorflow.operators.common import Tensor, activated, litert

for _name, _function in (
    ("RELU", tf.nn.relu),
    ("RELU6", tf.nn.relu6),
    ("LOGISTIC", tf.sigmoid),
    ("TANH", tf.tanh),
    ("ELU", tf.nn.elu),
    ("SIN", tf.sin),
    ("COS", tf.cos),
    ("SQRT", tf.sqrt),
    ("RSQRT", tf.math.rsqrt),
    ("LOG", tf.math.log),
    ("EXP", tf.exp),
    ("NEG", tf.negative),
    ("ABS", tf.abs),
    ("SQUARE", tf.square),
    ("SIGN", tf.sign),
    ("FLOOR", tf.floor),
    ("CEIL", tf.math.ceil),
    ("ROUND", tf.round),
    ("LOGICAL_NOT", tf.logical_not),
    ("ZEROS_LIKE", tf.zeros_like),
    ("MAXIMUM", tf.maximum),
    ("MINIMUM", tf.minimum),
    ("SQUARED_DIFFERENCE", tf.math.squared_difference),
    ("POW", tf.pow),
    ("FLOOR_DIV", tf.math.floordiv),
    ("FLOOR_MOD", tf.math.floormod),
    ("LOGICAL_AND", tf.logical_and),
    ("LOGICAL_OR", tf.logical_or),
    ("ATAN2", tf.atan2),
    ("BITWISE_XOR", tf.bitwise.bitwise_xor),
    ("RIGHT_SHIFT", tf.bitwise.right_shift),
    ("EQUAL", tf.equal),
    ("NOT_EQUAL", tf.not_equal),
    ("LESS", tf.less),
    ("LESS_EQUAL", tf.less_equal),
    ("GREATER", tf.greater),
    ("GREATER_EQUAL", tf.greater_equal),
):
    litert(_name)(_function)


@litert("RELU_N1_TO_1")
def relu_n1_to_1(x: Tensor) -> Tensor:
    return tf.clip_by_value(x, -1.0, 1.0)


@litert("RELU_0_TO_1")
def relu_0_to_1(x: Tensor) -> Tensor:
    return tf.clip_by_value(x, 0.0, 1.0)


@litert("HARD_SWISH")
def hard_swish(x: Tensor) -> Tensor:
    """x · relu6(x + 3) / 6."""
    return x * (tf.nn.relu6(x + 3.0) * (1.0 / 6.0))


@litert("GELU")
def gelu(x: Tensor, *, approximate: bool = False) -> Tensor:
    return tf.nn.gelu(x, approximate=approximate)


@litert("LEAKY_RELU")
def leaky_relu(x: Tensor, *, alpha: float = 0.0) -> Tensor:
    return tf.nn.leaky_relu(x, alpha)


@litert("PRELU")
def prelu(x: Tensor, alpha: Tensor) -> Tensor:
    return tf.nn.relu(x) + alpha * tf.minimum(x, 0.0)


@litert("ADD")
def add(x: Tensor, y: Tensor, *, fused_activation_function: str = "NONE") -> Tensor:
    return activated(tf.raw_ops.AddV2(x=x, y=y), fused_activation_function)


@litert("SUB")
def sub(x: Tensor, y: Tensor, *, fused_activation_function: str = "NONE") -> Tensor:
    return activated(tf.subtract(x, y), fused_activation_function)


@litert("MUL")
def mul(x: Tensor, y: Tensor, *, fused_activation_function: str = "NONE") -> Tensor:
    return activated(tf.multiply(x, y), fused_activation_function)


@litert("DIV")
def div(x: Tensor, y: Tensor, *, fused_activation_function: str = "NONE") -> Tensor:
    """Integers are cut off towards zero, as in C."""
    return activated(tf.raw_ops.Div(x=x, y=y), fused_activation_function)


@litert("SELECT_V2")
def select_v2(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return tf.where(condition, x, y)


@litert("CAST")
def cast(x: Tensor, *, out_data_type: str = "float32") -> Tensor:
    return tf.cast(x, out_data_type)


@litert("BITCAST")
def bitcast(x: Tensor, *, out_data_type: str) -> Tensor:
    return tf.bitcast(x, out_data_type)


@litert("DEQUANTIZE")
def dequantize(x: Tensor) -> Tensor:
    """From float16; quantized tensors are refused before."""
    return tf.cast(x, tf.float32)
