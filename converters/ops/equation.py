"""How a permutation passes through an operator: `op(T(x)) == T(op'(x))`.

An equation is asked with one operand's permutation and answers with a `Plan`: the permutation of every other data operand and
result, and what changes in the operator's own parameters. A value stored in permutation p means `stored = transpose(value, p)`:
axis i of what is stored is axis p[i] of the value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy.typing as npt

from converters.graph import Attr, Node

Permutation = tuple[int, ...]
Side = Literal["in", "out"]


@dataclass(frozen=True)
class Plan:
    """One way to run an operator on permuted data.

    `inputs[i]` is the permutation that data operand i must be stored in (None: not data, or a constant that `constants` rewrites);
    `outputs[j]` that in which result j comes out. `constants` maps operand numbers to the arrays that replace them (made late:
    most plans are never carried out).
    """

    inputs: tuple[Permutation | None, ...]
    outputs: tuple[Permutation, ...]
    attrs: Mapping[str, Attr] = field(default_factory=dict)
    constants: Mapping[int, Callable[[], npt.NDArray[Any]]] = field(default_factory=dict)


Equation = Callable[[Node, Side, int, Permutation], Plan | None]
"""(node, side, operand or result number, its permutation) → the plan that follows, or None where none exists."""


def identity(rank: int) -> Permutation:
    return tuple(range(rank))


def compose(first: Permutation, second: Permutation) -> Permutation:
    """The permutation of `transpose(transpose(x, first), second)`."""
    return tuple(first[axis] for axis in second)


def inverse(permutation: Permutation) -> Permutation:
    """The permutation that undoes this one."""
    result = [0] * len(permutation)
    for position, axis in enumerate(permutation):
        result[axis] = position
    return tuple(result)


def channels_last(rank: int) -> Permutation:
    """N C spatial… → N spatial… C."""
    return (0, *range(2, rank), 1) if rank > 2 else identity(rank)


def channels_first(rank: int) -> Permutation:
    """N spatial… C → N C spatial…."""
    return (0, rank - 1, *range(1, rank - 1)) if rank > 2 else identity(rank)


def stays(node: Node) -> Plan:
    """The plan that every operator has: everything as it came."""
    return Plan(
        tuple(None if v is None or v.is_constant else identity(v.rank) for v in node.inputs),
        tuple(identity(v.rank) for v in node.outputs),
    )
