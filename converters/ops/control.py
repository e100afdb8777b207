"""Control flow: operators whose options are graphs.

A subgraph sees nothing but its own inputs and constants; what it reads from outside is handed in as an operand.
"""

from converters.graph import Graph, Value
from converters.ops.spec import Inferred, op


def join(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that both are instances of."""
    if len(first) != len(second):
        raise ValueError(f"results of the shapes {first} and {second} under one name")
    return tuple(a if a == b else -1 for a, b in zip(first, second, strict=True))


def _taken(values: tuple[Value, ...], graph: Graph, what: str) -> None:
    """Raises ValueError where `graph` does not take these values."""
    if [v.dtype for v in values] != [v.dtype for v in graph.inputs]:
        raise ValueError(f"{what} takes {list(graph.inputs)}, it is given {list(values)}")
    for value, port in zip(values, graph.inputs, strict=True):
        join(value.shape, port.shape)


@op("IF", options="IfOptions")
def if_(condition: Value, *values: Value, then_subgraph_index: Graph, else_subgraph_index: Graph) -> Inferred:
    """One of two subgraphs of the same inputs (`values`) and outputs, as `condition` (bool, one element) says."""
    for what, graph in (("then", then_subgraph_index), ("else", else_subgraph_index)):
        _taken(values, graph, what)
    return [
        (join(a.shape, b.shape), a.dtype)
        for a, b in zip(then_subgraph_index.outputs, else_subgraph_index.outputs, strict=True)
    ]


@op("WHILE", options="WhileOptions")
def while_(*values: Value, cond_subgraph_index: Graph, body_subgraph_index: Graph) -> Inferred:
    """values = body(values) while cond(values), which is bool of one element. A dimension that the body changes is open."""
    for what, graph in (("cond", cond_subgraph_index), ("body", body_subgraph_index)):
        _taken(values, graph, what)
    _taken(body_subgraph_index.outputs, cond_subgraph_index, "cond")
    return [
        (join(value.shape, result.shape), value.dtype)
        for value, result in zip(values, body_subgraph_index.outputs, strict=True)
    ]
