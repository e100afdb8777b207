"""Sparse constants spread out, against the definition element by element."""

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.frontends.sparsity import dense


def _level(format_: int, size: int = 0, segments: Any = None, indices: Any = None) -> Any:
    vectors = [None if v is None else SimpleNamespace(values=v) for v in (segments, indices)]
    return SimpleNamespace(format=format_, denseSize=size, arraySegments=vectors[0], arrayIndices=vectors[1])


def _compressed(
    data: np.ndarray, order: list[int], block: dict[int, int], sparse: set[int]
) -> tuple[Any, Any]:
    """(values, parameters): the tree of a traversal, a compressed level keeping only what holds something."""
    rank = data.ndim
    sizes = [n // block.get(axis, 1) for axis, n in enumerate(data.shape)] + list(block.values())
    steps = list(block)

    def whole(place: dict[int, int]) -> np.ndarray:
        index: list[Any] = []
        for axis in range(rank):
            inner = rank + steps.index(axis) if axis in block else None
            outer, size = place.get(axis), block.get(axis, 1)
            at = place.get(inner) if inner is not None else 0
            rows = range(data.shape[axis]) if outer is None else range(outer * size, (outer + 1) * size)
            index.append([r for r in rows if at is None or r % size == at])
        return data[np.ix_(*index)]

    paths: list[dict[int, int]] = [{}]
    levels = []
    for number, axis in enumerate(order):
        following: list[dict[int, int]] = []
        segments = [0]
        indices: list[int] = []
        for path in paths:
            for i in range(sizes[axis]):
                step = {**path, axis: i}
                if number not in sparse or whole(step).any():
                    following.append(step)
                    indices.append(i)
            segments.append(len(indices))
        levels.append(_level(1, 0, segments, indices) if number in sparse else _level(0, sizes[axis]))
        paths = following
    values = np.asarray([whole(path).reshape(-1)[0] for path in paths], data.dtype)
    return values, SimpleNamespace(traversalOrder=order, blockMap=steps or None, dimMetadata=levels)


@settings(max_examples=60)
@given(st.data())
def test_spread_out_it_is_the_array(data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, 3))
    block = {axis: data.draw(st.integers(2, 3)) for axis in range(rank) if data.draw(st.booleans())}
    shape = tuple(data.draw(st.integers(1, 3)) * block.get(axis, 1) for axis in range(rank))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    array = (rng.integers(0, 3, shape) * (rng.random(shape) < 0.4)).astype(np.float32)
    outer = data.draw(st.permutations(range(rank)))
    order = [*outer, *range(rank, rank + len(block))]
    # The sizes of blocks are read from their levels: those stay dense, as converters write them.
    sparse = {number for number in range(rank) if data.draw(st.booleans())}
    values, parameters = _compressed(array, order, block, sparse)
    assert np.array_equal(dense(values, shape, parameters), array)


@pytest.mark.parametrize(
    "levels",
    [
        [_level(0, 4)],
        [_level(0, 4), _level(0, 1 << 40)],
        [_level(0, 2), _level(1, 0, [0, 1, 0], [0])],
        [_level(0, 2), _level(1, 0, [0], [0])],
        [_level(0, 2), _level(1, 0, [0, 1, 2], [0, 77])],
    ],
)
def test_what_does_not_fit_is_an_error(levels: list[Any]) -> None:
    parameters = SimpleNamespace(traversalOrder=[0, 1], blockMap=None, dimMetadata=levels)
    with pytest.raises((ValueError, IndexError)):
        dense(np.ones(4, np.float32), (2, 3), parameters)


def test_a_hand_written_one() -> None:
    parameters = SimpleNamespace(
        traversalOrder=[1, 0],
        blockMap=None,
        dimMetadata=[_level(0, 3), _level(1, 0, [0, 1, 1, 3], [1, 0, 1])],
    )
    found = dense(np.asarray([5, 6, 7], np.int8), (2, 3), parameters)
    assert found.tolist() == [[0, 0, 6], [5, 0, 7]]
    assert sum(found[i] != 0 for i in itertools.product(range(2), range(3))) == 3
