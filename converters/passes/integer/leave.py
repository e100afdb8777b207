"""Integers on grids computed in float32: every number real, every result put back on the grid that it had."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Quantization, Value, constant
from converters.graph.nested import with_subgraphs
from converters.ops import OPS, Builder
from converters.passes.integer.raising import MOVING

_STORED = frozenset(map(np.dtype, (np.int8, np.uint8, np.int16)))
_BIAS = {"CONV_2D": 2, "DEPTHWISE_CONV_2D": 2, "FULLY_CONNECTED": 2, "TRANSPOSE_CONV": 3, "CONV_3D": 2}
_RAW = frozenset({"CAST", "BITCAST", "BITWISE_XOR", "RIGHT_SHIFT", "IF", "WHILE"})
"""Operators on the integers as they are stored, whatever they stand for."""

_KEEPING = frozenset(MOVING) | {"CONCATENATION", "REDUCE_MAX", "REDUCE_MIN", "MAXIMUM", "MINIMUM"}
"""Operators that give elements of their operands: on the same grid nothing is left to round."""


def is_quantized(graph: Graph) -> bool:
    """Whether some number is stored as an integer on a grid."""
    return any(map(_on_grid, graph.values()))


def simulated(graph: Graph) -> Graph:
    """`graph` in float32: real = scale · (stored - zero point), and each result rounded and limited as its grid does.

    Inputs and outputs keep their types. LiteRT's integer kernels round in another place, so results differ by a step here and there.
    Raises ValueError naming an operator that has no float form here.
    """
    graph = with_subgraphs(graph, simulated)
    return _Departure(graph).run() if is_quantized(graph) else graph


def dequantized(value: Value) -> npt.NDArray[np.float32]:
    """real = scale * (stored - zero_point) of a quantized constant, float32 (LiteRT quantization spec)."""
    grid = value.quantization
    if grid is None:
        return value.array.astype(np.float32)
    shape = [1] * value.rank
    if len(grid.scale) > 1:
        shape[grid.dimension] = -1
    scale = np.asarray(grid.scale, np.float32).reshape(shape)
    zero = np.asarray(grid.zero_point, np.int64).reshape(shape)
    real = (value.array.astype(np.int64) - zero).astype(np.float32) * scale
    return np.asarray(real, np.float32)


def _on_grid(value: Value) -> bool:
    return value.quantization is not None and value.dtype in _STORED


class _Departure:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.build = Builder()
        self.real: dict[Value, Value] = {}
        """Quantized value → the real numbers that it stands for."""
        self.plain = {
            value: Value(value.name, value.shape, value.dtype) if _on_grid(value) else value
            for value in graph.inputs
        }

    def run(self) -> Graph:
        for value in self.graph.inputs:
            if _on_grid(value):
                self.real[value] = self.read(value)
        for node in self.graph.nodes:
            self.visit(node)
        outputs = tuple(self.written(value) for value in self.graph.outputs)
        inputs = tuple(self.plain.values())
        return replace(self.graph, inputs=inputs, outputs=outputs, nodes=self.build.nodes)

    def visit(self, node: Node) -> None:
        touched = any(value is not None and _on_grid(value) for value in (*node.inputs, *node.outputs))
        if touched and (node.op in _RAW or node.op not in OPS):
            raise ValueError(
                f"{node.op} `{node.output.name}` computes with stored integers and has no float form here"
            )
        bias = _BIAS.get(node.op, -1)
        inputs = tuple(self.operand(value, index == bias) for index, value in enumerate(node.inputs))
        if node.op in ("DEQUANTIZE", "QUANTIZE") and touched:
            self.real[node.output] = self.rounded(self.given(inputs[0]), node.output, node.input(0))
            return
        fresh = tuple(_float(value) if _on_grid(value) else value for value in node.outputs)
        self.build.nodes.append(Node(node.op, inputs, fresh, node.attrs, node.source))
        for value, result in zip(node.outputs, fresh, strict=True):
            if result is not value:
                same = node.op in _KEEPING and self.one_grid(node, value)
                self.real[value] = result if same else self.rounded(result, value)

    def one_grid(self, node: Node, result: Value) -> bool:
        grids = [value.quantization for value in node.inputs if value is not None and _on_grid(value)]
        return all(grid == result.quantization for grid in grids)

    @staticmethod
    def given(value: Value | None) -> Value:
        assert value is not None
        return value

    def operand(self, value: Value | None, bias: bool) -> Value | None:
        if value is None or value in self.real:
            return value if value is None else self.real[value]
        if value.data is not None and (_on_grid(value) or (bias and value.dtype.kind == "i")):
            self.real[value] = constant(dequantized(value), value.name)
            return self.real[value]
        return value

    def rounded(self, x: Value, target: Value, source: Value | None = None) -> Value:
        """`x` on the grid of `target`: limited, counted in steps, rounded."""
        grid = target.quantization
        if not _on_grid(target) or grid is None or (source is not None and source.quantization == grid):
            return x
        low, high = _ends(target.dtype, grid)
        level = self.build("ROUND", self.build("DIV", x, _number(grid.scale[0])))
        bounded = self.build("MINIMUM", self.build("MAXIMUM", level, _number(low)), _number(high))
        return self.build("MUL", bounded, _number(grid.scale[0]), name=target.name)

    def read(self, value: Value) -> Value:
        grid = value.quantization
        assert grid is not None
        shifted = self.build(
            "SUB", self.build.cast(self.plain[value], np.float32), _number(grid.zero_point[0])
        )
        return self.build("MUL", shifted, _number(grid.scale[0]))

    def written(self, value: Value) -> Value:
        """An output in its own type."""
        grid, real = value.quantization, self.real.get(value)
        if value in self.plain:
            return self.plain[value]
        if real is None or grid is None or not _on_grid(value):
            return value if real is None else real
        level = self.build("ROUND", self.build("DIV", real, _number(grid.scale[0])))
        stored = self.build.cast(self.build("ADD", level, _number(grid.zero_point[0])), value.dtype)
        stored.name = value.name
        return stored


def _float(value: Value) -> Value:
    return Value(value.name, value.shape, np.dtype(np.float32), is_variable=value.is_variable)


def _number(number: float) -> npt.NDArray[np.float32]:
    return np.asarray(number, np.float32)


def _ends(dtype: "np.dtype[Any]", grid: Quantization) -> tuple[float, float]:
    """The type's ends in steps from zero."""
    info = np.iinfo(dtype)
    return float(info.min - grid.zero_point[0]), float(info.max - grid.zero_point[0])
