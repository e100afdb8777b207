"""Operators that fold axes together or normalise along the last one."""

from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, litert, numbers
from converters.emitters.tensorflow.table import Function

_L2_EPSILON = 1e-6
"""The smallest norm that LiteRT divides by (kernels/l2norm.cc)."""


def _reduction(name: str, function: Function) -> None:
    @litert(name)
    def reduce(site: Site, x: Tensor, axes: Array, *, keep_dims: bool = False) -> Tensor:
        y = function(x, axis=tuple(numbers(axes, f"the axes of {name}")), keepdims=keep_dims)
        # Keras widens what it sums or averages; LiteRT stays with the operand's type.
        return y if y.dtype == x.dtype else ops.cast(y, x.dtype)


for _name, _function in (
    ("MEAN", ops.mean),
    ("SUM", ops.sum),
    ("REDUCE_MAX", ops.max),
    ("REDUCE_MIN", ops.min),
    ("REDUCE_PROD", ops.prod),
    ("REDUCE_ANY", ops.any),
    ("REDUCE_ALL", ops.all),
):
    _reduction(_name, _function)


@litert("ARG_MAX")
def arg_max(site: Site, x: Tensor, axis: Array, *, output_type: str = "int32") -> Tensor:
    return ops.cast(ops.argmax(x, axis=numbers(axis, "the axis of ARG_MAX")[0]), output_type)


@litert("ARG_MIN")
def arg_min(site: Site, x: Tensor, axis: Array, *, output_type: str = "int32") -> Tensor:
    return ops.cast(ops.argmin(x, axis=numbers(axis, "the axis of ARG_MIN")[0]), output_type)


@litert("SOFTMAX")
def softmax(site: Site, x: Tensor, *, beta: float = 1.0) -> Tensor:
    return site.layer("Softmax", x if beta == 1.0 else ops.multiply(x, float(beta)), axis=-1)


@litert("LOG_SOFTMAX")
def log_softmax(site: Site, x: Tensor) -> Tensor:
    return ops.log_softmax(x, axis=-1)


@litert("L2_NORMALIZATION")
def l2_normalization(site: Site, x: Tensor, *, fused_activation_function: str = "NONE") -> Tensor:
    norm = ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
    return site.activated(ops.divide(x, ops.maximum(norm, _L2_EPSILON)), fused_activation_function)


@litert("CUMSUM")
def cumsum(site: Site, x: Tensor, axis: Array, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Exclusive: a zero comes in front and the last sum is left out."""
    at = numbers(axis, "the axis of CUMSUM")[0] % len(x.shape)
    y = ops.flip(x, axis=at) if reverse else x
    y = ops.cumsum(y, axis=at)
    if exclusive:
        y = ops.pad(y, tuple((int(i == at), 0) for i in range(len(x.shape))))
        y = y[(slice(None),) * at + (slice(0, -1),)]
    return ops.flip(y, axis=at) if reverse else y
