"""Graphs inside graphs: the options of control flow. A subgraph sees nothing but its own inputs and constants."""

from collections.abc import Callable, Iterator

from converters.graph.graph import Graph, Node


def subgraphs(node: Node) -> list[Graph]:
    """The graphs among the options of `node`."""
    return [value for value in node.attrs.values() if isinstance(value, Graph)]


def all_graphs(graph: Graph) -> Iterator[Graph]:
    """`graph` and every graph inside it, once each, outer ones first."""
    seen = {graph}
    waiting = [graph]
    while waiting:
        current = waiting.pop(0)
        yield current
        for node in current.nodes:
            for inner in subgraphs(node):
                if inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)


def with_subgraphs(graph: Graph, change: Callable[[Graph], Graph]) -> Graph:
    """`graph` with `change` applied to the graphs among its nodes' options (not to those inside them); itself where it has none."""
    if not any(subgraphs(node) for node in graph.nodes):
        return graph
    changed: dict[Graph, Graph] = {}
    nodes = []
    for node in graph.nodes:
        inner = subgraphs(node)
        changed.update({g: change(g) for g in inner if g not in changed})
        attrs = {key: changed[v] if isinstance(v, Graph) else v for key, v in node.attrs.items()}
        nodes.append(Node(node.op, node.inputs, node.outputs, attrs, node.source) if inner else node)
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)
