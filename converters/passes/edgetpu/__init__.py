"""Writing a float32 graph in the forms that the Edge TPU's compiler maps, before it is quantized.

Every rewriting computes the same (GELU's error function alone is approximated, to 5e-4); what has no such form stays, and the forecast
says so. The forms and why are `converters/edgetpu/rules.yaml`'s.
"""

from converters.graph import Graph, Node, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.edgetpu import activations, linear, shapes, windows
from converters.passes.edgetpu.expansion import Expansion
from converters.passes.edgetpu.shuffles import picked_channels

EXPANSIONS: dict[str, Expansion] = {
    "LEAKY_RELU": activations.leaky_relu,
    "HARD_SWISH": activations.hard_swish,
    "PRELU": activations.prelu,
    "GELU": activations.gelu,
    "RELU_0_TO_1": activations.relu_0_to_1,
    "ABS": activations.absolute,
    "NEG": activations.negative,
    "SQUARE": activations.square,
    "DIV": activations.divided_by_constant,
    "AVERAGE_POOL_2D": windows.without_activation,
    "MAX_POOL_2D": windows.without_activation,
    "CONCATENATION": shapes.padded_with_zeros,
    "MEAN": windows.mean,
    "PADV2": shapes.pad,
    "MIRROR_PAD": shapes.mirrored,
    "STRIDED_SLICE": windows.strided,
    "SPLIT_V": shapes.sliced,
    "UNPACK": shapes.unpacked,
    "GATHER": shapes.gathered,
    "DEPTH_TO_SPACE": linear.depth_to_space,
    "RESIZE_BILINEAR": windows.broadcast_pixel,
    "CONV_2D": linear.grouped,
    "FULLY_CONNECTED": linear.rows_as_convolution,
    "TRANSPOSE_CONV": linear.without_activation,
}
"""Operator → the function that writes it in other ones, or answers None where it may stay as it is."""


def for_edgetpu(graph: Graph) -> Graph:
    """`graph` in the compiler's forms. Raises ValueError for a shape that is only known at run time."""
    for value in graph.values():
        if min(value.shape, default=1) < 0:
            raise ValueError(f"the shape {list(value.shape)} of `{value.name}` is only known at run time")
    nodes: list[Node] = []
    for node in picked_channels(graph).nodes:
        nodes += _expanded(node)
    return check(Graph(graph.name, graph.inputs, graph.outputs, nodes), "the Edge TPU's forms")


def _expanded(node: Node) -> list[Node]:
    """`node`, or the nodes that write its results in other forms."""
    expansion = EXPANSIONS.get(node.op)
    builder = Builder()
    with builder.source(node.source or node.output.name):
        made = expansion(node, builder) if expansion is not None else None
    if made is None:
        return [node]
    renamed: dict[Value, Value] = dict(zip(made, node.outputs, strict=True))
    return [
        Node(
            one.op,
            tuple(renamed.get(value, value) if value is not None else None for value in one.inputs),
            tuple(renamed.get(value, value) for value in one.outputs),
            one.attrs,
            one.source,
        )
        for one in builder.nodes
    ]
