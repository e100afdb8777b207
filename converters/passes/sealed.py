"""Nodes that read or write a shape which only the run knows are sealed: no rule and no layout touches them.

Rules and layout equations reason with sizes. A node with a dimension of -1 takes part as an operator that nobody knows, in the place
where it stands, and gets its name back at the end; everything around it is free.
"""

from dataclasses import replace

from converters.graph import Graph, Node

_SEAL = "SEALED:"


def _open(node: Node) -> bool:
    return any(value is not None and -1 in value.shape for value in (*node.inputs, *node.outputs))


def seal(graph: Graph) -> Graph:
    """`graph` with every node of unknown dimensions under a name that no table has."""
    if not any(map(_open, graph.nodes)):
        return graph
    return replace(graph, nodes=[_named(n, _SEAL + n.op) if _open(n) else n for n in graph.nodes])


def unseal(graph: Graph) -> Graph:
    """The reverse of `seal`."""
    if not any(node.op.startswith(_SEAL) for node in graph.nodes):
        return graph
    return replace(graph, nodes=[_named(n, n.op.removeprefix(_SEAL)) for n in graph.nodes])


def _named(node: Node, op: str) -> Node:
    return node if node.op == op else Node(op, node.inputs, node.outputs, node.attrs, node.source)
