"""Named rewrites of ONNX nodes: the table, and what a rewrite has at hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass
class Site:
    """A node to be rewritten, what is known of the tensors, and the nodes that take its place."""

    node: Any
    shapes: dict[str, tuple[int, ...] | None]
    """Tensor → shape, -1 for a dimension not known; absent where nothing is known."""
    kinds: dict[str, int]
    """Tensor → ONNX element type."""
    constants: dict[str, Array]
    nodes: list[Any] = field(default_factory=list)
    made: int = 0
    """Names given so far."""
    opset: int = 0
    """Of the model."""

    def has(self, index: int) -> bool:
        return index < len(self.node.input) and bool(self.node.input[index])

    def input(self, index: int) -> str:
        return str(self.node.input[index])

    def shape(self, index: int) -> tuple[int, ...]:
        """The whole shape of an input. Raises Unknown where a dimension is not known."""
        found = self.shapes.get(self.input(index))
        if found is None or -1 in found:
            raise UnknownError(f"the shape of its input {index} is not known")
        return found

    def rank(self, index: int) -> int:
        found = self.shapes.get(self.input(index))
        if found is None:
            raise UnknownError(f"the rank of its input {index} is not known")
        return len(found)

    def kind(self, index: int) -> int:
        if self.input(index) not in self.kinds:
            raise UnknownError(f"the type of its input {index} is not known")
        return self.kinds[self.input(index)]

    def attribute(self, name: str, default: Any = None) -> Any:
        from onnx import helper

        for one in self.node.attribute:
            if one.name == name:
                value = helper.get_attribute_value(one)
                return value.decode() if isinstance(value, bytes) else value
        return default

    def constant(self, data: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> str:
        from onnx import helper, numpy_helper

        name = self._name()
        tensor = numpy_helper.from_array(np.asarray(data, dtype), name)
        self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        return name

    def ints(self, *numbers: int) -> str:
        return self.constant(np.asarray(numbers, np.int64))

    def like(self, number: float, index: int) -> str:
        """A scalar of the type of input `index`."""
        from onnx import helper

        return self.constant(number, helper.tensor_dtype_to_np_dtype(self.kind(index)))

    def __call__(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        return self.many(op, *inputs, count=1, domain=domain, **attributes)[0]

    def many(self, op: str, *inputs: str, count: int, domain: str = "", **attributes: Any) -> list[str]:
        from onnx import helper

        names = [self._name() for _ in range(count)]
        self.nodes.append(helper.make_node(op, list(inputs), names, domain=domain, **attributes))
        return names

    def _name(self) -> str:
        self.made += 1
        own = next((name for name in self.node.output if name), self.node.op_type)
        return f"{own}/{self.made}"


class UnknownError(Exception):
    """What the rewrite has to know is not known before run time."""


RewriteFunction = Callable[[Site], Sequence[str]]
"""The names of what the node's outputs are, in their order; "" for one that is not made."""


@dataclass(frozen=True)
class Rewrite:
    function: RewriteFunction
    applies: Callable[[Site], bool]
    why: str


REWRITES: dict[str, list[Rewrite]] = {}


def rewrites(
    *op_types: str,
    why: str,
    when: Callable[[Site], bool] = lambda site: True,
) -> Callable[[RewriteFunction], RewriteFunction]:
    """Register a rewrite of these operators, for nodes of which `when` holds."""

    def register(function: RewriteFunction) -> RewriteFunction:
        for op_type in op_types:
            REWRITES.setdefault(op_type, []).append(Rewrite(function, when, why))
        return function

    return register


def rewrite(model: Any) -> list[str]:
    """Rewrite `model` (an onnx.ModelProto) in place; the sentences that say what was done."""
    from onnx import helper, numpy_helper, shape_inference

    if not any(node.op_type in REWRITES for node in model.graph.node):
        return []
    try:
        known = shape_inference.infer_shapes(model)
    except Exception:  # a model that cannot be inferred is rewritten as far as it can be
        known = model
    shapes: dict[str, tuple[int, ...] | None] = {}
    kinds: dict[str, int] = {}
    for port in (*known.graph.input, *known.graph.value_info, *known.graph.output):
        tensor = port.type.tensor_type
        if not port.type.HasField("tensor_type"):
            continue
        kinds[port.name] = tensor.elem_type
        if tensor.HasField("shape"):
            shapes[port.name] = tuple(
                d.dim_value if d.HasField("dim_value") else -1 for d in tensor.shape.dim
            )
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute:
            constants |= _constant(node)
    for name, array in constants.items():
        shapes[name] = array.shape
        kinds[name] = helper.np_dtype_to_tensor_dtype(array.dtype)
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    nodes, notes = [], []
    for node in model.graph.node:
        made = _first(Site(node, shapes, kinds, constants, opset=opset))
        nodes += made[0] if made else [node]
        if made:
            notes.append(f"{node.op_type} `{node.output[0]}` was rewritten: {made[1]}")
    if notes:
        del model.graph.node[:]
        model.graph.node.extend(nodes)
    return notes


def _constant(node: Any) -> dict[str, Array]:
    """What a Constant node holds; nothing for strings and sparse tensors."""
    from onnx import helper, numpy_helper

    one = node.attribute[0]
    if one.name == "value":
        return {node.output[0]: numpy_helper.to_array(one.t)}
    kinds = {
        "value_int": np.int64,
        "value_ints": np.int64,
        "value_float": np.float32,
        "value_floats": np.float32,
    }
    if one.name not in kinds:
        return {}
    return {node.output[0]: np.asarray(helper.get_attribute_value(one), kinds[one.name])}


def _first(site: Site) -> tuple[list[Any], str] | None:
    """The nodes of the first rewrite that applies, and why it was done."""
    from onnx import helper

    for one in REWRITES.get(site.node.op_type, []) if site.node.domain in ("", "ai.onnx") else []:
        try:
            if not one.applies(site):
                continue
            results = one.function(site)
        except UnknownError:
            site.nodes.clear()
            continue
        for result, name in zip(results, site.node.output, strict=False):
            if result and name:
                site.nodes.append(helper.make_node("Identity", [result], [name]))
        return site.nodes, one.why
    return None
