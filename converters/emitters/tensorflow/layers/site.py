"""Where a node is written in a Keras model: its name, its constants, what every family needs."""

from collections.abc import Collection, Sequence
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from converters.emitters.tensorflow.names import layer_name
from converters.emitters.tensorflow.prepare import weight
from converters.emitters.tensorflow.table import Permutation, Table
from converters.graph import Node, Value
from registry.errors import ConversionError

Tensor = Any
Array = npt.NDArray[Any]
Weight = tuple[Value, Permutation | None]
litert = LAYERS = Table()

INLINE = 1024
"""Constants up to this many elements stand in the model's configuration; larger ones are weights."""

_EXACT_IN_FLOAT32 = 2**24


class Constants:
    """Constants as weights of stock layers. `anchor` is any symbolic tensor: a functional model has no source but its inputs.

    Nodes with the same constants of those `repeated` share their layer, as the steps of a loop that is written out do.
    """

    def __init__(self, anchor: Tensor, repeated: Collection[Value] = ()) -> None:
        self.anchor = anchor
        self.repeated = repeated
        self.zero: Tensor = None
        self.made: dict[tuple[str, tuple[int, ...], bytes], Tensor] = {}
        self.arrays: dict[Weight, Array] = {}
        self.layers: dict[tuple[Any, ...], Any] = {}
        """Kind, options and weights (by identity) → the layer."""

    def array(self, value: Value, permutation: Permutation | None) -> Array:
        """A constant in TensorFlow's weight layout, for a repeated one the same array every time."""
        if value not in self.repeated:
            return weight(value, permutation)
        if (value, permutation) not in self.arrays:
            self.arrays[value, permutation] = weight(value, permutation)
        return self.arrays[value, permutation]

    def shared(self, weights: Sequence[Array]) -> bool:
        """Whether these are arrays of repeated constants, every one."""
        kept = {id(array) for array in self.arrays.values()}
        return bool(weights) and all(id(array) in kept for array in weights)

    def layer(self, array: Array) -> Tensor:
        """`array` as the one row of an Embedding, looked up at index 0. Integers beyond 2^24 stay in the configuration."""
        import hashlib

        key = (array.dtype.name, array.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self.made:
            self.made[key] = self._looked_up(array, len(self.made))
        return self.made[key]

    def _looked_up(self, array: Array, number: int) -> Tensor:
        if self.zero is None:
            first = ops.reshape(self.anchor, (-1,))[(slice(0, 1),)]
            self.zero = ops.cast(ops.zeros_like(first), "int32")
        if array.dtype != np.float32 and np.abs(array.astype(np.float64)).max(initial=0) > _EXACT_IN_FLOAT32:
            zeros = ops.cast(self.zero, array.dtype.name)
            return ops.reshape(ops.add(zeros, array.reshape(-1)), array.shape)
        layer = keras.layers.Embedding(1, array.size, name=f"constant.{number}", dtype="float32")
        tensor = layer(self.zero)
        layer.set_weights([array.astype(np.float32).reshape(1, -1)])
        tensor = ops.reshape(tensor, array.shape)
        return tensor if array.dtype == np.float32 else ops.cast(tensor, array.dtype.name)


class Site:
    """One node being written."""

    def __init__(self, node: Node, constants: Constants) -> None:
        self.node = node
        self.constants = constants
        self.layers = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The (first) result's shape as the graph infers it."""
        return self.node.output.shape

    def tensor(self, operand: Tensor | Array) -> Tensor:
        """An operand fit for `keras.ops`: a small constant as it is, a large one as a weight."""
        if isinstance(operand, np.ndarray) and operand.size > INLINE:
            return self.constants.layer(operand)
        return operand

    def symbolic(self, operand: Tensor | Array) -> Tensor:
        """An operand fit for a layer: every constant as a weight."""
        return self.constants.layer(operand) if isinstance(operand, np.ndarray) else operand

    def layer(self, kind: str, inputs: Tensor, weights: Sequence[Array] = (), **options: Any) -> Tensor:
        """The result of a layer `keras.layers.<kind>` with these weights, named after the (first) node."""
        dtype = self.node.output.dtype.name
        key = (kind, dtype, repr(sorted(options.items())), *map(id, weights))
        shared = self.constants.shared(weights)
        if shared and key in self.constants.layers:
            return self.constants.layers[key](inputs)
        layer = getattr(keras.layers, kind)(name=self._name(), dtype=dtype, **options)
        result = layer(inputs)
        if weights:
            layer.set_weights(list(weights))
        if shared:
            self.constants.layers[key] = layer
        return result

    def activated(self, x: Tensor, activation: str) -> Tensor:
        """`x` through a fused activation."""
        if activation == "NONE":
            return x
        if activation == "RELU":
            return self.layer("ReLU", x)
        if activation == "RELU6":
            return self.layer("ReLU", x, max_value=6.0)
        if activation == "TANH":
            return self.layer("Activation", x, activation="tanh")
        if activation == "RELU_N1_TO_1":
            return ops.clip(x, -1.0, 1.0)
        raise ConversionError(f"the fused activation {activation} has no counterpart in Keras")

    def _name(self) -> str:
        # A dot keeps layers apart from operations, which Keras names without one.
        name = f"{layer_name(self.node.output.name)}.{self.node.op.lower()}"
        self.layers += 1
        return name if self.layers == 1 else f"{name}.{self.layers}"


def is_constant(operand: Tensor | Array | None) -> bool:
    return isinstance(operand, np.ndarray)


def numbers(operand: Tensor | Array, what: str) -> list[int]:
    """A parameter operand (axes, paddings …) as plain ints. Raises ConversionError where it is only known at run time."""
    if not isinstance(operand, np.ndarray):
        raise ConversionError(f"{what} computed at run time cannot be written for Keras")
    return cast(list[int], operand.reshape(-1).astype(int).tolist())
