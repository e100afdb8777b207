"""16-bit activations where LiteRT's kernels know 8 bits only: the same out of kernels that take int16."""

from collections.abc import Callable

import numpy as np

from converters.graph import Node, Quantization, Value, constant
from converters.passes.integer.constants import grid_of
from converters.passes.integer.forms import Form, Site, on_grid, quantize, summed
from converters.passes.integer.lookup import by_table

_INT16 = np.dtype(np.int16)
_PLAIN = {"fused_activation_function": "NONE"}

WIDE_FORMS: dict[str, Form] = {}
"""Operator → its form on int16, which goes before the one that it has on int8."""


def _wide(*ops: str) -> Callable[[Form], Form]:
    def register(function: Form) -> Form:
        WIDE_FORMS.update(dict.fromkeys(ops, function))
        return function

    return register


def _inner(site: Site, what: str, shape: tuple[int, ...], grid: Quantization) -> Value:
    return Value(f"{site.result.name}/{what}", shape, _INT16, quantization=grid)


def _reach(grid: Quantization) -> float:
    """The largest magnitude on a symmetric grid."""
    return grid.scale[0] * np.iinfo(_INT16).max


@_wide("LEAKY_RELU")
def leaky_relu(site: Site) -> list[Node] | None:
    """max(x, alpha · x), min for alpha above 1."""
    x, node = site.stored[0], site.node
    if x is None:
        return None
    alpha = float(node.attrs["alpha"])
    slope = site.constants.constant(constant(np.asarray(alpha, np.float32)))
    scaled = _inner(site, "scaled", x.shape, site.grid)
    nodes: list[Node] = []
    same = on_grid(x, site.grid, nodes, node.source)
    nodes.append(Node("MUL", (x, slope), (scaled,), _PLAIN, node.source))
    op = "MAXIMUM" if alpha <= 1 else "MINIMUM"
    return [*nodes, Node(op, (same, scaled), (site.result,), {}, node.source)]


@_wide("PRELU")
def prelu(site: Site) -> list[Node] | None:
    """max(x, 0) + alpha · min(x, 0)."""
    x, node = site.stored[0], site.node
    if x is None or x.quantization is None:
        return None
    alpha = site.stored[1] or site.constants.constant(node.input(1))
    if alpha is None or alpha.quantization is None:
        return None
    zero = site.constants.constant(constant(np.zeros((), np.float32)), x.quantization)
    above, below = (_inner(site, what, x.shape, x.quantization) for what in ("above", "below"))
    reach = _reach(x.quantization) * _reach(alpha.quantization)
    scaled = _inner(site, "scaled", x.shape, grid_of(0, reach, _INT16))
    return [
        Node("MAXIMUM", (x, zero), (above,), {}, node.source),
        Node("MINIMUM", (x, zero), (below,), {}, node.source),
        Node("MUL", (below, alpha), (scaled,), _PLAIN, node.source),
        *summed(site, above, scaled, Node("ADD", (), node.outputs, _PLAIN)),
    ]


@_wide("RELU_N1_TO_1", "RELU_0_TO_1")
def clamp(site: Site) -> list[Node] | None:
    x, node = site.stored[0], site.node
    if x is None:
        return None
    nodes: list[Node] = []
    least = -1.0 if node.op == "RELU_N1_TO_1" else 0.0
    low, high = (
        site.constants.constant(constant(np.asarray(end, np.float32)), site.grid) for end in (least, 1.0)
    )
    bounded = _inner(site, "bounded", x.shape, site.grid)
    same = on_grid(x, site.grid, nodes, node.source)
    return [
        *nodes,
        Node("MAXIMUM", (same, low), (bounded,), {}, node.source),
        Node("MINIMUM", (bounded, high), (site.result,), {}, node.source),
    ]


