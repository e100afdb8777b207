"""Operators that treat every element alike."""

import numpy as np
from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, is_constant, litert
from converters.emitters.tensorflow.table import Function
from registry.errors import ConversionError


def _operation(name: str, function: Function) -> None:
    @litert(name)
    def apply(site: Site, *operands: Tensor | Array) -> Tensor:
        return function(*(site.tensor(operand) for operand in operands))


for _name, _function in (
    ("SIN", ops.sin),
    ("COS", ops.cos),
    ("SQRT", ops.sqrt),
    ("RSQRT", ops.rsqrt),
    ("LOG", ops.log),
    ("EXP", ops.exp),
    ("NEG", ops.negative),
    ("ABS", ops.abs),
    ("SQUARE", ops.square),
    ("SIGN", ops.sign),
    ("FLOOR", ops.floor),
    ("CEIL", ops.ceil),
    ("ROUND", ops.round),
    ("LOGICAL_NOT", ops.logical_not),
    ("ZEROS_LIKE", ops.zeros_like),
    ("POW", ops.power),
    ("FLOOR_DIV", ops.floor_divide),
    ("FLOOR_MOD", ops.mod),
    ("LOGICAL_AND", ops.logical_and),
    ("LOGICAL_OR", ops.logical_or),
    ("ATAN2", ops.arctan2),
    ("BITWISE_XOR", ops.bitwise_xor),
    ("RIGHT_SHIFT", ops.right_shift),
    ("EQUAL", ops.equal),
    ("NOT_EQUAL", ops.not_equal),
    ("LESS", ops.less),
    ("LESS_EQUAL", ops.less_equal),
    ("GREATER", ops.greater),
    ("GREATER_EQUAL", ops.greater_equal),
    ("SELECT_V2", ops.where),
):
    _operation(_name, _function)


def _activation(name: str, activation: str) -> None:
    @litert(name)
    def apply(site: Site, x: Tensor) -> Tensor:
        return site.layer("Activation", x, activation=activation)


for _name, _layer in (
    ("LOGISTIC", "sigmoid"),
    ("TANH", "tanh"),
    ("ELU", "elu"),
    ("HARD_SWISH", "hard_silu"),
):
    _activation(_name, _layer)


@litert("RELU")
def relu(site: Site, x: Tensor) -> Tensor:
    return site.activated(x, "RELU")


@litert("RELU6")
def relu6(site: Site, x: Tensor) -> Tensor:
    return site.activated(x, "RELU6")


@litert("RELU_N1_TO_1")
def relu_n1_to_1(site: Site, x: Tensor) -> Tensor:
    return site.activated(x, "RELU_N1_TO_1")


@litert("RELU_0_TO_1")
def relu_0_to_1(site: Site, x: Tensor) -> Tensor:
    return ops.clip(x, 0.0, 1.0)


@litert("GELU")
def gelu(site: Site, x: Tensor, *, approximate: bool = False) -> Tensor:
    return ops.gelu(x, approximate=True) if approximate else site.layer("Activation", x, activation="gelu")


@litert("LEAKY_RELU")
def leaky_relu(site: Site, x: Tensor, *, alpha: float = 0.0) -> Tensor:
    return site.layer("LeakyReLU", x, negative_slope=float(alpha))


@litert("PRELU")
def prelu(site: Site, x: Tensor, alpha: Tensor | Array) -> Tensor:
    """The layer where the slopes do not vary along the batch, shared along the axes where they have size 1."""
    if isinstance(alpha, np.ndarray):
        slopes = alpha.reshape((1,) * (len(x.shape) - alpha.ndim) + alpha.shape)
        fits = all(n in (1, m) for n, m in zip(slopes.shape, x.shape, strict=True))
        if slopes.ndim > 1 and slopes.shape[0] == 1 and fits:
            shared = [i for i, n in enumerate(slopes.shape) if i and n == 1]
            return site.layer("PReLU", x, [slopes[0]], shared_axes=shared or None)
    below = ops.multiply(site.tensor(alpha), ops.minimum(x, 0.0))
    return ops.add(ops.relu(x), below)


def _merged(name: str, layer: str, function: Function) -> None:
    @litert(name)
    def merge(
        site: Site, x: Tensor | Array, y: Tensor | Array, *, fused_activation_function: str = "NONE"
    ) -> Tensor:
        if (
            x is not y
            and not is_constant(x)
            and not is_constant(y)
            and x.shape == y.shape
            and len(x.shape) > 1
        ):
            return site.activated(site.layer(layer, [x, y]), fused_activation_function)
        return site.activated(function(site.tensor(x), site.tensor(y)), fused_activation_function)


for _name, _layer, _function in (
    ("ADD", "Add", ops.add),
    ("SUB", "Subtract", ops.subtract),
    ("MUL", "Multiply", ops.multiply),
    ("MAXIMUM", "Maximum", ops.maximum),
    ("MINIMUM", "Minimum", ops.minimum),
):
    _merged(_name, _layer, _function)


@litert("DIV")
def div(
    site: Site, x: Tensor | Array, y: Tensor | Array, *, fused_activation_function: str = "NONE"
) -> Tensor:
    """Integers are cut off towards zero, as in C."""
    a, b = site.tensor(x), site.tensor(y)
    if site.node.output.dtype.kind == "f":
        return site.activated(ops.divide(a, b), fused_activation_function)
    sign = ops.multiply(ops.sign(a), ops.sign(b))
    quotient = ops.multiply(sign, ops.floor_divide(ops.abs(a), ops.abs(b)))
    return site.activated(quotient, fused_activation_function)


@litert("SQUARED_DIFFERENCE")
def squared_difference(site: Site, x: Tensor | Array, y: Tensor | Array) -> Tensor:
    return ops.square(ops.subtract(site.tensor(x), site.tensor(y)))


@litert("CAST")
def cast(site: Site, x: Tensor, *, out_data_type: str = "float32") -> Tensor:
    return ops.cast(x, out_data_type)


@litert("BITCAST")
def bitcast(site: Site, x: Tensor, *, out_data_type: str) -> Tensor:
    """Between integers, by arithmetic: Keras has no operator that reads bits as another type."""
    source, target = site.node.input(0).dtype, np.dtype(out_data_type)
    if source.kind not in "iu" or target.kind not in "iu":
        raise ConversionError(f"Keras has no operator that reads the bits of {source} as {target}")
    bits = 8 * min(source.itemsize, target.itemsize)
    if source.itemsize == target.itemsize:
        return ops.cast(x, target.name)
    if source.itemsize > target.itemsize:
        places = range(source.itemsize // target.itemsize)
        wide = ops.cast(x, "int64")
        pieces = [ops.floor_divide(wide, 2 ** (place * bits)) if place else wide for place in places]
        return ops.cast(ops.stack(pieces, axis=-1), target.name)
    total: Tensor = 0
    for place in range(target.itemsize // source.itemsize):
        lane = ops.cast(ops.take(x, place, axis=-1), "int64")
        unsigned = ops.where(ops.less(lane, 0), ops.add(lane, 2**bits), lane)
        total = ops.add(total, ops.multiply(unsigned, 2 ** (place * bits))) if place else unsigned
    return ops.cast(total, target.name)


@litert("DEQUANTIZE")
def dequantize(site: Site, x: Tensor) -> Tensor:
    """From float16; quantized tensors are refused before."""
    return ops.cast(x, "float32")
