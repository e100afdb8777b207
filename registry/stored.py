"""Between the real numbers that a model is about and the integers that an artifact's inputs and outputs store."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from registry.errors import InputError

Array = npt.NDArray[np.generic]


class Grid(Protocol):
    """What says how a tensor is stored: an artifact's record, or what a runtime tells of a file. `dtype` is numpy's name."""

    @property
    def name(self) -> str: ...

    @property
    def dtype(self) -> str: ...

    @property
    def scale(self) -> float: ...

    @property
    def zero_point(self) -> int: ...


def to_stored(real: Array, tensor: Grid) -> Array:
    """round(real / scale) + zero_point, saturating in its type; the array itself where the tensor has no grid or holds it already.

    Raises InputError for integers of another type: nobody says what they stand for.
    """
    if tensor.scale and real.dtype.kind in "iu" and real.dtype != np.dtype(tensor.dtype):
        raise InputError(
            f"`{tensor.name}` takes {tensor.dtype} on a grid of its own, the samples are {real.dtype}: give the real numbers instead."
        )
    if not tensor.scale or real.dtype.kind != "f":
        return real
    info = np.iinfo(tensor.dtype)
    levels = np.rint(np.asarray(real, np.float64) / tensor.scale) + tensor.zero_point
    return np.asarray(np.clip(levels, info.min, info.max), tensor.dtype)


def to_real(stored: Array, tensor: Grid) -> Array:
    """scale * (stored - zero_point) as float32; the array itself where the tensor has no grid."""
    if not tensor.scale or stored.dtype.kind not in "iu":
        return stored
    return ((np.asarray(stored, np.float64) - tensor.zero_point) * tensor.scale).astype(np.float32)
