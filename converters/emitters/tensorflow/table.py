"""Tables from LiteRT operators to the functions that write them: one table for TensorFlow graphs, one for Keras layers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from converters.graph import Attr

Function = Callable[..., Any]
Permutation = tuple[int, ...]


class Subgraph(Protocol):
    """An option that is a graph, as the functions get it: callable on tensors."""

    shapes: Sequence[Sequence[int | None]]
    """Its inputs'; None for a dimension that only the run knows."""

    def __call__(self, *tensors: Any) -> list[Any]: ...


@dataclass(frozen=True)
class Entry:
    """How one operator is written. `options` are those that the function reads; `weights` says which operands it wants in
    TensorFlow's weight layout (operand number → permutation of LiteRT's axes)."""

    function: Function
    options: frozenset[str]
    weights: Mapping[int, Permutation]

    def read(self, attrs: Mapping[str, Attr]) -> dict[str, Attr]:
        """The options among `attrs` that the function reads."""
        return {key: value for key, value in attrs.items() if key in self.options and value is not None}


class Table:
    """Operator name → `Entry`. The table called as a decorator registers a function whose signature is the operator."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def __call__(
        self, *names: str, weights: Mapping[int, Permutation] | None = None
    ) -> Callable[[Function], Function]:
        """Register the decorated function: positional parameters are operands, keyword parameters are options."""

        def register(function: Function) -> Function:
            parameters = inspect.signature(function).parameters.values()
            options = frozenset(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)
            for name in names:
                self.entries[name] = Entry(function, options, weights or {})
            return function

        return register
