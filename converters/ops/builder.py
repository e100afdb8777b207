"""Building graphs: one call a node, results inferred."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Attr, Node, Value, constant
from converters.ops.spec import OPS, infer


class Builder:
    """Collects nodes. `b("ADD", x, y, fused_activation_function="RELU")` appends one and returns its (first) result."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._source = ""
        self._count = 0

    @contextlib.contextmanager
    def source(self, name: str) -> Iterator[None]:
        """Nodes built inside are said to come from the source model's node `name`."""
        before, self._source = self._source, name
        try:
            yield
        finally:
            self._source = before

    def inner(self) -> "Builder":
        """A builder for a subgraph, whose nodes come from the same node of the source model."""
        builder = Builder()
        builder._source = self._source
        return builder

    def __call__(
        self, op: str, *inputs: Value | npt.ArrayLike | None, name: str = "", **attrs: Attr
    ) -> Value:
        return self.many(op, *inputs, name=name, **attrs)[0]

    def many(
        self, op: str, *inputs: Value | npt.ArrayLike | None, name: str = "", **attrs: Attr
    ) -> tuple[Value, ...]:
        """All results of a new node. Arrays among `inputs` become constants.

        Raises ValueError where the operands or options do not fit the operator.
        """
        spec = OPS[op]
        unknown = attrs.keys() - spec.defaults.keys()
        if unknown:
            raise ValueError(f"{op} has no option {sorted(unknown)}, it has {sorted(spec.defaults)}")
        operands = tuple(
            value if value is None or isinstance(value, Value) else constant(value) for value in inputs
        )
        full = {**spec.defaults, **attrs}
        results = tuple(
            Value(self._name(name, index), shape, dtype)
            for index, (shape, dtype) in enumerate(infer(op, operands, full))
        )
        self.nodes.append(Node(op, operands, results, full, self._source))
        return results

    def transpose(self, value: Value, permutation: tuple[int, ...], name: str = "") -> Value:
        """`value` with its axes permuted; a constant at once, the identity for nothing."""
        if permutation == tuple(range(value.rank)):
            return value
        if value.data is not None:
            return constant(np.ascontiguousarray(value.data.transpose(permutation)), name or value.name)
        return self("TRANSPOSE", value, np.asarray(permutation, np.int32), name=name)

    def reshape(self, value: Value, shape: tuple[int, ...], name: str = "") -> Value:
        """`value` in another shape (at most one -1); a constant at once, the same shape for nothing."""
        if shape == value.shape:
            return value
        if value.data is not None:
            return constant(value.data.reshape(shape), name or value.name)
        return self("RESHAPE", value, np.asarray(shape, np.int32), name=name)

    def cast(self, value: Value, dtype: npt.DTypeLike) -> Value:
        """`value` as `dtype`."""
        target: np.dtype[Any] = np.dtype(dtype)
        if value.dtype == target:
            return value
        if value.data is not None:
            return constant(value.data.astype(target), value.name)
        return self("CAST", value, in_data_type=value.dtype.name, out_data_type=target.name)

    def _name(self, name: str, index: int) -> str:
        if not name:
            self._count += 1
            name = f"{self._source}/{self._count}" if self._source else f"value_{self._count}"
        return name if index == 0 else f"{name}:{index}"
