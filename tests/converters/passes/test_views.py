"""Views of a layer's result, against numpy doing the same to the numbers of its channels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.graph import Node, Value
from converters.ops.builder import Builder
from converters.passes.views import View, viewed

F32 = np.dtype(np.float32)


def channel_at(view: View, shape: tuple[int, ...], rows: tuple[int, ...]) -> np.ndarray:
    """The number row * channels + channel of every element, from the view alone."""
    count = int(view.channels.max()) + 1 if view.channels.size else 1
    grid = np.indices(shape)
    channel_axes = [axis for axis, label in enumerate(view.labels) if label is None]
    channels = view.channels[tuple(grid[axis] for axis in channel_axes)]
    row = np.zeros(shape, np.int64)
    for label, size in enumerate(rows):
        row = row * size + grid[view.labels.index(label)]
    assert count <= 24
    return row * 24 + channels


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_chains_of_views(data: st.DataObject) -> None:
    rows = data.draw(st.sampled_from([(1, 5), (2, 3), (2, 2, 3)]))
    start = Value("y", (*rows, 24), F32)
    actual = np.arange(int(np.prod(start.shape))).reshape(start.shape)
    b = Builder()
    value, view = start, View.of(start)
    for _ in range(data.draw(st.integers(1, 4))):
        step = data.draw(st.sampled_from(["cut", "turn", "split", "gather"]))
        if step == "cut":
            axis = data.draw(
                st.sampled_from([i for i, label in enumerate(view.labels) if label is None] or [-1])
            )
            if axis < 0 or value.shape[axis] % 2:
                continue
            shape = (*value.shape[:axis], 2, value.shape[axis] // 2, *value.shape[axis + 1 :])
            b.reshape(value, shape)
            actual = actual.reshape(shape)
        elif step == "turn":
            order = data.draw(st.permutations(range(value.rank)))
            b.nodes.append(
                Node("TRANSPOSE", (value, Value("p", (value.rank,), np.dtype(np.int32), np.asarray(order, np.int32))),
                     (Value("t", tuple(value.shape[i] for i in order), F32),), {})
            )  # fmt: skip
            actual = actual.transpose(order)
        else:
            axis = data.draw(st.integers(0, value.rank - 1))
            if step == "split" and value.shape[axis] % 2 == 0:
                b.many("SPLIT", np.asarray(axis, np.int32), value, num_splits=2)
                parts = list(np.split(actual, 2, axis))
            else:
                b("GATHER", value, np.asarray(0, np.int32), axis=axis)
                parts = [actual.take(0, axis)]
            found = viewed(b.nodes[-1], value, view)
            assert (found is None) == (view.labels[axis] is not None)
            if found is None:
                return
            pick = data.draw(st.integers(0, len(parts) - 1))
            value, view = list(found.items())[pick]
            actual = parts[pick]
            continue
        found = viewed(b.nodes[-1], value, view)
        assert found is not None
        ((value, view),) = found.items()
    assert value.shape == actual.shape
    assert (channel_at(view, value.shape, rows) == actual).all()


def test_rows_that_are_cut_are_no_view() -> None:
    y = Value("y", (1, 6, 4), F32)
    b = Builder()
    b.reshape(y, (1, 2, 3, 4))
    assert viewed(b.nodes[-1], y, View.of(y)) is None
    b.reshape(y, (6, 4))
    assert viewed(b.nodes[-1], y, View.of(y)) is None


def test_a_batch_of_one_stays_apart_from_axes_of_one() -> None:
    y = Value("y", (1, 5, 4), F32)
    b = Builder()
    b.reshape(y, (1, 5, 1, 4))
    found = viewed(b.nodes[-1], y, View.of(y))
    assert found is not None
    (view,) = found.values()
    assert view.labels == (0, 1, None, None)
