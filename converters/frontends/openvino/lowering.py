"""How one OpenVINO operator becomes LiteRT operators: the table of lowerings and what they share.

A lowering is correct on its own in the source's channels-first terms and thinks of layout nowhere else. Its signature is the op:
positional parameters are the operands, keyword parameters the operator's attributes.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from converters.graph import Value
from converters.ops.builder import Builder
from converters.ops.equation import channels_first, channels_last

Results = Value | tuple[Value | None, ...]
"""The operator's results; None for one that LiteRT does not give, which nobody may read."""

LoweringFunction = Callable[..., Results]
F = TypeVar("F", bound=LoweringFunction)


class NotExpressibleError(Exception):
    """This operator, as it stands, has no exact form in LiteRT; the text says why and, where one exists, the way out."""


LowerBody = Callable[[Any, Sequence[Value], Builder], list[Value]]


def no_bodies(model: Any, values: Sequence[Value], build: Builder) -> list[Value]:
    """Raises NotExpressibleError: nobody lowers bodies here."""
    raise NotExpressibleError("its body cannot be lowered here")


@dataclass(frozen=True)
class Context:
    """What a lowering has at hand: the builder, and what OpenVINO inferred about the operator's results.

    Only lowerings for dynamic shapes meet -1 among the dimensions; (-1,) also stands for a result whose very rank is not known.
    """

    build: Builder
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[np.dtype[Any], ...]
    replace_swish: bool = False
    replace_hard_swish: bool = False
    unroll_loops: bool = False
    node: Any = None
    """The source's node, for what stands neither in its operands nor in its attributes: bodies and how they are tied in."""
    lower_body: LowerBody = no_bodies
    """Lowers an `openvino.Model` into a builder, for the values of its parameters; its results."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.shapes[0]

    def last(self, value: Value) -> Value:
        """N C spatial… → N spatial… C."""
        return self.build.transpose(value, channels_last(value.rank))

    def first(self, value: Value) -> Value:
        """N spatial… C → N C spatial…."""
        return self.build.transpose(value, channels_first(value.rank))

    def lift(self, value: Value, rank: int) -> Value:
        """`value` with leading unit axes up to `rank`, as broadcasting has it; constants and scalars as they are."""
        if value.is_constant or value.rank in (0, rank) or value.shape.count(-1) > 1:
            return value
        return self.build.reshape(value, (1,) * (rank - value.rank) + value.shape)


@dataclass(frozen=True)
class Lowering:
    function: LoweringFunction
    attributes: frozenset[str]


LOWERINGS: dict[str, Lowering] = {}
DYNAMIC: dict[str, Lowering] = {}
"""Those for operators that read or write a shape which only the run knows."""


def lowers(*op_types: str) -> Callable[[F], F]:
    """Register the decorated function as the lowering of these OpenVINO op types."""

    return _registering(LOWERINGS, op_types)


def lowers_dynamic(*op_types: str) -> Callable[[F], F]:
    """Register the decorated function as the lowering of these OpenVINO op types where a dimension is only known at run time."""
    return _registering(DYNAMIC, op_types)


def _registering(table: dict[str, Lowering], op_types: tuple[str, ...]) -> Callable[[F], F]:
    def register(function: F) -> F:
        parameters = inspect.signature(function).parameters.values()
        keywords = frozenset(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)
        for op_type in op_types:
            table[op_type] = Lowering(function, keywords)
        return function

    return register


def attributes_for(lowering: Lowering, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes by the lowering's parameter names. Raises NotExpressibleError for one that it does not know."""
    named = {key.replace("-", "_"): value for key, value in attributes.items()}
    unknown = named.keys() - lowering.attributes
    if unknown:
        raise NotExpressibleError(f"its attribute {sorted(unknown)[0]} is not understood")
    return named


def known(value: Value, what: str) -> npt.NDArray[Any]:
    """The data of an operand that must be constant. Raises NotExpressibleError."""
    if value.data is None:
        raise NotExpressibleError(f"its {what} is computed at run time; only a constant one can be expressed")
    return value.data


def axes_of(value: Value, rank: int) -> tuple[int, ...]:
    """A constant axes operand as non-negative, sorted, unique ints."""
    return tuple(sorted({int(axis) % rank for axis in known(value, "axes operand").reshape(-1)}))


def axis_last(rank: int, axis: int) -> tuple[int, ...]:
    """The permutation that moves `axis` behind all others."""
    axis %= rank
    return (*(i for i in range(rank) if i != axis), axis)


def int32(values: npt.ArrayLike) -> npt.NDArray[np.int32]:
    return np.asarray(values, np.int32)
