"""What reshapes, transposes, splits, slices and scales make of a linear layer's result, told in its rows and channels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.graph import Node, Value

Channels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """A value each of whose axes is an axis of the layer's result (its number) or made of the result's channels (None).

    `channels` has an axis for each None, in order, and says which channel stands where; the numbers are multiplied by `scale`.
    """

    labels: tuple[int | None, ...]
    channels: Channels
    scale: float = 1.0

    @classmethod
    def of(cls, result: Value) -> "View":
        return cls((*range(result.rank - 1), None), np.arange(result.shape[-1]))

    def turned(self, order: Sequence[int]) -> "View":
        """Its axes in another order."""
        place = {axis: i for i, axis in enumerate(axis for axis, x in enumerate(self.labels) if x is None)}
        inner = [place[axis] for axis in order if axis in place]
        return View(tuple(self.labels[axis] for axis in order), self.channels.transpose(inner), self.scale)

    def taken(self, axis: int, index: Channels | int) -> "View | None":
        """Some of an axis of channels; one of it, and the axis is gone. None for an axis of the result."""
        if self.labels[axis] is not None:
            return None
        at = sum(label is None for label in self.labels[:axis])
        labels = (
            self.labels if not isinstance(index, int) else (*self.labels[:axis], *self.labels[axis + 1 :])
        )
        return View(labels, np.take(self.channels, index, axis=at), self.scale)

    def reshaped(self, before: Sequence[int], after: Sequence[int]) -> "View | None":
        """In another shape, where that cuts or joins channels among themselves and leaves the result's axes alone."""
        labels = _relabelled(list(zip(before, self.labels, strict=True)), list(after))
        if labels is None:
            return None
        shape = [n for n, label in zip(after, labels, strict=True) if label is None]
        return View(tuple(labels), self.channels.reshape(shape), self.scale)


def _relabelled(before: list[tuple[int, int | None]], after: list[int]) -> list[int | None] | None:
    """The labels of `after`'s axes; axes of one may come and go among the channels."""
    if not before:
        return [None] * len(after) if all(n == 1 for n in after) else None
    size, label = before[0]
    if label is not None:
        if after and after[0] == size:
            rest = _relabelled(before[1:], after[1:])
            if rest is not None:
                return [label, *rest]
        if after and after[0] == 1:
            rest = _relabelled(before, after[1:])
            return None if rest is None else [None, *rest]
        return None
    run = 0
    while run < len(before) and before[run][1] is None:
        run += 1
    wanted = int(np.prod([n for n, _ in before[:run]]))
    made, count = 1, 0
    while made < wanted and count < len(after):
        made *= after[count]
        count += 1
    if made != wanted:
        return None
    rest = _relabelled(before[run:], after[count:])
    return None if rest is None else [*[None] * count, *rest]


def viewed(node: Node, value: Value, view: View) -> dict[Value, View] | None:
    """The results of `node`, which reads `value`, as views; None where it does more than look at it."""
    if node.op == "RESHAPE" and node.input(0) is value:
        return _one(node, view.reshaped(value.shape, node.output.shape))
    if node.op == "TRANSPOSE" and node.input(1).is_constant:
        return _one(node, view.turned([int(axis) for axis in node.input(1).array]))
    if node.op in ("SPLIT", "SPLIT_V"):
        return _split(node, value, view)
    if node.op == "SLICE" and node.input(1).is_constant and node.input(2).is_constant:
        return _one(node, _sliced(value, view, node))
    if node.op == "GATHER" and node.input(0) is value and node.input(1).is_constant:
        index, axis = node.input(1).array, int(node.attrs.get("axis", 0)) % value.rank
        if node.attrs.get("batch_dims", 0) or index.ndim > 1 or (index < 0).any():
            return None
        return _one(node, view.taken(axis, index.astype(np.int64) if index.ndim else int(index)))
    if node.op == "MUL" and node.attrs.get("fused_activation_function", "NONE") == "NONE":
        other = node.input(1) if node.input(0) is value else node.input(0)
        if other.is_constant and other.elements == 1 and node.output.shape == value.shape:
            scale = view.scale * float(other.array.reshape(-1)[0])
            return {node.output: View(view.labels, view.channels, scale)}
    return None


def _one(node: Node, view: View | None) -> dict[Value, View] | None:
    return None if view is None else {node.output: view}


def _split(node: Node, value: Value, view: View) -> dict[Value, View] | None:
    axis_operand = node.input(0) if node.op == "SPLIT" else node.input(2)
    if not axis_operand.is_constant:
        return None
    axis = int(axis_operand.array.reshape(-1)[0]) % value.rank
    result, start = {}, 0
    for output in node.outputs:
        part = view.taken(axis, np.arange(start, start + output.shape[axis]))
        if part is None:
            return None
        result[output] = part
        start += output.shape[axis]
    return result


def _sliced(value: Value, view: View, node: Node) -> View | None:
    found: View | None = view
    for axis, (start, size) in enumerate(zip(node.input(1).array, node.output.shape, strict=True)):
        if found is not None and size != value.shape[axis]:
            found = found.taken(axis, np.arange(int(start), int(start) + size))
    return found
