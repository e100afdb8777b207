"""A grid for every float activation, such that LiteRT's kernels can compute on them: one for all that only moves elements."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from converters.graph import Graph, Node, Quantization, Value
from converters.passes.integer.constants import grid_of
from converters.passes.integer.forms import fixed_grid_of
from converters.passes.integer.raising import MOVING

SAME_GRID = {
    **MOVING,
    **dict.fromkeys(("MIRROR_PAD", "BROADCAST_TO", "GATHER_ND", "REDUCE_MAX", "REDUCE_MIN", "TOPK_V2"), 0),
    **dict.fromkeys(
        ("AVERAGE_POOL_2D", "RESIZE_BILINEAR", "EXPAND_DIMS", "SQUEEZE", "UNPACK", "REVERSE_V2"), 0
    ),
    **dict.fromkeys(("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND", "BITCAST"), 0),
}
"""Operators whose results have the operand's grid (LiteRT 8-bit quantization specification) → that operand."""

JOINING = frozenset(
    {"CONCATENATION", "MAXIMUM", "MINIMUM", "SELECT_V2", "PADV2", "PACK", "DYNAMIC_UPDATE_SLICE"}
)
"""Operators whose operands have the result's grid, if need be through a QUANTIZE."""

_FINER = 1.5
"""An operand that others read too keeps a grid of its own where that is finer by this factor: worth a QUANTIZE."""

Ranges = Mapping[Value, tuple[float, float]]


def measured(graph: Graph) -> list[Value]:
    """The float activations whose range must be known; the others take their grid from one of these."""
    moved = {value for node in graph.nodes if node.op in SAME_GRID for value in node.outputs}
    made = {node.output for node in graph.nodes if node.op == "DEQUANTIZE"}
    return [
        value
        for value in graph.values()
        if value.data is None and value.dtype == np.float32 and value not in moved and value not in made
    ]


def assign(graph: Graph, ranges: Ranges, dtype: "np.dtype[Any]") -> dict[Value, Quantization]:
    """Float activation → its grid in `dtype`, from the `ranges` of `measured` ones. Grids that the graph says itself stay."""
    return _Assignment(graph, ranges, dtype).run()


class _Assignment:
    """Values that must share a grid form a group, led by the value that an operator computes; `head` is value → leader."""

    def __init__(self, graph: Graph, ranges: Ranges, dtype: "np.dtype[Any]") -> None:
        self.graph, self.ranges, self.dtype = graph, ranges, dtype
        self.head: dict[Value, Value] = {}
        self.readers: dict[Value, list[Node]] = {}
        self.fixed: dict[Value, Quantization] = {}
        self.grids: dict[Value, Quantization] = {}
        self.published: set[Value] = set()

    def run(self) -> dict[Value, Quantization]:
        for value in self.graph.inputs:
            self.head[value] = value
        for node in self.graph.nodes:
            self.group(node)
        for value in self.graph.outputs:
            self.published.add(self.head.get(value, value))
        for value, leader in self.head.items():
            if value is leader and value.dtype == np.float32:
                self.grids[value] = self.own(value)
        for node in self.graph.nodes:
            if node.op in ("ADD", "SUB") and node.output.dtype == np.float32:
                self.coarsen(node)
        for node in reversed(self.graph.nodes):
            if node.op in JOINING and node.output.dtype == np.float32:
                self.join(node)
        return {v: self.grids[leader] for v, leader in self.head.items() if leader in self.grids}

    def group(self, node: Node) -> None:
        operand = node.inputs[SAME_GRID[node.op]] if node.op in SAME_GRID else None
        follows = operand is not None and operand.dtype == np.float32 and operand in self.head
        leader = self.head[operand] if follows and operand is not None else None
        for value in node.outputs:
            self.head[value] = leader if leader is not None and value.dtype == np.float32 else value
        for read in node.inputs:
            if read is not None and read in self.head and not (follows and read is operand):
                self.readers.setdefault(self.head[read], []).append(node)
        if node.op == "DEQUANTIZE" and node.input(0).quantization is not None:
            self.fixed[node.output] = self.converted(node.input(0))
        elif node.op == "QUANTIZE" and node.output.quantization is not None and node.input(0) in self.head:
            self.fixed.setdefault(self.head[node.input(0)], self.converted(node.output))
        else:
            grid = fixed_grid_of(node.op, self.dtype)
            if grid is not None:
                self.fixed[node.output] = grid

    def converted(self, stored: Value) -> Quantization:
        """The grid of an integer value; one of the same range in another type."""
        grid = stored.quantization
        assert grid is not None
        if stored.dtype == self.dtype:
            return grid
        info = np.iinfo(stored.dtype)
        low, high = ((end - grid.zero_point[0]) * grid.scale[0] for end in (info.min, info.max))
        return grid_of(low, high, self.dtype)

    def own(self, value: Value) -> Quantization:
        return self.fixed.get(value) or grid_of(*self.ranges.get(value, (0.0, 0.0)), self.dtype)

    def coarsen(self, node: Node) -> None:
        """What a difference of large numbers leaves below float32's own rounding of them is noise, and no grid is that fine."""
        leader = self.head[node.output]
        known = [
            self.grids[self.head[v]] for v in node.inputs if v in self.head and self.head[v] in self.grids
        ]
        least = max((grid.scale[0] for grid in known), default=0.0) * float(np.finfo(np.float32).eps) / 2
        own = self.grids[leader]
        if leader not in self.fixed and own.scale[0] < least:
            self.grids[leader] = Quantization((float(np.float32(least)),), own.zero_point)

    def join(self, node: Node) -> None:
        """Operands take over the result's grid where nobody loses by it."""
        grid = self.grids[self.head[node.output]]
        for value in node.inputs:
            if value is None or value.dtype != np.float32 or value not in self.head:
                continue
            leader = self.head[value]
            if leader in self.fixed:
                continue
            alone = all(reader is node for reader in self.readers[leader]) and leader not in self.published
            if alone or (grid.scale[0] <= _FINER * self.grids[leader].scale[0] and self.covers(grid, leader)):
                self.grids[leader] = grid

    def covers(self, grid: Quantization, leader: Value) -> bool:
        """Whether a grid reaches as far as the leader's own: others read it beyond what this operator wants of it."""
        info, own = np.iinfo(self.dtype), self.grids[leader]
        ends = [(np.array((info.min, info.max)) - g.zero_point[0]) * g.scale[0] for g in (grid, own)]
        slack = grid.scale[0] / 2
        return bool(ends[0][0] <= ends[1][0] + slack and ends[0][1] >= ends[1][1] - slack)
