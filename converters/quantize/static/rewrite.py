"""Float operators become integer ones on the grids that were assigned; what has no integer form stays float between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from converters.graph import Graph, Node, Quantization, Value
from converters.passes.integer.constants import Rounded
from converters.passes.integer.forms import FORMS, Site
from converters.passes.integer.wide import WIDE_FORMS
from converters.passes.rules import prune
from converters.quantize.static.grids import SAME_GRID

FLOAT, INT8, INT16, UINT8 = map(np.dtype, (np.float32, np.int8, np.int16, np.uint8))

Grids = Mapping["np.dtype[Any]", Mapping[Value, Quantization]]


@dataclass(frozen=True)
class Recipe:
    """How a graph is quantized. `floats` and `wide` name operators by their first result."""

    activations: "np.dtype[Any]" = INT8
    border: "np.dtype[Any]" = FLOAT
    """The type of inputs and outputs that are float32 in the graph."""
    per_channel: bool = True
    floats: frozenset[str] = frozenset()
    """Operators that stay in float32."""
    wide: frozenset[str] = frozenset()
    """Operators that compute on 16-bit activations."""

    def type_of(self, node: Node) -> "np.dtype[Any]":
        if node.output.name in self.floats:
            return FLOAT
        return INT16 if node.output.name in self.wide else self.activations

    @property
    def types(self) -> tuple["np.dtype[Any]", ...]:
        """The integer types whose grids are needed."""
        return (self.activations, INT16) if self.wide and self.activations == INT8 else (self.activations,)


def rewrite(graph: Graph, grids: Grids, recipe: Recipe) -> Graph:
    """`graph` in integers. The result that an operator computes keeps its float counterpart's name; its other forms have a suffix,
    except that a graph's inputs and outputs keep theirs."""
    return prune(_Rewriting(graph, grids, recipe).run())


