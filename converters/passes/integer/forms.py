"""What each operator is in integers: operands on grids in, the result on the grid that a QUANTIZE asks for out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from converters.graph import Node, Quantization, Value
from converters.passes.integer.constants import EXACT, Constants

_CLAMPS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


@dataclass(frozen=True)
class Site:
    """A float node, its operands' integers where they have some, and the result that is asked for, with its type and grid."""

    node: Node
    stored: tuple[Value | None, ...]
    result: Value
    constants: Constants = EXACT

    @property
    def grid(self) -> Quantization:
        assert self.result.quantization is not None
        return self.result.quantization

    @property
    def dtype(self) -> "np.dtype[Any]":
        return self.result.dtype

    def built(self, *inputs: Value | None) -> list[Node]:
        return [Node(self.node.op, inputs, (self.result,), self.node.attrs, self.node.source)]


Form = Callable[[Site], list[Node] | None]
"""The integer nodes, or None where this node has none."""

FORMS: dict[str, Form] = {}

_SHIFT = {"int8": 20, "int16": 15}
"""Bits by which LiteRT's ADD and SUB shift their operands up (`left_shift` in kernels/add.cc, sub.cc). 2 · the larger scale / (2^bits ·
result scale) must be less than 1 (QuantizeMultiplierSmallerThanOneExp): from there on LiteRT ends the process."""
_SHIFT_OF_SQUARES = 14
"""The same of SQUARED_DIFFERENCE: its operands are shifted by 7 bits (kernels/squared_difference.cc)."""
_MARGIN = 1 + 2.0**-10


def form(*ops: str) -> Callable[[Form], Form]:
    def register(function: Form) -> Form:
        FORMS.update(dict.fromkeys(ops, function))
        return function

    return register


def on_grid(value: Value, grid: Quantization, nodes: list[Node], source: str) -> Value:
    """`value` as it is, or requantized to `grid` by a node more."""
    if value.quantization == grid:
        return value
    other = Value(f"{value.name}/requantized", value.shape, value.dtype, quantization=grid)
    nodes.append(quantize(value, other, source))
    return other


def quantize(value: Value, result: Value, source: str) -> Node:
    grid = result.quantization
    assert grid is not None
    attrs = {"scale": grid.scale[0], "zero_point": grid.zero_point[0]}
    return Node("QUANTIZE", (value,), (result,), attrs, source)


def _clamps(node: Node) -> bool:
    return node.attrs.get("fused_activation_function", "NONE") in _CLAMPS


def _linear(x: int, weights: int, axis: int) -> Form:
    """Operators with weights and a bias: int8 · int8 + int32, a scale for each output channel."""

    def build(site: Site) -> list[Node] | None:
        data, node = site.stored[x], site.node
        if data is None or data.quantization is None or not _clamps(node):
            return None
        kernel = node.input(weights)
        bias = node.inputs[weights_bias] if (weights_bias := max(x, weights) + 1) < len(node.inputs) else None
        if kernel.data is None or (bias is not None and bias.data is None):
            return None
        found = site.constants.linear(kernel, bias, axis, data.quantization.scale[0], site.grid.scale[0])
        if found is None:
            return None
        small, whole = found
        operands = list(node.inputs[:weights_bias])
        operands[x], operands[weights] = data, small
        return site.built(*operands, whole)

    return build


form("CONV_2D")(_linear(0, 1, 0))
form("DEPTHWISE_CONV_2D")(_linear(0, 1, 3))
form("FULLY_CONNECTED")(_linear(0, 1, 0))
form("TRANSPOSE_CONV")(_linear(2, 1, 0))


def _operand(site: Site, index: int) -> Value | None:
    """Operand `index` as integers; a constant where it lies on a grid."""
    value = site.node.inputs[index]
    if value is not None and value.data is not None and value.dtype == np.float32:
        return site.constants.constant(value)
    return site.stored[index]


@form("MUL")
def product(site: Site) -> list[Node] | None:
    left, right = _operand(site, 0), _operand(site, 1)
    if left is None or right is None or not _clamps(site.node):
        return None
    return site.built(left, right)


@form("ADD", "SUB")
def total(site: Site) -> list[Node] | None:
    """Operands on any grids; a result that the kernel would have to scale up is computed on the finest grid that it takes, then
    requantized."""
    left, right = _operand(site, 0), _operand(site, 1)
    if left is None or right is None or not _clamps(site.node):
        return None
    return summed(site, left, right, site.node)


def summed(site: Site, left: Value, right: Value, like: Node) -> list[Node]:
    """The result of `site` as `like` (ADD or SUB, its options) of two stored values."""
    coarsest = max(grid.scale[0] for grid in (left.quantization, right.quantization) if grid is not None)
    return _no_finer(site, like, (left, right), coarsest / 2.0 ** (_SHIFT[site.dtype.name] - 1))


