"""One graph of any batch from two builds of the same model, of 2 and of 3.

Both builds went through every rule and the layout with known sizes; where they differ, they differ by the batch. A dimension that
grows is open (-1). A parameter (a shape, a slice's size) that grows is -1 where the operator itself knows how to take the rest, else it is
computed from the batch of an input. A constant whose rows are all the same broadcasts. Whatever else differs is refused.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value, constant
from converters.ops.builder import Builder
from converters.ops.spec import OPS

SIZES = (2, 3)
"""Not 1: unit axes dissolve."""

Array = npt.NDArray[Any]


class FixedBatchError(Exception):
    """The model's batch cannot be left open; the text says where and why."""


def open_batch(two: Graph, three: Graph) -> Graph:
    """The graph that both builds are instances of. Raises FixedBatchError where there is none."""
    if len(two.nodes) != len(three.nodes):
        raise FixedBatchError("the graph itself depends on the batch")
    opener = _Opener(two, three)
    for a, b in zip(two.nodes, three.nodes, strict=True):
        opener.node(a, b)
    outputs = tuple(opener.operand(v, w, None, 0) for v, w in zip(two.outputs, three.outputs, strict=True))
    found = [value for value in outputs if value is not None]
    return Graph(two.name, opener.inputs, tuple(found), opener.build.nodes)


class _Opener:
    def __init__(self, two: Graph, three: Graph) -> None:
        self.build = Builder()
        self.made: dict[Value, Value] = {}
        self.batch: Value | None = None
        self.inputs = tuple(self.value(v, w) for v, w in zip(two.inputs, three.inputs, strict=True))

    def value(self, v: Value, w: Value) -> Value:
        """The value that `v` and `w` are instances of."""
        if v.rank != w.rank or v.dtype != w.dtype:
            raise FixedBatchError(f"`{v.name}` is of another kind for another batch")
        shape = tuple(n if n == m else -1 for n, m in zip(v.shape, w.shape, strict=True))
        self.made[v] = Value(v.name, shape, v.dtype, None, v.quantization, v.is_variable)
        return self.made[v]

    def node(self, a: Node, b: Node) -> None:
        attrs = {k: x for k, x in a.attrs.items() if k != "new_shape"}
        if a.op != b.op or attrs != {k: x for k, x in b.attrs.items() if k != "new_shape"}:
            raise FixedBatchError(f"{a.op} `{a.output.name}` is another operator for another batch")
        inputs = tuple(
            self.operand(v, w, a, slot) for slot, (v, w) in enumerate(zip(a.inputs, b.inputs, strict=True))
        )
        outputs = tuple(self.value(v, w) for v, w in zip(a.outputs, b.outputs, strict=True))
        if "new_shape" in a.attrs:
            attrs["new_shape"] = None
        self.build.nodes.append(Node(a.op, inputs, outputs, attrs, a.source))

    def operand(self, v: Value | None, w: Value | None, node: Node | None, slot: int) -> Value | None:
        if v is None or w is None:
            return None
        if v in self.made:
            return self.made[v]
        if v.data is None or w.data is None:
            raise FixedBatchError(f"`{v.name}` is computed for one batch and not for another")
        if v.shape == w.shape and np.array_equal(v.data, w.data, equal_nan=v.dtype.kind == "f"):
            return v
        spec = OPS.get(node.op) if node is not None else None
        if node is not None and spec is not None and slot in spec.parameters and v.shape == w.shape:
            return self.parameter(v.data, w.data, node, slot)
        return self.repeated(v, w)

    def parameter(self, v: Array, w: Array, node: Node, slot: int) -> Value:
        grows = v != w
        if node.op == "RESHAPE" and grows.sum() == 1:
            return constant(np.where(grows, -1, v).astype(v.dtype))
        if (node.op, slot) == ("SLICE", 2) and _to_the_end(node, grows):
            return constant(np.where(grows, -1, v).astype(v.dtype))
        step = w.astype(np.int64) - v.astype(np.int64)
        return self.affine(v - SIZES[0] * step, step)

    def affine(self, first: Array, step: Array) -> Value:
        """first + step · batch, int32."""
        b = self.build
        scaled = b("MUL", self.size(), np.asarray(step, np.int32))
        return scaled if not np.any(first) else b("ADD", scaled, np.asarray(first, np.int32))

    def size(self) -> Value:
        """The batch as a vector of one, read from the first input that has it."""
        if self.batch is None:
            source = next(value for value in self.inputs if -1 in value.shape)
            axis = source.shape.index(-1)
            shape = self.build("SHAPE", source, out_type="int32")
            self.batch = self.build("GATHER", shape, np.asarray([axis], np.int32), axis=0)
        return self.batch

    def repeated(self, v: Value, w: Value) -> Value:
        """A constant with an axis as long as the batch, along which it repeats itself."""
        grows = [axis for axis in range(v.rank) if v.shape[axis] != w.shape[axis]] if v.rank == w.rank else []
        if len(grows) != 1:
            raise FixedBatchError(f"the constant `{v.name}` is another one for another batch")
        (axis,) = grows
        row = np.take(v.array, [0], axis)
        if not (np.all(v.array == row) and np.all(w.array == row)):
            raise FixedBatchError(f"the constant `{v.name}` holds other data for each element of the batch")
        step = np.zeros(v.rank, np.int64)
        step[axis] = w.shape[axis] - v.shape[axis]
        target = self.affine(np.asarray(v.shape) - SIZES[0] * step, step)
        result = self.build("BROADCAST_TO", row, target)
        result.shape = tuple(-1 if i == axis else n for i, n in enumerate(v.shape))
        self.made[v] = result
        return result


def _to_the_end(node: Node, grows: Array) -> bool:
    """Whether the growing axes of a SLICE are taken from somewhere to their end, whatever the batch."""
    x, begin, size = (node.input(i) for i in range(3))
    if begin.data is None or size.data is None:
        return False
    ends = begin.data + size.data
    return all(
        not grow or end == n for grow, end, n in zip(grows.tolist(), ends.tolist(), x.shape, strict=True)
    )