@dataclass
class _Rewriting:
    graph: Graph
    grids: Grids
    recipe: Recipe
    forms: dict[tuple[Value, "np.dtype[Any]"], Value] = field(default_factory=dict)
    """(float value, type) → that value in that type; the first one of a value is what was computed."""
    first: dict[Value, "np.dtype[Any]"] = field(default_factory=dict)
    alias: dict[Value, Value] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    source: str = ""

    def run(self) -> Graph:
        graph, border = self.graph, self.recipe.border
        inputs = tuple(self.entered(value, border) for value in graph.inputs)
        for node in graph.nodes:
            self.source = node.source
            self.visit(node)
        outputs = tuple(self.left(value, border) for value in graph.outputs)
        return Graph(graph.name, inputs, outputs, self.nodes)

    def entered(self, value: Value, border: "np.dtype[Any]") -> Value:
        if value.dtype != FLOAT:
            return value
        if border == FLOAT:
            self.known(value, FLOAT, value)
            return value
        given = self.fresh(value, border, value.name)
        self.known(value, border, given)
        return given

    def left(self, value: Value, border: "np.dtype[Any]") -> Value:
        if value.dtype != FLOAT:
            return self.alias.get(value, value)
        return self.given(value, border)

    def known(self, value: Value, dtype: "np.dtype[Any]", form: Value) -> None:
        self.forms[value, dtype] = form
        self.first.setdefault(value, dtype)

    def grid(self, value: Value, dtype: "np.dtype[Any]") -> Quantization | None:
        if dtype == FLOAT:
            return None
        if dtype == UINT8:
            grid = self.grids[INT8][value]
            return Quantization(grid.scale, (grid.zero_point[0] + 128,))
        return self.grids[dtype][value]

    def fresh(self, value: Value, dtype: "np.dtype[Any]", name: str) -> Value:
        return Value(name, value.shape, dtype, quantization=self.grid(value, dtype))

    def name(self, value: Value, dtype: "np.dtype[Any]") -> str:
        """The name of `value` in `dtype`: its own where it crosses the graph's border so, or where nothing else has it."""
        crosses = value in self.graph.inputs or value in self.graph.outputs
        if crosses:
            return value.name if dtype == self.recipe.border else f"{value.name}/{dtype.name}"
        return value.name if value not in self.first else f"{value.name}/{dtype.name}"

    def given(self, value: Value, dtype: "np.dtype[Any]") -> Value:
        """`value` in `dtype`, converted from what there is of it."""
        found = self.forms.get((value, dtype))
        if found is not None:
            return found
        if value.data is not None:
            return value
        here = self.forms[value, self.first[value]]
        if (here.dtype == UINT8 and dtype == FLOAT) or (here.dtype == INT16 and dtype == UINT8):
            here = self.given(value, INT8)
        result = self.fresh(value, dtype, self.name(value, dtype))
        grid = result.quantization
        if grid is None:
            self.nodes.append(Node("DEQUANTIZE", (here,), (result,), {}, self.source))
        else:
            attrs = {"scale": grid.scale[0], "zero_point": grid.zero_point[0]}
            self.nodes.append(Node("QUANTIZE", (here,), (result,), attrs, self.source))
        self.known(value, dtype, result)
        return result

    def visit(self, node: Node) -> None:
        node = node.reading(self.alias)
        if node.op == "DEQUANTIZE" and node.input(0).quantization is not None:
            self.known(node.output, node.input(0).dtype, node.input(0))
        elif node.op == "QUANTIZE" and node.input(0).dtype == FLOAT:
            self.written(node)
        elif not _touches_float(node):
            self.nodes.append(node)
        else:
            dtype = self.recipe.type_of(node)
            if dtype == FLOAT or not self.computed(node, dtype):
                self.kept(node)

    def written(self, node: Node) -> None:
        """A grid that the graph says itself."""
        stored = self.given(node.input(0), node.output.dtype)
        if stored.quantization == node.output.quantization:
            self.alias[node.output] = stored
        else:
            self.nodes.append(Node("QUANTIZE", (stored,), node.outputs, node.attrs, node.source))

    def computed(self, node: Node, dtype: "np.dtype[Any]") -> bool:
        """Writes the integer form of `node`, if there is one."""
        constants = Rounded(dtype, self.recipe.per_channel)
        results = tuple(
            self.fresh(value, dtype, self.name(value, dtype)) if value.dtype == FLOAT else value
            for value in node.outputs
        )
        if node.op in SAME_GRID and not _wide_substitute(node, dtype):
            found = self.moved(node, dtype, results, constants)
        else:
            form = (WIDE_FORMS if dtype == INT16 and node.op in WIDE_FORMS else FORMS).get(node.op)
            if form is None:
                return False
            operands = tuple(
                self.given(v, dtype) if v is not None and v.data is None and v.dtype == FLOAT else None
                for v in node.inputs
            )
            found = form(Site(node, operands, results[0], constants))
        if found is None:
            return False
        self.nodes.extend(found)
        for value, result in zip(node.outputs, results, strict=True):
            if value.dtype == FLOAT:
                self.known(value, dtype, result)
        return True

    def moved(
        self, node: Node, dtype: "np.dtype[Any]", results: tuple[Value, ...], constants: Rounded
    ) -> list[Node] | None:
        if node.attrs.get("fused_activation_function", "NONE") not in ("NONE", "RELU", "RELU6"):
            return None
        slot = SAME_GRID[node.op]
        x = node.input(slot)
        stored = self.given(x, dtype) if x.data is None else constants.constant(x, results[0].quantization)
        if stored is None:
            return None
        inputs = (*node.inputs[:slot], stored, *node.inputs[slot + 1 :])
        return [Node(node.op, inputs, results, node.attrs, node.source)]

    def kept(self, node: Node) -> None:
        inputs = tuple(
            self.given(v, FLOAT) if v is not None and v.dtype == FLOAT and v.data is None else v
            for v in node.inputs
        )
        results = tuple(
            Value(self.name(v, FLOAT), v.shape, v.dtype) if v.dtype == FLOAT else v for v in node.outputs
        )
        self.nodes.append(Node(node.op, inputs, results, node.attrs, node.source))
        for value, result in zip(node.outputs, results, strict=True):
            if value.dtype == FLOAT:
                self.known(value, FLOAT, result)


def _wide_substitute(node: Node, dtype: "np.dtype[Any]") -> bool:
    return dtype == INT16 and node.op in WIDE_FORMS


def _touches_float(node: Node) -> bool:
    return any(v is not None and v.dtype == FLOAT for v in (*node.inputs, *node.outputs))
