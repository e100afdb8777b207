"""The inputs a model is timed on: which shapes, and which values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.targets.base import RefusedError
from registry.errors import InputError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Wanted:
    """An input as the file declares it; a size of a run-time dimension is -1."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def shapes(
    inputs: Sequence[Wanted], batch: int, given: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Input → shape to run with: the user's, else the file's with run-time dimensions 1; then the first axis is `batch`.

    Raises RefusedError where a name or the number of dimensions does not fit, or the first axis is no batch of one.
    """
    asked = dict(given)
    if "" in asked and len(inputs) == 1:
        asked[inputs[0].name] = asked.pop("")
    names = [one.name for one in inputs]
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise RefusedError(f"it has no input `{unknown[0]}`; its inputs are {', '.join(names)}")
    return {one.name: _shape(one, batch, asked.get(one.name)) for one in inputs}


def _shape(one: Wanted, batch: int, asked: tuple[int, ...] | None) -> tuple[int, ...]:
    if asked is not None and len(asked) != len(one.shape):
        raise RefusedError(f"input `{one.name}` has {len(one.shape)} dimensions, not {len(asked)}")
    shape = asked or tuple(max(1, size) for size in one.shape)
    if batch == 1:
        return shape
    if not shape or shape[0] != 1:
        raise RefusedError(f"the first axis of input `{one.name}` {list(one.shape)} is no batch of one")
    return (batch, *shape[1:])


def values(inputs: Sequence[Wanted], chosen: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Array]:
    """Input → seeded random array; the same seed gives the same values for the same inputs."""
    generator = np.random.default_rng(seed)
    return {one.name: random_input(one.name, chosen[one.name], one.dtype, generator) for one in inputs}


def random_input(
    name: str, shape: tuple[int, ...], dtype: np.dtype[Any], generator: np.random.Generator
) -> Array:
    """Floats uniform in -1…1, 8- and 16-bit integers over their whole range, other integers 0 (they often are indices), booleans even."""
    if dtype.kind == "f":
        return generator.uniform(-1, 1, shape).astype(dtype)
    if dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        if dtype.itemsize > 2:
            return np.zeros(shape, dtype)
        limits = np.iinfo(dtype)
        return generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    raise InputError(f"Input `{name}` is of type {dtype}, for which no random values can be made up.")
