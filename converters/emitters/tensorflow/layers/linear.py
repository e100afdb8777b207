"""Matrix products."""

import numpy as np
from keras import ops

from converters.emitters.tensorflow.layers.reshaping import reshaped
from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, is_constant, litert
from registry.errors import ConversionError

_FUSED = {"RELU": "relu", "RELU6": "relu6", "TANH": "tanh"}


@litert("FULLY_CONNECTED", weights={1: (1, 0)})
def fully_connected(
    site: Site,
    x: Tensor,
    weights: Tensor | Array,
    bias: Tensor | Array | None = None,
    *,
    fused_activation_function: str = "NONE",
    weights_format: str = "DEFAULT",
    keep_num_dims: bool = False,
) -> Tensor:
    """weights: K N. Without `keep_num_dims` the operand is flattened to rows of K."""
    if weights_format != "DEFAULT":
        raise ConversionError(f"FULLY_CONNECTED weights in the format {weights_format} cannot be read")
    x = site.symbolic(x)
    depth, units = weights.shape
    if not keep_num_dims and (len(x.shape) != 2 or x.shape[1] != depth):
        x = reshaped(site, x, (site.shape[0] if len(site.shape) == 2 else -1, depth))
    if not is_constant(weights) or not (bias is None or is_constant(bias)):
        y = ops.matmul(x, site.tensor(weights))
        y = y if bias is None else ops.add(y, site.tensor(bias))
        return site.activated(y, fused_activation_function)
    given = [weights] if bias is None else [weights, bias]
    fused = _FUSED.get(fused_activation_function)
    y = site.layer("Dense", x, given, units=units, use_bias=bias is not None, activation=fused)
    return y if fused else site.activated(y, fused_activation_function)


@litert("BATCH_MATMUL")
def batch_matmul(
    site: Site, x: Tensor | Array, y: Tensor | Array, *, adj_x: bool = False, adj_y: bool = False
) -> Tensor:
    """A constant matrix on the right is a Dense layer without bias."""
    x, y = _turned(x, adj_x), _turned(y, adj_y)
    if isinstance(y, np.ndarray) and y.ndim == 2:
        return site.layer("Dense", x, [y], units=y.shape[1], use_bias=False)
    return ops.matmul(site.tensor(x), site.tensor(y))


def _turned(operand: Tensor | Array, adjoint: bool) -> Tensor | Array:
    if not adjoint:
        return operand
    if isinstance(operand, np.ndarray):
        return np.ascontiguousarray(operand.swapaxes(-1, -2))
    return ops.swapaxes(operand, -1, -2)
