"""The beauty of a graph in numbers, what is inside its control flow counted once."""

import math
from collections import Counter

from converters.graph.graph import Graph, Node
from converters.graph.nested import all_graphs


def operator_histogram(graph: Graph) -> dict[str, int]:
    """Operator → how often, most frequent first."""
    counts = Counter(node.op for inner in all_graphs(graph) for node in inner.nodes)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def transposed_bytes(graph: Graph) -> int:
    """Bytes that TRANSPOSE operators move."""
    nodes = (node for inner in all_graphs(graph) for node in inner.nodes)
    return sum(node.input(0).nbytes for node in nodes if node.op == "TRANSPOSE")


def parameters(graph: Graph) -> int:
    """Elements of the floating-point (or quantized) constants, shared ones counted once."""
    constants = {value: None for inner in all_graphs(graph) for value in inner.constants()}
    return sum(value.elements for value in constants if value.dtype.kind == "f" or value.quantization)


def flops(graph: Graph) -> int:
    """Floating-point operations of one inference, a multiply-add counted as two; what moves data counts nothing.

    A loop's body counts once: how often it runs is not in the graph."""
    return sum(_flops(node) for inner in all_graphs(graph) for node in inner.nodes)


_FREE = frozenset(
    {
        "RESHAPE",
        "TRANSPOSE",
        "SLICE",
        "STRIDED_SLICE",
        "CONCATENATION",
        "PAD",
        "PADV2",
        "MIRROR_PAD",
        "GATHER",
        "SPLIT",
    }
    | {
        "SPLIT_V",
        "TILE",
        "CAST",
        "DEQUANTIZE",
        "QUANTIZE",
        "DEPTH_TO_SPACE",
        "SPACE_TO_DEPTH",
        "PACK",
        "UNPACK",
        "SHAPE",
        "IF",
        "WHILE",
        "DYNAMIC_UPDATE_SLICE",
    }
)


def _flops(node: Node) -> int:
    out = node.output.elements
    if node.op in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        kernel = node.input(1).shape
        depth = kernel[3] if node.op == "CONV_2D" else 1
        return 2 * out * kernel[1] * kernel[2] * depth
    if node.op == "CONV_3D":
        return 2 * out * math.prod(node.input(1).shape[:4])
    if node.op == "TRANSPOSE_CONV":
        return 2 * node.input(2).elements * math.prod(node.input(1).shape[:3])
    if node.op == "CONV_3D_TRANSPOSE":
        return 2 * node.input(2).elements * math.prod(node.input(1).shape[:4])
    if node.op == "FULLY_CONNECTED":
        return 2 * out * node.input(1).shape[1]
    if node.op == "BATCH_MATMUL":
        return 2 * out * node.input(0).shape[-2 if node.attrs.get("adj_x") else -1]
    if node.op in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
        return out * int(node.attrs["filter_height"]) * int(node.attrs["filter_width"])
    if node.op in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"):
        return node.input(0).elements
    return 0 if node.op in _FREE else out
