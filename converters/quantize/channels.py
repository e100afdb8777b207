"""Which channels of a graph may be scaled together: a variable for each channel of each value, the same one where the operators tie them.

A value stored as `true / s` for any s > 0 goes through relu, pooling, padding with zeros, resizing, sums of equally scaled values and
the like as it is (they are positively homogeneous); a linear layer before it takes 1/s into its rows, one behind it s into its
columns. What an operator does not let through is *pinned* to s = 1, as are the model's inputs and outputs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value

Ids = npt.NDArray[np.intp]

THROUGH = frozenset(
    {
        *("RELU", "LEAKY_RELU", "ABS", "NEG", "MIRROR_PAD", "MAX_POOL_2D", "AVERAGE_POOL_2D"),
        *("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "PAD"),
    }
)
"""f(x / s) = f(x) / s for each channel by itself; the first operand is the data."""
REDUCING = frozenset({"MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"})
LINEAR = frozenset(
    {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "CONV_3D", "BATCH_MATMUL"}
)
DATA = {"TRANSPOSE_CONV": 2}
"""Number of a linear layer's data operand, where it is not the first."""
WEIGHTS_BIAS = {"TRANSPOSE_CONV": (1, 3)}
_HOMOGENEOUS = ("NONE", "RELU")


class Channels:
    """The variables of a graph's values. `of(value)` has one for each index of its last axis."""

    def __init__(self, graph: Graph) -> None:
        self.parent: list[int] = []
        self.pinned: set[int] = set()
        self.ids: dict[Value, Ids] = {}
        for value in graph.inputs:
            self.pin(self.fresh(value))
        for node in graph.nodes:
            RULES.get(node.op, _closed)(self, node)
        for value in graph.outputs:
            self.pin(self.of(value))

    def of(self, value: Value) -> Ids:
        """The values' variables by their representatives."""
        ids = self.ids[value] if value in self.ids else self.fresh(value)
        return np.array([self.root(int(one)) for one in ids], np.intp)

    def free(self, value: Value) -> npt.NDArray[np.bool_]:
        """Which channels may be scaled."""
        return np.array([one not in self.pinned for one in self.of(value)], bool)

    def fresh(self, value: Value) -> Ids:
        count = max(value.shape[-1], 0) if value.rank else 1
        start = len(self.parent)
        self.parent.extend(range(start, start + count))
        self.ids[value] = np.arange(start, start + count)
        return self.ids[value]

    def root(self, one: int) -> int:
        while self.parent[one] != one:
            self.parent[one] = one = self.parent[self.parent[one]]
        return one

    def pin(self, ids: Ids) -> None:
        self.pinned.update(self.root(int(one)) for one in ids)

    def tie(self, a: Ids, b: Ids) -> None:
        """These are scaled alike from now on. Both are of one length."""
        for one, other in zip(a, b, strict=True):
            first, second = self.root(int(one)), self.root(int(other))
            if first != second:
                self.parent[second] = first
                if second in self.pinned:
                    self.pinned.add(first)

    def close(self, node: Node) -> None:
        """Nothing goes through: what the node reads and writes is stored as it is."""
        for value in (*node.inputs, *node.outputs):
            if value is not None and not value.is_constant:
                self.pin(self.of(value))


Rule = Callable[[Channels, Node], None]


def _closed(channels: Channels, node: Node) -> None:
    channels.close(node)


def _through(channels: Channels, node: Node) -> None:
    x, y = node.input(0), node.output
    activation = node.attrs.get("fused_activation_function", "NONE")
    if x.is_constant or activation not in _HOMOGENEOUS or x.shape[-1:] != y.shape[-1:] or not x.rank:
        return channels.close(node)
    channels.ids[y] = channels.of(x)
    return None


def _prelu(channels: Channels, node: Node) -> None:
    if node.input(1).is_constant:
        return _through(channels, node)
    return channels.close(node)


