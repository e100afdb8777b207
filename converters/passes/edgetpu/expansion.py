"""What an expansion is: a function that writes one operator in other ones."""

from collections.abc import Callable

from converters.graph import Attr, Node, Value
from converters.ops.builder import Builder
from converters.ops.spec import OPS

Results = tuple[Value, ...]
Expansion = Callable[[Node, Builder], Results | None]
"""Builds the same results, each by a node of its own; None leaves the node as it is."""


def activated(b: Builder, value: Value, node: Node) -> Value:
    """`value` through the node's fused activation, as an operator of its own."""
    activation = str(node.attrs.get("fused_activation_function", "NONE"))
    return value if activation == "NONE" else b(activation, value)


def options(node: Node, op: str, **changed: Attr) -> dict[str, Attr]:
    """Those of the node's options that `op` has too, some of them changed."""
    return {key: value for key, value in node.attrs.items() if key in OPS[op].defaults} | changed


def plain(node: Node) -> dict[str, Attr]:
    """The node's options without a fused activation."""
    return options(node, node.op, fused_activation_function="NONE")
