"""Loops: state that nobody asks for, and state that would be overwritten before it is read."""

from dataclasses import replace

import numpy as np

from converters.graph import Graph, Node, Value
from converters.ops.builder import Builder
from converters.passes.rules import prune

_LOOP = "WHILE"


def without_idle_state(graph: Graph) -> Graph:
    """Every WHILE without the parts of its state that decide nothing which is read after it (the steps' results where only the
    last counts)."""
    graph = prune(graph)
    read = {value for node in graph.nodes for value in node.inputs} | set(graph.outputs)
    nodes = [_narrowed(node, read) if node.op == _LOOP else node for node in graph.nodes]
    return graph if nodes == graph.nodes else prune(replace(graph, nodes=nodes))


def _narrowed(node: Node, read: set[Value | None]) -> Node:
    cond: Graph = node.attrs["cond_subgraph_index"]
    body: Graph = node.attrs["body_subgraph_index"]
    asked = {value for inner in prune(cond).nodes for value in inner.inputs} | set(cond.outputs)
    kept = {i for i, result in enumerate(node.outputs) if result in read or cond.inputs[i] in asked}
    while True:
        wanted = tuple(body.outputs[i] for i in sorted(kept))
        inner = prune(Graph(body.name, body.inputs, wanted, body.nodes))
        reads = {value for n in inner.nodes for value in n.inputs} | set(wanted)
        more = {i for i, value in enumerate(body.inputs) if value in reads} - kept
        if not more:
            break
        kept |= more
    if len(kept) == len(node.outputs):
        return node
    order = sorted(kept)

    def part(values: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(values[i] for i in order)

    attrs = {
        **node.attrs,
        "cond_subgraph_index": replace(cond, inputs=part(cond.inputs)),
        "body_subgraph_index": replace(inner, inputs=part(body.inputs)),
    }
    operands = tuple(node.inputs[i] for i in order)
    return Node(node.op, operands, part(node.outputs), attrs, node.source)


def keep_state_apart(graph: Graph) -> Graph:
    """Every WHILE with a copy where its body hands on one part of its state as another.

    LiteRT's kernel copies the body's results into its inputs one after the other (while.cc): a part that stands there as it came
    would have been overwritten already.
    """
    nodes = []
    for node in graph.nodes:
        body = node.attrs.get("body_subgraph_index")
        apart = _apart(body) if isinstance(body, Graph) else body
        attrs = {**node.attrs, "body_subgraph_index": apart}
        changed = apart is not body
        nodes.append(Node(node.op, node.inputs, node.outputs, attrs, node.source) if changed else node)
    return replace(graph, nodes=nodes)


def _apart(body: Graph) -> Graph:
    place = {value: i for i, value in enumerate(body.inputs)}
    if all(place.get(value, i) == i for i, value in enumerate(body.outputs)):
        return body
    b = Builder()
    outputs = tuple(
        value if place.get(value, i) == i else _copied(b, value) for i, value in enumerate(body.outputs)
    )
    return Graph(body.name, body.inputs, outputs, [*body.nodes, *b.nodes])


def _copied(build: Builder, value: Value) -> Value:
    """`value` in another tensor: max(x, x) == x, or(x, x) == x."""
    return build(
        "LOGICAL_OR" if value.dtype == np.bool_ else "MAXIMUM", value, value, name=f"{value.name}/copy"
    )
