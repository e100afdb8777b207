"""Bias correction (Nagel et al. 2019, Data-Free Quantization Through Weight Equalization and Bias Correction, section 4.2)."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.passes.integer.constants import Rounded
from converters.quantize.channels import WEIGHTS_BIAS, columns, is_scalable, operands, rows

Vector = npt.NDArray[np.float64]

_STEP = 2.0**-7
"""A usual step of the data; it decides a weight's scale only where a bias is too large for 32 bits."""


def correct_biases(
    graph: Graph,
    means: Mapping[str, Vector],
    *,
    per_channel: bool = True,
    spared: frozenset[str] = frozenset(),
) -> Graph:
    """The graph with each linear layer's bias less the mean error that rounding its weights to int8 adds: b - (W' - W) E[x].

    `means` is value's name → mean of each channel on calibration data (the paper takes it from batch normalisation). A tap of a
    convolution sees the mean where it does not lie on the padding. Layers whose first result is `spared` (they stay float), that are
    no plain linear layers or whose mean is not known stay as they are.
    """
    rounded = Rounded(np.dtype(np.int8), per_channel)
    nodes = [
        _corrected(node, means.get(operands(node)[0].name), rounded)
        if node.op != "BATCH_MATMUL" and is_scalable(node) and node.output.name not in spared
        else node
        for node in graph.nodes
    ]
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)


def _corrected(node: Node, mean: Vector | None, rounded: Rounded) -> Node:
    x, weights, bias = operands(node)
    at, (axis, rank) = columns(node), rows(node)
    if mean is None or at is None or len(mean) != x.shape[-1]:
        return node
    stored = rounded.linear(weights, bias, axis, _STEP)
    grid = stored[0].quantization if stored is not None else None
    if stored is None or grid is None:
        return node
    shape = [1] * rank
    shape[axis] = -1
    error = stored[0].array * np.asarray(grid.scale, np.float64).reshape(shape) - weights.array
    moved = (error * mean[at] * _inside(node)).sum(tuple(one for one in range(rank) if one != axis))
    old = np.zeros(len(moved)) if bias is None else bias.array.astype(np.float64).reshape(-1)
    return _with_bias(node, constant((old - moved).astype(np.float32), "" if bias is None else bias.name))


def _inside(node: Node) -> Vector:
    """For each tap of a 2-D kernel, the share of output positions that it reaches from inside of the data; to broadcast against
    the weights. The others see padding, or lie between the strides of a transposed convolution."""
    same = node.attrs.get("padding") == "SAME"
    back = node.op == "TRANSPOSE_CONV"
    if not back and (node.op not in ("CONV_2D", "DEPTHWISE_CONV_2D") or not same):
        return np.ones(1)
    x, weights, _ = operands(node)
    shares = []
    for axis, name in ((1, "h"), (2, "w")):
        wide, narrow = x.shape[axis], node.output.shape[axis]
        if back:
            wide, narrow = narrow, wide
        if min(wide, narrow) < 1:
            return np.ones(1)
        stride, dilation = node.attrs.get(f"stride_{name}", 1), node.attrs.get(f"dilation_{name}_factor", 1)
        taps = np.arange(weights.shape[axis]) * dilation
        before = max((narrow - 1) * stride + int(taps[-1]) + 1 - wide, 0) // 2 if same else 0
        places = np.arange(narrow)[:, None] * stride - before + taps
        shares.append(((places >= 0) & (places < wide)).sum(0) / node.output.shape[axis])
    return np.asarray(shares[0][:, None, None] * shares[1][:, None])


def _with_bias(node: Node, bias: Value) -> Node:
    slot = WEIGHTS_BIAS.get(node.op, (1, 2))[1]
    padded = (*node.inputs, *(None for _ in range(slot + 1 - len(node.inputs))))
    inputs = (*padded[:slot], bias, *padded[slot + 1 :])
    return Node(node.op, inputs, node.outputs, node.attrs, node.source)
