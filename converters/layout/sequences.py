"""Outputs of three axes that are channels over time, not rows of features: those that a convolution over one axis writes."""

from converters.graph import Graph, Node, Value
from converters.layout.problem import is_transpose
from converters.ops.elementwise import elementwise
from converters.ops.spec import spec_of

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")


def convolved_sequences(graph: Graph) -> list[Value]:
    """The outputs N C L that come out of a convolution, through operators that work on each element alone."""
    producers = graph.producers()
    return [value for value in graph.outputs if value.rank == 3 and _is_convolved(value, producers)]


def _is_convolved(value: Value, producers: dict[Value, Node]) -> bool:
    pending, seen = [value], {value}
    while pending:
        node = producers.get(pending.pop())
        if node is None:
            continue
        if node.op == "RESHAPE":
            if _drops_the_height(node, producers):
                return True
            continue
        spec = spec_of(node)
        if spec is None or spec.equation is not elementwise:
            continue
        fresh = [
            one for one in node.inputs if one is not None and one.shape == value.shape and one not in seen
        ]
        pending += fresh
        seen.update(fresh)
    return False


def _drops_the_height(node: Node, producers: dict[Value, Node]) -> bool:
    """Whether N C 1 L, turned back from a convolution's N 1 L C, becomes N C L here."""
    turned = producers.get(node.input(0))
    if turned is None or not is_transpose(turned) or turned.output.rank != 4:
        return False
    n, c, h, length = turned.output.shape
    source = producers.get(turned.input(0))
    return (
        h == 1 and node.output.shape == (n, c, length) and source is not None and source.op in _CONVOLUTIONS
    )
