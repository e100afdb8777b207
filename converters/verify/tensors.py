"""Names, shapes and dtypes of a model file's inputs and outputs, and arrays made to fit them."""

from collections.abc import Mapping

import msgspec
import numpy as np

from converters.verify.samples import Array
from registry.errors import InputError


class TensorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One input or output of a model file. Dimensions that are not fixed are -1, an unknown rank is None; `dtype` is numpy's name.

    A quantized tensor's integers q stand for (q - zero_point) · scale; scale 0 is none.
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: str
    scale: float = 0.0
    zero_point: int = 0


def fit(inputs: Mapping[str, Array], specs: tuple[TensorSpec, ...]) -> dict[str, Array]:
    """The arrays of `specs`, contiguous and of their dtype. Raises InputError for a missing input or another shape."""
    fitted = {}
    for spec in specs:
        if spec.name not in inputs:
            known = ", ".join(f"`{name}`" for name in inputs)
            raise InputError(f"No array for input `{spec.name}` (there is {known or 'none'}).")
        array = np.array(inputs[spec.name], dtype=spec.dtype, order="C")
        if spec.shape is not None and not _matches(array.shape, spec.shape):
            raise InputError(
                f"Input `{spec.name}` takes shape {list(spec.shape)}, the array has {list(array.shape)}."
            )
        fitted[spec.name] = array
    return fitted


def _matches(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(shape) == len(wanted) and all(w in (-1, d) for d, w in zip(shape, wanted, strict=True))


def first_line(error: BaseException) -> str:
    """The first line of an error's text, for the end of a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
