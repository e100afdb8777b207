"""What each operator is in integers: operands on grids in, the result on the grid that a QUANTIZE asks for out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from converters.graph import Node, Quantization, Value
from converters.passes.integer.grids import bias_on_grid, constant_on_grid, weights_on_grid

_INT8 = np.dtype(np.int8)
_CLAMPS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


@dataclass(frozen=True)
class Site:
    """A float node, its operands' integers where they have some, and the result that the QUANTIZE after it writes."""

    node: Node
    stored: tuple[Value | None, ...]
    result: Value

    @property
    def grid(self) -> Quantization:
        assert self.result.quantization is not None
        return self.result.quantization

    def built(self, *inputs: Value | None) -> list[Node]:
        return [Node(self.node.op, inputs, (self.result,), self.node.attrs, self.node.source)]


Form = Callable[[Site], list[Node] | None]
"""The integer nodes, or None where this node has none."""

FORMS: dict[str, Form] = {}


def form(*ops: str) -> Callable[[Form], Form]:
    def register(function: Form) -> Form:
        FORMS.update(dict.fromkeys(ops, function))
        return function

    return register


def on_grid(value: Value, grid: Quantization, nodes: list[Node], source: str) -> Value:
    """`value` as it is, or requantized to `grid` by a node more."""
    if value.quantization == grid:
        return value
    other = Value(f"{value.name}/requantized", value.shape, _INT8, quantization=grid)
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
        small = weights_on_grid(kernel, axis)
        if small is None or small.quantization is None:
            return None
        scale = np.asarray(small.quantization.scale, np.float64) * data.quantization.scale[0]
        whole = bias_on_grid(bias, kernel.shape[axis], scale)
        if whole is None:
            return None
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
        return constant_on_grid(value)
    return site.stored[index]


@form("ADD", "SUB", "MUL")
def elementwise(site: Site) -> list[Node] | None:
    left, right = _operand(site, 0), _operand(site, 1)
    if left is None or right is None or not _clamps(site.node):
        return None
    return site.built(left, right)


@form("MEAN", "RELU", "RELU6", "LEAKY_RELU", "HARD_SWISH")
def any_grids(site: Site) -> list[Node] | None:
    """Their kernels rescale from any grid to any other."""
    x = site.stored[0]
    return None if x is None else site.built(x, *site.node.inputs[1:])


@form("CONCATENATION", "MAXIMUM", "MINIMUM")
def one_grid(site: Site) -> list[Node] | None:
    """All operands on the result's grid, requantized where they are not."""
    operands = [_operand(site, index) for index in range(len(site.node.inputs))]
    nodes: list[Node] = []
    found = [value for value in operands if value is not None]
    if len(found) < len(operands) or not _clamps(site.node):
        return None
    if site.node.attrs.get("fused_activation_function", "NONE") != "NONE":
        return None
    same = [
        _constant_to(value, site.grid) or on_grid(value, site.grid, nodes, site.node.source)
        for value in found
    ]
    return [*nodes, *site.built(*same)]


def _constant_to(value: Value, grid: Quantization) -> Value | None:
    """A stored constant put on another grid now."""
    if value.data is None or value.quantization is None:
        return None
    own = value.quantization
    real = (value.data.astype(np.float64) - own.zero_point[0]) * own.scale[0]
    level = np.clip(np.round(real / grid.scale[0]) + grid.zero_point[0], -128, 127).astype(np.int8)
    return Value(value.name, value.shape, _INT8, level, grid)


@form("AVERAGE_POOL_2D", "RESIZE_BILINEAR")
def input_grid(site: Site) -> list[Node] | None:
    """Computed on the input's grid, then requantized; not where the result's grid is much finer."""
    x = site.stored[0]
    if x is None or x.quantization is None or not _clamps(site.node):
        return None
    if x.quantization.scale[0] > 1.5 * site.grid.scale[0]:
        return None
    return _then_requantized(site, x, x.quantization)


_FIXED = {
    "LOGISTIC": Quantization((1 / 256,), (-128,)),
    "SOFTMAX": Quantization((1 / 256,), (-128,)),
    "TANH": Quantization((1 / 128,), (0,)),
}
"""The grids that these kernels write (LiteRT 8-bit quantization specification)."""


@form(*_FIXED)
def fixed_grid(site: Site) -> list[Node] | None:
    """Computed on the operator's own grid, then requantized; not where the result's grid is much finer."""
    x, grid = site.stored[0], _FIXED[site.node.op]
    if x is None or grid.scale[0] > 1.5 * site.grid.scale[0]:
        return None
    return _then_requantized(site, x, grid)


def _then_requantized(site: Site, x: Value, grid: Quantization) -> list[Node]:
    node = site.node
    if grid == site.grid:
        return site.built(x, *node.inputs[1:])
    inner = Value(node.output.name, site.result.shape, _INT8, quantization=grid)
    computed = Node(node.op, (x, *node.inputs[1:]), (inner,), node.attrs, node.source)
    return [computed, quantize(inner, site.result, node.source)]


@form("BATCH_MATMUL")
def batch_matmul(site: Site) -> list[Node] | None:
    left, right = site.stored
    return None if left is None or right is None else site.built(left, right)
