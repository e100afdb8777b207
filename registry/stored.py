"""Between the real numbers that a model is about and the integers that an artifact's inputs and outputs store."""

import numpy as np
import numpy.typing as npt

from registry.types import Tensor

Array = npt.NDArray[np.generic]


def to_stored(real: Array, tensor: Tensor) -> Array:
    """round(real / scale) + zero_point, saturating in its type; the array itself where the tensor has no grid or holds it already."""
    if not tensor.scale or real.dtype.kind != "f":
        return real
    info = np.iinfo(tensor.dtype)
    levels = np.rint(np.asarray(real, np.float64) / tensor.scale) + tensor.zero_point
    return np.asarray(np.clip(levels, info.min, info.max), tensor.dtype)


def to_real(stored: Array, tensor: Tensor) -> Array:
    """scale * (stored - zero_point) as float32; the array itself where the tensor has no grid."""
    if not tensor.scale or stored.dtype.kind not in "iu":
        return stored
    return ((np.asarray(stored, np.float64) - tensor.zero_point) * tensor.scale).astype(np.float32)
