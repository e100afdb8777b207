"""Sparse constants of a .tflite → dense arrays.

A sparse tensor stores its values in the order of a traversal of its axes, each either dense or compressed (segments and indices), the
last ones of which may run inside of blocks. Source: the comments of SparsityParameters in LiteRT's schema; TACO (Kjolstad et al., 2017).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_DENSE = 0


def dense(values: Array, shape: tuple[int, ...], sparsity: Any) -> Array:
    """`values` at their places in an array of `shape`, zeros elsewhere. Raises ValueError where they do not fit."""
    order = [int(axis) for axis in sparsity.traversalOrder]
    blocked = [] if sparsity.blockMap is None else [int(axis) for axis in sparsity.blockMap]
    if sorted(order) != list(range(len(shape) + len(blocked))) or len(sparsity.dimMetadata) != len(order):
        raise ValueError("its traversal is not one of its axes")
    most = int(np.prod(shape, dtype=np.int64))
    parents = np.zeros(1, np.int64)
    """For each path so far its number among the positions of its level."""
    places: list[Array] = []
    for level in sparsity.dimMetadata:
        if level.format == _DENSE:
            size = int(level.denseSize)
            if size < 0 or parents.size * size > most:
                raise ValueError("its levels are larger than its shape")
            own = np.tile(np.arange(size, dtype=np.int64), parents.size)
            counts = np.full(parents.size, size)
            now = np.repeat(parents * size, size) + own
        else:
            segments, indices = (_numbers(v) for v in (level.arraySegments, level.arrayIndices))
            starts, counts = segments[parents], segments[parents + 1] - segments[parents]
            if (counts < 0).any() or counts.sum() > most:
                raise ValueError("its segments are larger than its shape")
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            now = np.repeat(starts, counts) + within
            own = indices[now]
        places = [np.repeat(place, counts) for place in places] + [own]
        parents = now
    at = dict(zip(order, places, strict=True))
    sizes = {
        axis: int(sparsity.dimMetadata[order.index(len(shape) + i)].denseSize)
        for i, axis in enumerate(blocked)
    }
    for i, axis in enumerate(blocked):
        at[axis] = at[axis] * sizes[axis] + at[len(shape) + i]
    result = np.zeros(shape, values.dtype)
    result[tuple(at[axis] for axis in range(len(shape)))] = values[: parents.size]
    return result


def _numbers(union: Any) -> Array:
    """The numbers of a vector of any width."""
    return np.asarray(union.values, np.int64)