def _reduced(channels: Channels, node: Node) -> None:
    """Over other axes than the last."""
    x, axes = node.input(0), node.input(1)
    if axes.data is None or any(int(axis) % x.rank == x.rank - 1 for axis in np.atleast_1d(axes.data)):
        return channels.close(node)
    return _through(channels, node)


def _reshaped(channels: Channels, node: Node) -> None:
    """Row-major order: element i lies in channel i mod C, and in channel i mod D afterwards."""
    x, y = node.input(0), node.output
    if x.is_constant or not x.rank or not y.rank or -1 in (x.shape[-1], y.shape[-1]) or not x.shape[-1]:
        return channels.close(node)
    if y.shape[-1] % x.shape[-1]:
        return channels.close(node)
    channels.ids[y] = np.tile(channels.of(x), y.shape[-1] // x.shape[-1])
    return None


def _transposed(channels: Channels, node: Node) -> None:
    permutation = node.input(1).data
    if permutation is None or int(permutation.reshape(-1)[-1]) != node.input(0).rank - 1:
        return channels.close(node)
    return _through(channels, node)


def _sum(channels: Channels, node: Node) -> None:
    """x / s + y / s; a constant addend is divided too."""
    a, b = node.input(0), node.input(1)
    if node.attrs.get("fused_activation_function", "NONE") not in _HOMOGENEOUS:
        return channels.close(node)
    return _alike(channels, node, [v for v in (a, b) if not v.is_constant])


def _extreme(channels: Channels, node: Node) -> None:
    """max(x / s, y / s); a constant must be 0."""
    constants = [v for v in node.inputs if v is not None and v.is_constant]
    if any(v.array.any() for v in constants):
        return channels.close(node)
    return _alike(channels, node, [v for v in node.inputs if v is not None and not v.is_constant])


def _product(channels: Channels, node: Node) -> None:
    """(x / s) * c, for c a constant or something that is stored as it is; x / c alike."""
    a, b = node.input(0), node.input(1)
    swap = node.op == "MUL" and (a.is_constant or (not b.is_constant and not channels.free(a).any()))
    x, factor = (b, a) if swap else (a, b)
    stored = factor.is_constant or not channels.free(factor).any()
    if x.is_constant or not stored or node.attrs.get("fused_activation_function", "NONE") not in _HOMOGENEOUS:
        return channels.close(node)
    if not factor.is_constant:
        channels.pin(channels.of(factor))
    return _alike(channels, node, [x])


def _alike(channels: Channels, node: Node, values: Sequence[Value]) -> None:
    """All of these and the result have the same scale, channel by channel."""
    y = node.output
    if not values or any(v.rank == 0 or v.shape[-1] != y.shape[-1] for v in values):
        return channels.close(node)
    first = channels.of(values[0])
    for other in values[1:]:
        channels.tie(first, channels.of(other))
    channels.ids[y] = channels.of(values[0])
    return None


def _joined(channels: Channels, node: Node) -> None:
    """Along the last axis the channels stand beside each other; along another they are alike."""
    values = [v for v in node.inputs if v is not None]
    axis = node.attrs.get("axis", 0) % max(node.output.rank, 1)
    if (
        any(v.is_constant for v in values)
        or node.attrs.get("fused_activation_function", "NONE") not in _HOMOGENEOUS
    ):
        return channels.close(node)
    if axis != node.output.rank - 1:
        return _alike(channels, node, values)
    channels.ids[node.output] = np.concatenate([channels.of(v) for v in values])
    return None


def _split(channels: Channels, node: Node) -> None:
    """SPLIT(axis, x) and SPLIT_V(x, sizes, axis)."""
    x, axis = (node.input(1), node.input(0)) if node.op == "SPLIT" else (node.input(0), node.input(2))
    if axis.data is None or x.is_constant:
        return channels.close(node)
    last = int(axis.data.reshape(-1)[0]) % x.rank == x.rank - 1
    start = 0
    for y in node.outputs:
        ids = channels.of(x)
        channels.ids[y] = ids[start : start + y.shape[-1]] if last else ids
        start += y.shape[-1]
    return None


def _linear(channels: Channels, node: Node) -> None:
    """Rows and columns take any scale: the result's channels are new variables."""
    activation = node.attrs.get("fused_activation_function", "NONE")
    if not is_scalable(node):
        return channels.close(node)
    channels.of(operands(node)[0])
    ids = channels.fresh(node.output)
    if activation not in _HOMOGENEOUS:
        channels.pin(ids)
    return None


RULES: dict[str, Rule] = {
    **dict.fromkeys(THROUGH, _through),
    **dict.fromkeys(REDUCING, _reduced),
    **dict.fromkeys(LINEAR, _linear),
    "PRELU": _prelu,
    "RESHAPE": _reshaped,
    "TRANSPOSE": _transposed,
    "ADD": _sum,
    "SUB": _sum,
    "MAXIMUM": _extreme,
    "MINIMUM": _extreme,
    "MUL": _product,
    "DIV": _product,
    "CONCATENATION": _joined,
    "SPLIT": _split,
    "SPLIT_V": _split,
}


def is_scalable(node: Node) -> bool:
    """A linear layer with constant float32 weights and bias, of a form whose rows and columns are known."""
    if node.op not in LINEAR:
        return False
    x, weights, bias = operands(node)
    constants = weights.is_constant and weights.dtype == np.float32 and (bias is None or bias.is_constant)
    return constants and not x.is_constant and columns(node) is not None


def operands(node: Node) -> tuple[Value, Value, Value | None]:
    """Data, weights and bias of a linear layer."""
    at, slot = WEIGHTS_BIAS.get(node.op, (1, 2))
    bias = node.inputs[slot] if node.op != "BATCH_MATMUL" and slot < len(node.inputs) else None
    return node.input(DATA.get(node.op, 0)), node.input(at), bias


def columns(node: Node) -> npt.NDArray[np.intp] | None:
    """For each weight, the index of the data's last axis that it multiplies; shaped to broadcast against the weights.

    None where the form is another than those known.
    """
    x, weights, _ = operands(node)
    shape, depth = weights.shape, x.shape[-1]
    if node.op == "CONV_2D" and depth % shape[3] == 0 and shape[0] % (depth // shape[3]) == 0:
        group = np.arange(shape[0]) // (shape[0] // (depth // shape[3]))
        return np.asarray(group[:, None, None, None] * shape[3] + np.arange(shape[3]), np.intp)
    if node.op == "DEPTHWISE_CONV_2D" and depth > 0 and shape[3] % depth == 0:
        return np.arange(shape[3]) // (shape[3] // depth)
    if node.op == "FULLY_CONNECTED" and depth > 0 and shape[1] % depth == 0:
        return np.arange(shape[1]) % depth
    if node.op == "TRANSPOSE_CONV" and shape[3] == depth:
        return np.arange(depth)
    if node.op == "CONV_3D" and shape[3] == depth:
        return np.arange(depth)[:, None]
    if (
        node.op == "BATCH_MATMUL"
        and not node.attrs.get("adj_x")
        and weights.elements == shape[-1] * shape[-2]
    ):
        adjoint = bool(node.attrs.get("adj_y"))
        return np.arange(depth) if adjoint else np.arange(depth)[:, None]
    return None


def rows(node: Node) -> tuple[int, int]:
    """(the weights' axis of output channels, their rank)."""
    weights = operands(node)[1]
    if node.op == "BATCH_MATMUL":
        return weights.rank - (2 if node.attrs.get("adj_y") else 1), weights.rank
    return {"DEPTHWISE_CONV_2D": 3, "CONV_3D": 4}.get(node.op, 0), weights.rank


def along(values: npt.NDArray[Any], axis: int, rank: int) -> npt.NDArray[Any]:
    """A vector shaped to broadcast along one axis."""
    shape = [1] * rank
    shape[axis] = -1
    return values.reshape(shape)
