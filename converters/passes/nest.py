"""Concatenations that grow by appending: each starts from the one before it."""

from converters.graph import Graph, Node, Value

_Key = tuple[int, tuple[Value, ...]]


def nest_concatenations(graph: Graph) -> Graph:
    """`graph` with concat(a, b, c) as concat(concat(a, b), c) wherever concat(a, b) is made anyway.

    Densely connected networks join all earlier results again at every layer. The same bytes are written either way, but from two
    operands instead of dozens (XNNPACK takes up to five).
    """
    made: dict[_Key, Value] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        operands = tuple(value for value in node.inputs if value is not None)
        if (
            node.op != "CONCATENATION"
            or node.attrs["fused_activation_function"] != "NONE"
            or len(operands) != len(node.inputs)
        ):
            nodes.append(node)
            continue
        axis = int(node.attrs["axis"]) % node.output.rank
        inputs = operands
        for length in range(len(operands) - 1, 1, -1):
            prefix = made.get((axis, operands[:length]))
            if prefix is not None:
                inputs = (prefix, *operands[length:])
                break
        made.setdefault((axis, operands), node.output)
        nodes.append(
            node if inputs == operands else Node(node.op, inputs, node.outputs, node.attrs, node.source)
        )
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)
