"""Seeded inputs for a card, sample sets in `.npz` files, and the way from the source's axes to an artifact's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.arrays import load
from registry.card import Input, Preprocess
from registry.errors import InputError
from registry.types import Tensor

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Sets = dict[str, Arrays]
"""Sample set → tensor name → array."""

_BLOCK = 8
_INDEX_BYTES = 4
_PARAMETERS = ((), *((n,) for n in range(9)))
"""Shapes of what are sizes and axes rather than data."""
_INTEGER_RANGES = {"bool": (0, 1), "uint8": (0, 255), "int8": (-128, 127)}


def seeded(inputs: Sequence[Input], *, seed: int = 0) -> Sets:
    """Two sets in the source's shapes and dtypes: `noise` (every element on its own) and `blocks` (patches of one value, more like
    what an image model sees, since neighbours agree). Same seed, same arrays.

    Floats lie evenly in the input's `range`; without one, where the preprocessing standardises by mean and std, they are standard
    normal, else even in 0…1. Integers are even in `range`, else over all of bool, uint8 and int8, else 0 or 1: valid for any index.
    Single int32 and int64 without a range are 1, vectors of up to 8 are 0, 1, 2 …: mostly sizes and axes, which must not repeat.
    """
    sets: Sets = {"noise": {}, "blocks": {}}
    for index, given in enumerate(inputs):
        random = np.random.default_rng([seed, index])
        sets["noise"][given.name] = _draw(random, given, tuple(given.shape))
        coarse = tuple(-(-d // _BLOCK) if axis >= 1 else d for axis, d in enumerate(given.shape))
        patches = _draw(random, given, coarse)
        for axis in range(1, len(given.shape)):
            patches = np.repeat(patches, _BLOCK, axis=axis)
        sets["blocks"][given.name] = np.array(patches[tuple(slice(d) for d in given.shape)], order="C")
    return sets


def for_artifact(sets: Mapping[str, Mapping[str, Array]], inputs: Sequence[Tensor]) -> Sets:
    """The same samples under an artifact's input names and in its axis order. Raises InputError where one is missing."""
    turned: Sets = {}
    for name, arrays in sets.items():
        turned[name] = {}
        for tensor in inputs:
            source = tensor.source_name or tensor.name
            if source not in arrays:
                raise InputError(f"Sample set `{name}` has no array for input `{source}`.")
            array = arrays[source]
            turned[name][tensor.name] = np.array(np.transpose(array, tensor.permutation or None), order="C")
    return turned


def save_sets(file: Path, sets: Mapping[str, Mapping[str, Array]]) -> None:
    """Writes an `.npz` with keys `<set>/<name>`; the same arrays give the same bytes."""
    flat: dict[str, Any] = {f"{s}/{name}": array for s, part in sets.items() for name, array in part.items()}
    with file.open("wb") as stream:
        np.savez(stream, **flat)


def load_sets(file: Path) -> Sets:
    """Reads what `save_sets` wrote. Raises InputError where the file is no such archive."""
    sets: Sets = {}
    try:
        arrays = load(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as an .npz of sample sets ({error}).") from error
    for key, array in arrays.items():
        set_name, separator, name = key.partition("/")
        if not separator:
            raise InputError(f"{file} has the key `{key}`, not `<set>/<tensor>`.")
        sets.setdefault(set_name, {})[name] = array
    return sets


def _draw(random: np.random.Generator, given: Input, shape: tuple[int, ...]) -> Array:
    dtype = np.dtype(given.dtype)
    if dtype.kind in "iub":
        if given.range is None and dtype.itemsize >= _INDEX_BYTES and shape in _PARAMETERS:
            return np.arange(1, 1 + shape[0], dtype=dtype) - (shape[0] > 1) if shape else np.ones((), dtype)
        low, high = given.range or _INTEGER_RANGES.get(given.dtype, (0, 1))
        return random.integers(int(low), int(high), shape, dtype=np.int64, endpoint=True).astype(dtype)
    if given.range is None and _standardised(given.preprocess):
        return random.standard_normal(shape).astype(dtype)
    low, high = given.range or (0.0, 1.0)
    return random.uniform(low, high, shape).astype(dtype)


def _standardised(preprocess: Preprocess) -> bool:
    return any(m != 0 for m in preprocess.mean) or any(s != 1 for s in preprocess.std)
