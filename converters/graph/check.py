"""The graph's invariants, checked after every pass."""

from converters.graph.graph import Graph, Node, Value


class GraphError(Exception):
    """A pass broke the graph: a fault of this project, never of the user's model."""


def check(graph: Graph, after: str = "") -> Graph:
    """The graph itself, unchanged. Raises GraphError where a value is read before it is written, written twice, or
    a constant's data does not fit its type."""
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
    for value in graph.outputs:
        if value not in known and not value.is_constant:
            raise GraphError(f"after {after}: output `{value.name}` is never written")
    return graph


def _check_constant(value: Value, node: Node, after: str) -> None:
    data = value.array
    if data.shape != value.shape or data.dtype != value.dtype:
        raise GraphError(
            f"after {after}: constant `{value.name}` of {node.op} says {value.dtype}{list(value.shape)}, "
            f"holds {data.dtype}{list(data.shape)}"
        )