@form(
    "MEAN", "SUM", "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "LEAKY_RELU", "ELU", "GELU", "HARD_SWISH"
)
@form("ABS", "EXP", "ARG_MAX", "ARG_MIN")
def any_grids(site: Site) -> list[Node] | None:
    """Their kernels rescale from any grid to any other."""
    x = site.stored[0]
    return None if x is None else site.built(x, *site.node.inputs[1:])


@form("SQUARED_DIFFERENCE")
def squared_difference(site: Site) -> list[Node] | None:
    """As ADD: the kernel squares what it has shifted up."""
    left, right = _operand(site, 0), _operand(site, 1)
    if left is None or right is None or left.quantization is None or right.quantization is None:
        return None
    coarsest = max(left.quantization.scale[0], right.quantization.scale[0])
    return _no_finer(site, site.node, (left, right), (2 * coarsest) ** 2 / 2.0**_SHIFT_OF_SQUARES)


@form("PRELU")
@form("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
def two_grids(site: Site) -> list[Node] | None:
    """Two operands, each on any grid."""
    left, right = _operand(site, 0), _operand(site, 1)
    return None if left is None or right is None else site.built(left, right)


@form("CONCATENATION", "MAXIMUM", "MINIMUM", "SELECT_V2", "PADV2", "DYNAMIC_UPDATE_SLICE")
def one_grid(site: Site) -> list[Node] | None:
    """All operands that are data on the result's grid, requantized where they are not."""
    node, nodes = site.node, list[Node]()
    if node.attrs.get("fused_activation_function", "NONE") != "NONE":
        return None
    operands: list[Value | None] = []
    for value, stored in zip(node.inputs, site.stored, strict=True):
        if value is None or value.dtype != np.float32:
            operands.append(value)
            continue
        if value.data is not None:
            same = site.constants.constant(value, site.grid)
        else:
            same = None if stored is None else on_grid(stored, site.grid, nodes, node.source)
        if same is None:
            return None
        operands.append(same)
    return [*nodes, *site.built(*operands)]


@form("AVERAGE_POOL_2D", "RESIZE_BILINEAR")
def input_grid(site: Site) -> list[Node] | None:
    """Computed on the input's grid, then requantized; not where the result's grid is much finer."""
    x = site.stored[0]
    if x is None or x.quantization is None or not _clamps(site.node):
        return None
    if site.constants.exact and x.quantization.scale[0] > 1.5 * site.grid.scale[0]:
        return None
    return _then_requantized(site, x, x.quantization)


_ONE, _SIGNED = Quantization((1 / 256,), (-128,)), Quantization((1 / 128,), (0,))
_INT8 = {
    "LOGISTIC": _ONE,
    "SOFTMAX": _ONE,
    "TANH": _SIGNED,
    "L2_NORMALIZATION": _SIGNED,
    "LOG_SOFTMAX": Quantization((16 / 256,), (127,)),
}
_INT16 = dict.fromkeys(("LOGISTIC", "SOFTMAX", "TANH"), Quantization((1 / 32768,), (0,)))


def fixed_grid_of(op: str, dtype: "np.dtype[Any]") -> Quantization | None:
    """The grid that this kernel writes (LiteRT 8-bit and 16x8 quantization specification); None where any will do."""
    return (_INT16 if dtype == np.int16 else _INT8).get(op)


@form(*_INT8)
def fixed_grid(site: Site) -> list[Node] | None:
    """Computed on the operator's own grid, then requantized; not where the result's grid is much finer."""
    x, grid = site.stored[0], fixed_grid_of(site.node.op, site.dtype)
    if x is None or grid is None:
        return None
    if site.constants.exact and grid.scale[0] > 1.5 * site.grid.scale[0]:
        return None
    return _then_requantized(site, x, grid)


def _then_requantized(site: Site, x: Value, grid: Quantization) -> list[Node]:
    return _on(site, site.node, (x, *site.node.inputs[1:]), grid)


def _no_finer(site: Site, like: Node, inputs: tuple[Value | None, ...], least: float) -> list[Node]:
    """Computed on a grid of at least so large a step."""
    own = site.grid
    if own.scale[0] < least * _MARGIN:
        own = Quantization((float(np.float32(least * _MARGIN)),), own.zero_point)
    return _on(site, like, inputs, own)


def _on(site: Site, like: Node, inputs: tuple[Value | None, ...], grid: Quantization) -> list[Node]:
    """`like` of these operands on `grid`, and then on the result's."""
    source = site.node.source
    if grid == site.grid:
        return [Node(like.op, inputs, (site.result,), like.attrs, source)]
    inner = Value(site.node.output.name, site.result.shape, site.dtype, quantization=grid)
    return [Node(like.op, inputs, (inner,), like.attrs, source), quantize(inner, site.result, source)]


@form("BATCH_MATMUL")
def batch_matmul(site: Site) -> list[Node] | None:
    left, right = _operand(site, 0), _operand(site, 1)
    return None if left is None or right is None else site.built(left, right)