@_wide("HARD_SWISH")
def hard_swish(site: Site) -> list[Node] | None:
    """x · relu6(x + 3) / 6."""
    x, node = site.stored[0], site.node
    if x is None:
        return None
    gate = _inner(site, "gate", x.shape, grid_of(0, 6, _INT16))
    product = _inner(site, "product", x.shape, grid_of(0, 6 * _reach(site.grid), _INT16))
    three, sixth = (site.constants.constant(constant(np.asarray(n, np.float32))) for n in (3.0, 1 / 6))
    return [
        Node("ADD", (x, three), (gate,), {"fused_activation_function": "RELU6"}, node.source),
        Node("MUL", (x, gate), (product,), _PLAIN, node.source),
        Node("MUL", (product, sixth), (site.result,), _PLAIN, node.source),
    ]


@_wide("SUM")
def total(site: Site) -> list[Node] | None:
    """The mean times the number of elements."""
    x, node = site.stored[0], site.node
    if x is None or node.input(1).data is None or -1 in x.shape:
        return None
    count = float(np.prod([x.shape[axis] for axis in set(np.reshape(node.input(1).array, -1) % x.rank)]))
    mean = _inner(site, "mean", site.result.shape, Quantization((site.grid.scale[0] / count,), (0,)))
    factor = site.constants.constant(constant(np.asarray(count, np.float32)))
    return [
        Node("MEAN", (x, node.inputs[1]), (mean,), node.attrs, node.source),
        Node("MUL", (mean, factor), (site.result,), _PLAIN, node.source),
    ]


@_wide("SQUARED_DIFFERENCE")
def squared_difference(site: Site) -> list[Node] | None:
    left, right = (
        stored or site.constants.constant(site.node.input(index)) for index, stored in enumerate(site.stored)
    )
    if left is None or right is None or left.quantization is None or right.quantization is None:
        return None
    reach = _reach(left.quantization) + _reach(right.quantization)
    difference = _inner(site, "difference", site.result.shape, grid_of(0, reach, _INT16))
    return [
        Node("SUB", (left, right), (difference,), _PLAIN, site.node.source),
        Node("MUL", (difference, difference), (site.result,), _PLAIN, site.node.source),
    ]


@_wide("ELU")
def elu(site: Site) -> list[Node] | None:
    x = site.stored[0]
    return (
        None
        if x is None
        else by_table(x, site.result, lambda v: np.where(v > 0, v, np.expm1(v)), site.node.source)
    )


@_wide("ARG_MAX", "ARG_MIN")
def arg(site: Site) -> list[Node] | None:
    """Of the same numbers as int32."""
    x, node = site.stored[0], site.node
    if x is None:
        return None
    whole = Value(f"{x.name}/int32", x.shape, np.dtype(np.int32))
    types = {"in_data_type": "int16", "out_data_type": "int32"}
    return [
        Node("CAST", (x,), (whole,), types, node.source),
        Node(node.op, (whole, node.inputs[1]), node.outputs, node.attrs, node.source),
    ]


@_wide("DEPTH_TO_SPACE", "SPACE_TO_DEPTH")
def blocks(site: Site) -> list[Node] | None:
    """As a RESHAPE, a TRANSPOSE and a RESHAPE."""
    x, node, size = site.stored[0], site.node, int(site.node.attrs["block_size"])
    if x is None or x.quantization is None or -1 in x.shape:
        return None
    n, h, w, c = x.shape
    if node.op == "DEPTH_TO_SPACE":
        split, order = (n, h, w, size, size, c // size**2), (0, 1, 3, 2, 4, 5)
    else:
        split, order = (n, h // size, size, w // size, size, c), (0, 1, 3, 2, 4, 5)
    apart = _inner(site, "apart", split, x.quantization)
    turned = _inner(site, "turned", tuple(split[axis] for axis in order), x.quantization)
    nodes = [
        _reshape(x, apart, node.source),
        Node("TRANSPOSE", (apart, constant(np.asarray(order, np.int32))), (turned,), {}, node.source),
    ]
    if x.quantization == site.grid:
        return [*nodes, _reshape(turned, site.result, node.source)]
    back = _inner(site, "moved", site.result.shape, x.quantization)
    return [*nodes, _reshape(turned, back, node.source), quantize(back, site.result, node.source)]


def _reshape(x: Value, result: Value, source: str) -> Node:
    shape = constant(np.asarray(result.shape, np.int32))
    return Node("RESHAPE", (x, shape), (result,), {"new_shape": result.shape}, source)
