"""What there is to know about one operator: its options and defaults, its result types, its layout equation.

An op is a function and its signature is the op: positional parameters are operands, keyword parameters are the options of the
LiteRT schema with their defaults, the body infers the results' shapes and dtypes.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from converters.graph import Attr, Node, Value
from converters.ops.equation import Equation

Inferred = list[tuple[tuple[int, ...], np.dtype[Any]]]
"""Shape and dtype of each result."""

InferFunction = Callable[..., Inferred]


@dataclass(frozen=True)
class OpSpec:
    """One operator of the dialect. `options` is the schema's option table (None: the operator has none)."""

    name: str
    infer: InferFunction
    options: str | None
    defaults: Mapping[str, Attr]
    equation: Equation | None = None
    commutative: bool = False
    parameters: frozenset[int] = field(default_factory=frozenset)
    """Operands that are small integer parameters (axes, shapes, paddings), not data."""


OPS: dict[str, OpSpec] = {}


def op(
    name: str,
    *,
    options: str | None = None,
    equation: Equation | None = None,
    commutative: bool = False,
    parameters: tuple[int, ...] = (),
) -> Callable[[InferFunction], InferFunction]:
    """Register the decorated inference function as operator `name`."""

    def register(infer: InferFunction) -> InferFunction:
        signature = inspect.signature(infer)
        defaults = {
            parameter.name: parameter.default
            for parameter in signature.parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }
        OPS[name] = OpSpec(name, infer, options, defaults, equation, commutative, frozenset(parameters))
        return infer

    return register


def spec_of(node: Node) -> OpSpec | None:
    """The operator's description, or None for one that was only read from a file and never built here."""
    return OPS.get(node.op)


def infer(name: str, inputs: tuple[Value | None, ...], attrs: Mapping[str, Attr]) -> Inferred:
    """Result types of operator `name`. Raises KeyError for an unknown operator, ValueError for operands that do not fit."""
    return OPS[name].infer(*inputs, **attrs)
