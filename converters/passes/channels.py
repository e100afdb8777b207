"""Channel permutations dissolved into the weights of the operator before them."""

import numpy as np

from converters.graph import Node, constant
from converters.passes.fuse import LINEAR
from converters.passes.rules import NO_PATTERN, Answer, Miss, View, rule


@rule("gather_into_weights", "GATHER")
def gather_into_weights(node: Node, view: View) -> Answer:
    """gather(linear(x), i) over the output channels = linear with its weights' channels gathered."""
    linear = view.source(node.input(0), *LINEAR)
    if linear is None:
        return NO_PATTERN
    indices = node.input(1)
    at, slot, axis = LINEAR[linear.op]
    if indices.data is None or indices.rank != 1 or int(node.attrs["axis"]) != linear.output.rank - 1:
        return Miss("it does not choose among the channels")
    if (
        linear.op == "DEPTHWISE_CONV_2D"
        or not view.only_use(linear.output)
        or not linear.input(at).is_constant
    ):
        return Miss(f"{linear.op} does not have its output channels to itself")
    if linear.op == "TRANSPOSE_CONV" and indices.elements != linear.output.shape[-1]:
        return Miss("TRANSPOSE_CONV states its result's shape")
    operands = list(linear.inputs)
    operands[at] = constant(np.take(linear.input(at).array, indices.data, axis), linear.input(at).name)
    if slot < len(operands) and operands[slot] is not None:
        operands[slot] = constant(np.take(linear.input(slot).array, indices.data))
    return Node(linear.op, tuple(operands), node.outputs, linear.attrs, node.source)
