"""QUANTIZE goes before what only moves elements, next to the operator whose result it rounds."""

from dataclasses import replace

import numpy as np

from converters.graph import Graph, Node, Value
from converters.passes.integer.forms import quantize

MOVING = {
    **dict.fromkeys(
        ("RESHAPE", "TRANSPOSE", "SLICE", "STRIDED_SLICE", "PAD", "TILE", "GATHER", "SPLIT_V"), 0
    ),
    **dict.fromkeys(("MAX_POOL_2D", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH", "RESIZE_NEAREST_NEIGHBOR"), 0),
    "SPLIT": 1,
}
"""Operators that give elements of their operand (zeros among them), on any grid → the operand."""


def raise_quantize(graph: Graph) -> Graph:
    """quantize(move(x)) = move(quantize(x)), wherever the move has one result and the QUANTIZE is its only reader."""
    while True:
        producers, consumers = graph.producers(), graph.consumers()
        swapped: dict[Node, list[Node]] = {}
        for node in graph.nodes:
            move = producers.get(node.input(0)) if node.op == "QUANTIZE" else None
            if move is None or move.op not in MOVING or len(move.outputs) > 1 or move in swapped:
                continue
            x = move.input(MOVING[move.op])
            if len(consumers[move.output]) > 1 or move.output in graph.outputs or x.data is not None:
                continue
            grid = node.output.quantization
            small = Value(f"{x.name}/quantized", x.shape, np.dtype(np.int8), quantization=grid)
            inputs = tuple(small if value is x else value for value in move.inputs)
            swapped[move] = [quantize(x, small, node.source)]
            swapped[node] = [Node(move.op, inputs, node.outputs, move.attrs, move.source)]
        if not swapped:
            return graph
        nodes = [new for node in graph.nodes for new in swapped.get(node, [node])]
        graph = replace(graph, nodes=nodes)
