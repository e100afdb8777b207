"""Linear layers along the axis before the last (token mixing), without turning the data: fc(xᵀ)ᵀ = W · x."""

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.layout.problem import constant_permutation, is_transpose
from converters.ops.builder import Builder
from converters.ops.elementwise import elementwise
from converters.ops.spec import spec_of
from converters.passes.rules import prune

_LINEAR = "FULLY_CONNECTED"


def multiply_from_the_left(graph: Graph) -> Graph:
    """`graph` with every stretch between two swaps of the last axes, where it is linear or elementwise, done on the data as it lies.

    A FULLY_CONNECTED in it becomes BATCH_MATMUL with the weights on the left, its bias an addition along the rows.
    """
    consumers, outputs = graph.consumers(), frozenset(graph.outputs)
    taken: dict[Node, bool] = {}
    for node in graph.nodes:
        if _swaps(node) and not node.input(0).is_constant:
            taken |= dict.fromkeys(_stretch(node, consumers, outputs), True)
    if not taken:
        return graph
    builder, lying = Builder(), dict[Value, Value]()
    for node in graph.nodes:
        if node not in taken:
            builder.nodes.append(node.reading(lying))
        elif is_transpose(node):
            # Into the stretch: what lies there is the operand itself. Out of it: the result is what lies there.
            source = lying.get(node.input(0))
            if source is None:
                lying[node.output] = node.input(0)
            else:
                lying[node.output] = source
        else:
            with builder.source(node.source):
                lying[node.output] = _laid(builder, node, lying)
    results = tuple(lying.get(value, value) for value in graph.outputs)
    return prune(Graph(graph.name, graph.inputs, results, builder.nodes))


def _swaps(node: Node) -> bool:
    rank = node.output.rank
    return (
        is_transpose(node)
        and rank >= 3
        and constant_permutation(node) == (*range(rank - 2), rank - 1, rank - 2)
    )


def _stretch(start: Node, consumers: dict[Value, list[Node]], outputs: frozenset[Value]) -> set[Node]:
    """`start`, the operators behind it and the swaps that end it; none where another operator reads or an output is any of it."""
    values, pending, nodes, linear = {start.output}, [start.output], {start}, False
    while pending:
        value = pending.pop()
        if value in outputs:
            return set()
        for node in consumers.get(value, []):
            if node in nodes:
                continue
            if not _swaps(node):
                if not _fits(node):
                    return set()
                values.add(node.output)
                pending.append(node.output)
                linear = linear or node.op == _LINEAR
            nodes.add(node)
    inner = [node for node in nodes if node is not start and not is_transpose(node)]
    closed = all(v in values or v.is_constant for node in inner for v in node.inputs if v is not None)
    return nodes if linear and closed and any(is_transpose(node) for node in nodes - {start}) else set()


def _fits(node: Node) -> bool:
    if node.op == _LINEAR:
        bias = node.inputs[2] if len(node.inputs) > 2 else None
        plain = node.attrs["fused_activation_function"] in ("NONE", "RELU", "RELU6")
        constants = node.input(1).is_constant and (bias is None or bias.is_constant)
        return plain and bool(node.attrs["keep_num_dims"]) and constants and node.output.dtype == np.float32
    spec = spec_of(node)
    ranks = {value.rank for value in node.inputs if value is not None and not value.is_constant}
    return (
        spec is not None
        and spec.equation is elementwise
        and node.op != "PRELU"
        and ranks == {node.output.rank}
    )


def _laid(builder: Builder, node: Node, lying: dict[Value, Value]) -> Value:
    if node.op == _LINEAR:
        x, weights = lying[node.input(0)], node.input(1).array
        bias = node.inputs[2] if len(node.inputs) > 2 else None
        activation = str(node.attrs["fused_activation_function"])
        left = weights.reshape((1,) * (x.rank - 2) + weights.shape)
        product = builder("BATCH_MATMUL", left, x)
        if bias is None and activation == "NONE":
            return product
        offset = np.zeros(1, np.float32) if bias is None else bias.array.reshape(-1, 1)
        return builder("ADD", product, offset, fused_activation_function=activation)
    inputs = [
        None if value is None else _constant(value, node.output.rank) if value.is_constant else lying[value]
        for value in node.inputs
    ]
    return builder(node.op, *inputs, **node.attrs)


def _constant(value: Value, rank: int) -> Value:
    """A broadcast constant with its last two axes swapped."""
    if value.elements == 1 or value.rank == 0:
        return value
    full = value.array.reshape((1,) * max(2 - value.rank, 0) + value.shape)
    return constant(np.ascontiguousarray(full.swapaxes(-1, -2)), value.name)
