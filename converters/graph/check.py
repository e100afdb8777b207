"""The graph's invariants, checked after every pass."""

import numpy as np

from converters.graph.graph import Graph, Node, Value
from converters.graph.nested import subgraphs


class GraphError(Exception):
    """A pass broke the graph: a fault of this project, never of the user's model."""


def check(graph: Graph, after: str = "") -> Graph:
    """The graph itself, unchanged. Raises GraphError where a value is read before it is written, written twice, or
    a constant's data does not fit its type; where that holds in a subgraph (which reads nothing from outside), or a subgraph's
    inputs or outputs do not fit the node's."""
    known: set[Value] = set(graph.inputs)
    for node in graph.nodes:
        for value in node.inputs:
            if value is None:
                continue
            if value.is_constant:
                _check_constant(value, node, after)
            elif value not in known:
                raise GraphError(f"after {after}: {node.op} reads `{value.name}` before it is written")
        for value in node.outputs:
            if value in known:
                raise GraphError(f"after {after}: `{value.name}` is written twice ({node.op})")
            if value.is_constant:
                raise GraphError(f"after {after}: {node.op} writes the constant `{value.name}`")
            known.add(value)
        for inner in subgraphs(node):
            check(inner, after)
            _check_signature(node, inner, after)
    for value in graph.outputs:
        if value not in known and not value.is_constant:
            raise GraphError(f"after {after}: output `{value.name}` is never written")
    return graph


def _check_signature(node: Node, inner: Graph, after: str) -> None:
    """IF: condition, values → results; WHILE: values → values, its cond → bool."""
    given = node.inputs[1:] if node.op.endswith("IF") else node.inputs
    deciding = inner is node.attrs.get("cond_subgraph_index")
    for what, outside, inside in (
        ("takes", given, inner.inputs),
        ("gives", node.outputs, None if deciding else inner.outputs),
    ):
        if inside is None:
            continue
        types = [None if value is None else value.dtype for value in outside]
        if types != [value.dtype for value in inside]:
            raise GraphError(
                f"after {after}: `{inner.name}` of {node.op} {what} {list(inside)}, not {list(outside)}"
            )
    if deciding and [value.dtype for value in inner.outputs] != [np.dtype(bool)]:
        raise GraphError(
            f"after {after}: `{inner.name}` of {node.op} gives {list(inner.outputs)}, not one bool"
        )


def _check_constant(value: Value, node: Node, after: str) -> None:
    data = value.array
    if data.shape != value.shape or data.dtype != value.dtype:
        raise GraphError(
            f"after {after}: constant `{value.name}` of {node.op} says {value.dtype}{list(value.shape)}, "
            f"holds {data.dtype}{list(data.shape)}"
        )
