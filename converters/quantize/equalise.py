"""Cross-layer equalisation (Nagel et al. 2019, Data-Free Quantization Through Weight Equalization and Bias Correction, section 4.1), and by
activations."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.quantize.channels import Channels, along, columns, is_scalable, operands, rows

Vector = npt.NDArray[np.float64]

ROUNDS = 40
SETTLED = 1e-2
"""Largest change of log2(s) in a round that no longer counts."""
_SWEEPS = 300
_NOISE = 2.0**-12
"""Part of a tensor's largest channel below which a channel is noise."""
LIMIT = 16
"""|log2(s)| stays below, far from float32's own limits."""


@dataclass(frozen=True)
class Equalised:
    """The rewritten graph, and for each value that is stored as `true / s` its s by channel (by the value's name)."""

    graph: Graph
    scales: dict[str, Vector]


def equalise(graph: Graph, activations: Mapping[str, Vector] | None = None) -> Equalised:
    """The same function with weights and activations of more even channels: y = W2 f(W1 x) = (W2 S) f(S⁻¹ W1 x), S diagonal, S > 0.

    Without `activations` s_c = sqrt(r1_c / r2_c), with r1_c the largest weight of row c before and r2_c of column c behind, which
    makes both layers' precision p_c = r_c / max r equal. Several layers before or behind a channel (sums, branches) count by the
    geometric mean of their precisions. Repeated until nothing moves. With `activations` (value's name → largest magnitude of each
    channel on calibration data) see `_of_activations`. Each s becomes a power of two, so that the float results stay the same bit by bit.
    """
    channels = Channels(graph)
    if activations:
        return _rewritten(graph, channels, 2.0 ** np.rint(_of_activations(channels, activations)))
    layers = [_Layer(node, channels) for node in graph.nodes if is_scalable(node)]
    power = np.zeros(len(channels.parent))
    for _ in range(ROUNDS):
        scale = 2.0**power
        before, behind = _Precision(len(power)), _Precision(len(power))
        for layer in layers:
            of_rows, of_columns = layer.ranges(scale)
            behind.add(layer.before, of_columns)
            before.add(layer.behind, of_rows)
        step = (before.mean - behind.mean) / 2 * (before.known & behind.known)
        step[list(channels.pinned)] = 0
        power = np.clip(power + step, -LIMIT, LIMIT)
        if float(np.abs(step).max(initial=0.0)) < SETTLED:
            break
    return _rewritten(graph, channels, 2.0 ** np.rint(power))


def _of_activations(channels: Channels, activations: Mapping[str, Vector]) -> Vector:
    """log2 of s_c = sqrt(a_c / a), half of the way to even channels, the other half being left to the weights behind (SmoothQuant, Xiao
    et al. 2023, section 4, with alpha = 1/2): with weights quantized by row it is a tensor's activations that share one scale.

    a_c is the channel's largest magnitude, a the tensor's own level. A channel lies in several tensors (what a RELU, a sum or a
    concatenation passes on), and these share channels with others, pinned ones too: log a_c - log s_c - log a is made small over all
    of them by least squares, in turns for s and for the levels. Channels far below their tensor's largest are noise and do not count.
    """
    count = len(channels.parent)
    tensors = []
    for value, ids in channels.ids.items():
        measured = activations.get(value.name)
        if measured is not None and len(measured) == len(ids) and measured.max(initial=0) > 0:
            alive = measured > measured.max() * _NOISE
            tensors.append((channels.of(value)[alive], np.log2(measured[alive])))
    power = np.zeros(count)
    for _ in range(_SWEEPS):
        levels = [float((logs - power[ids]).mean()) for ids, logs in tensors]
        total, number = np.zeros(count), np.zeros(count)
        for (ids, logs), level in zip(tensors, levels, strict=True):
            np.add.at(total, ids, logs - level)
            np.add.at(number, ids, 1)
        found = total / np.maximum(number, 1)
        found[list(channels.pinned)] = 0
        moved = float(np.abs(found - power).max(initial=0.0))
        power = found
        if moved < SETTLED:
            break
    return np.asarray(np.clip(power / 2, -LIMIT, LIMIT))


class _Layer:
    """A linear layer's weights by channel, before any scaling, and the variables they belong to."""

    def __init__(self, node: Node, channels: Channels) -> None:
        x, weights, _ = operands(node)
        self.behind, self.before = channels.of(node.output), channels.of(x)
        self.magnitude = np.abs(weights.array.astype(np.float64))
        self.axis, self.rank = rows(node)
        self.columns = _columns(node)

    def ranges(self, scale: Vector) -> tuple[Vector, Vector]:
        """(largest weight of each row, of each column) at these scales."""
        before = scale[self.before][self.columns]
        scaled = self.magnitude * before / along(scale[self.behind], self.axis, self.rank)
        of_columns = np.zeros(len(self.before))
        np.maximum.at(of_columns, np.broadcast_to(self.columns, scaled.shape), scaled)
        return scaled.max(tuple(axis for axis in range(self.rank) if axis != self.axis)), of_columns


class _Precision:
    """By variable, log2 of range / largest range of the tensor, averaged over the tensors that it is a channel of."""

    def __init__(self, size: int) -> None:
        self.total, self.count = np.zeros(size), np.zeros(size)

    def add(self, ids: npt.NDArray[np.intp], ranges: Vector) -> None:
        alive = ranges > 0
        np.add.at(self.total, ids[alive], np.log2(ranges[alive] / ranges.max(initial=1e-300)))
        np.add.at(self.count, ids[alive], 1)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.count > 0)

    @property
    def mean(self) -> Vector:
        return np.asarray(self.total / np.maximum(self.count, 1))


def _rewritten(graph: Graph, channels: Channels, scale: Vector) -> Equalised:
    scales: dict[str, Vector] = {}
    for value in graph.values():
        if value in channels.ids:
            own = scale[channels.of(value)]
            if not (own == 1).all():
                scales[value.name] = own
    nodes = [_scaled(node, channels, scale) for node in graph.nodes]
    return Equalised(Graph(graph.name, graph.inputs, graph.outputs, nodes), scales)


def _scaled(node: Node, channels: Channels, scale: Vector) -> Node:
    """`node` with its constants for scaled data and a scaled result."""
    if is_scalable(node):
        return _scaled_linear(node, channels, scale)
    if node.op not in ("ADD", "SUB") or not any(v is not None and v.is_constant for v in node.inputs):
        return node
    own = scale[channels.of(node.output)]
    if (own == 1).all():
        return node
    inputs = tuple(v if v is None or not v.is_constant else _divided(v, own) for v in node.inputs)
    return Node(node.op, inputs, node.outputs, node.attrs, node.source)


def _scaled_linear(node: Node, channels: Channels, scale: Vector) -> Node:
    x, weights, bias = operands(node)
    before, behind = scale[channels.of(x)], scale[channels.of(node.output)]
    if (before == 1).all() and (behind == 1).all():
        return node
    at = _columns(node)
    axis, rank = rows(node)
    changed: dict[Value, Value] = {}
    data = weights.array.astype(np.float64) * before[at] / along(behind, axis, rank)
    changed[weights] = constant(data.astype(np.float32), weights.name)
    if bias is not None:
        changed[bias] = _divided(bias, behind)
    return node.reading(changed)


def _divided(value: Value, by: Vector) -> Value:
    return constant((value.array.astype(np.float64) / by).astype(np.float32), value.name)


def _columns(node: Node) -> npt.NDArray[np.intp]:
    at = columns(node)
    if at is None:
        raise ValueError(f"{node.op} `{node.output.name}` cannot be scaled")
    return at
