"""Scales and offsets before a linear operator, folded into it: what a normalisation's weights come to."""

import numpy as np

from converters.graph import Node, Value, constant
from converters.passes.fuse import per_channel
from converters.passes.rules import NO_PATTERN, Answer, Miss, View, rule

_DENSE = ("FULLY_CONNECTED", "CONV_2D")
"""Operators whose weights (operand 1) have the input channels last; operand 2 is the bias."""


def _constant_operand(node: Node) -> tuple[Value, Value] | None:
    """(the data, the constant) of a commutative operator with no activation of its own."""
    if node.attrs.get("fused_activation_function", "NONE") != "NONE" or node.output.dtype != np.float32:
        return None
    for index in (0, 1):
        x, other = node.input(1 - index), node.input(index)
        if other.is_constant and not x.is_constant and x.shape == node.output.shape:
            return x, other
    return None


def _refused(node: Node, before: Node, view: View) -> Miss | None:
    weights, x = node.input(1), node.input(0)
    if not view.readers.get(before.output, set()) <= set(_DENSE) or before.output in view.outputs:
        return Miss(f"the result of {before.op} is read by more than linear operators, and stays anyway")
    if not weights.is_constant or weights.dtype != np.float32 or view.uses[weights] != 1:
        return Miss(f"the weights of {node.op} are not its own constant float32")
    if weights.shape[-1] != x.shape[-1]:
        return Miss(f"{node.op} works in groups or flattens")
    return None


@rule("fold_scale_before", *_DENSE)
def fold_scale_before(node: Node, view: View) -> Answer:
    """linear(x * c) = linear with its weights' input channels times c, for c the same at every position."""
    scale = view.source(node.input(0), "MUL")
    found = _constant_operand(scale) if scale is not None else None
    if scale is None or found is None:
        return NO_PATTERN
    refused = _refused(node, scale, view)
    if refused is not None:
        return refused
    factor = per_channel(found[1], scale.output)
    if factor is None:
        return Miss("the constant differs from position to position")
    weights = constant((node.input(1).array * factor).astype(np.float32), node.input(1).name)
    return Node(node.op, (found[0], weights, *node.inputs[2:]), node.outputs, node.attrs, node.source)


@rule("fold_offset_before", *_DENSE)
def fold_offset_before(node: Node, view: View) -> Answer:
    """linear(x + c) = linear(x) with weights · c in its bias, for c the same at every position and nothing padded."""
    shift = view.source(node.input(0), "ADD")
    found = _constant_operand(shift) if shift is not None else None
    if shift is None or found is None:
        return NO_PATTERN
    refused = _refused(node, shift, view)
    if refused is not None:
        return refused
    offset, old = per_channel(found[1], shift.output), node.inputs[2] if len(node.inputs) > 2 else None
    if offset is None or (old is not None and not old.is_constant):
        return Miss("the constant differs from position to position, or the bias is computed")
    weights = node.input(1)
    if node.op == "CONV_2D" and node.attrs["padding"] != "VALID" and weights.shape[1:3] != (1, 1):
        return Miss("it pads with zeros, not with the offset")
    more = (weights.array.astype(np.float64) * offset).reshape(weights.shape[0], -1).sum(axis=1)
    bias = constant((more if old is None else more + old.array).astype(np.float32))
    return Node(node.op, (found[0], weights, bias), node.outputs, node.attrs, node.source)


@rule("merge_scales", "MUL", "ADD")
def merge_scales(node: Node, view: View) -> Answer:
    """(x * a) * b = x * (a * b) and (x + a) + b = x + (a + b), for constants a and b."""
    outer = _constant_operand(Node(node.op, node.inputs, node.outputs, {}, node.source))
    inner = view.source(outer[0], node.op) if outer is not None else None
    found = _constant_operand(inner) if inner is not None else None
    if outer is None or inner is None or found is None:
        return NO_PATTERN
    if not view.only_use(inner.output):
        return Miss(f"the first {node.op} is read elsewhere too")
    a, b = found[1].array, outer[1].array
    both = a * b if node.op == "MUL" else a + b
    if both.size > max(a.size, b.size):
        return Miss("the two constants together are larger than either")
    return Node(node.op, (found[0], constant(both.astype(np.float32))), node.outputs, node.attrs, node.source)
