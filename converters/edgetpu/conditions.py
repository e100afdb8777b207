"""The conditions of the rules: Python expressions cut down to names, numbers, texts, arithmetic, comparisons, and / or / not."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def parse(text: str) -> ast.expr:
    """The expression of a condition. Raises ValueError for anything that the language lacks."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"`{text}` is not a condition") from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"`{text}`: {type(node).__name__} has no place in a condition")
    return tree


_ALLOWED = (
    *(
        ast.BoolOp,
        ast.And,
        ast.Or,
        ast.UnaryOp,
        ast.Not,
        ast.BinOp,
        ast.Compare,
        ast.Name,
        ast.Load,
        ast.Constant,
    ),
    *_BINARY,
    *_COMPARE,
)


def names(tree: ast.expr) -> frozenset[str]:
    """The facts that it asks for."""
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def holds(tree: ast.expr, facts: Mapping[str, Any]) -> bool:
    """Whether it is true of these facts. Raises KeyError for a fact that is not there."""
    return bool(_value(tree, facts))


def _value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return facts[node.id]
        case ast.UnaryOp():
            return not _value(node.operand, facts)
        case ast.BinOp():
            return _BINARY[type(node.op)](_value(node.left, facts), _value(node.right, facts))
        case ast.BoolOp():
            parts = (bool(_value(part, facts)) for part in node.values)
            return all(parts) if isinstance(node.op, ast.And) else any(parts)
        case ast.Compare(ops=[op], comparators=[right]):
            return _COMPARE[type(op)](_value(node.left, facts), _value(right, facts))
        case _:
            raise ValueError(f"{type(node).__name__} has no place in a condition")
