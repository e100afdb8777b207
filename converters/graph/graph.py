"""Values, nodes and graphs in the LiteRT dialect: builtin operators with LiteRT's semantics, channels last.

A `Value` is a tensor that is written once (SSA); a constant carries its data. A `Node` is one LiteRT operator. A `Graph` lists
its nodes in topological order. Identity is object identity: two values with the same name are still two values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Attr = Any
"""An operator option: int, float, bool, str (the name of an enum member), tuple of ints, or a `Graph` (control flow)."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """real = scale * (stored - zero_point), per tensor (one scale) or per index along `dimension` (LiteRT quantization spec)."""

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    dimension: int = 0


@dataclass(eq=False, slots=True)
class Value:
    """One tensor. `shape` has -1 where a dimension is only known at run time."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: npt.NDArray[Any] | None = None
    quantization: Quantization | None = None
    is_variable: bool = False

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_constant(self) -> bool:
        return self.data is not None

    @property
    def array(self) -> npt.NDArray[Any]:
        """The data of a constant. Raises ValueError on anything else."""
        if self.data is None:
            raise ValueError(f"value `{self.name}` is not a constant")
        return self.data

    @property
    def elements(self) -> int:
        """Number of elements; a dimension unknown before run time counts as 1."""
        count = 1
        for dimension in self.shape:
            count *= max(dimension, 1) if dimension < 0 else dimension
        return count

    @property
    def nbytes(self) -> int:
        return self.elements * self.dtype.itemsize

    def __repr__(self) -> str:
        kind = "const " if self.is_constant else ""
        return f"{kind}{self.name}:{self.dtype}{list(self.shape)}"


def constant(data: npt.ArrayLike, name: str = "", dtype: npt.DTypeLike | None = None) -> Value:
    """A constant value holding `data`."""
    array = np.asarray(data, dtype=dtype)
    return Value(name, array.shape, array.dtype, array)


@dataclass(eq=False, slots=True)
class Node:
    """One operator: `op` is LiteRT's builtin name (`CONV_2D`), `attrs` its options as the schema names them.

    `source` names the node of the source model that it came from. An input of None is an optional operand left out.
    """

    op: str
    inputs: tuple[Value | None, ...]
    outputs: tuple[Value, ...]
    attrs: Mapping[str, Attr] = field(default_factory=dict)
    source: str = ""

    @property
    def output(self) -> Value:
        return self.outputs[0]

    def input(self, index: int) -> Value:
        """Operand `index`. Raises ValueError where it was left out."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise ValueError(f"{self.op} `{self.output.name}` has no operand {index}")
        return value

    def reading(self, instead: "Mapping[Value, Value]") -> "Node":
        """The same operator with other operands in the places of those named; the results stay the same values."""
        inputs = tuple(None if value is None else instead.get(value, value) for value in self.inputs)
        return Node(self.op, inputs, self.outputs, self.attrs, self.source)

    def __repr__(self) -> str:
        return f"{list(self.outputs)} = {self.op}{list(self.inputs)} {dict(self.attrs)}"


@dataclass(eq=False, slots=True)
class Graph:
    """Inputs, outputs and the nodes between them in topological order."""

    name: str
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    nodes: list[Node]

    def producers(self) -> dict[Value, Node]:
        return {value: node for node in self.nodes for value in node.outputs}

    def consumers(self) -> dict[Value, list[Node]]:
        """Each value's consumers, once per operand that reads it; graph outputs are not counted here."""
        uses: dict[Value, list[Node]] = {}
        for node in self.nodes:
            for value in node.inputs:
                if value is not None:
                    uses.setdefault(value, []).append(node)
        return uses

    def values(self) -> Iterator[Value]:
        """Every value once: inputs, then constants and results in the order of their first appearance."""
        seen: set[Value] = set()
        for value in self._all():
            if value not in seen:
                seen.add(value)
                yield value

    def constants(self) -> list[Value]:
        return [value for value in self.values() if value.is_constant]

    @property
    def nbytes(self) -> int:
        """Bytes of all values, each in a place of its own."""
        return sum(value.nbytes for value in self.values())

    def _all(self) -> Iterable[Value]:
        yield from self.inputs
        for node in self.nodes:
            yield from (value for value in node.inputs if value is not None)
            yield from node.outputs
        yield from self.outputs
