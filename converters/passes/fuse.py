"""Fusing into the operator that computes: biases, scales, activations."""

import numpy as np
import numpy.typing as npt

from converters.graph import Node, Value, constant
from converters.passes.rules import NO_PATTERN, Answer, Miss, View, rule

LINEAR = {
    "CONV_2D": (1, 2, 0),
    "CONV_3D": (1, 2, 4),
    "DEPTHWISE_CONV_2D": (1, 2, 3),
    "FULLY_CONNECTED": (1, 2, 0),
    "TRANSPOSE_CONV": (1, 3, 0),
}
"""Operator → number of its weights operand, of its bias operand, and the weights' axis of output channels."""

_FUSED = frozenset({"RELU", "RELU6", "RELU_N1_TO_1"})
_FUSING = (*LINEAR, "ADD", "SUB", "MUL", "DIV", "MAX_POOL_2D", "AVERAGE_POOL_2D")


def per_channel(value: Value, result: Value) -> npt.NDArray[np.float32] | None:
    """A constant's value for each index of the result's last axis, if it is the same everywhere else."""
    if value.data is None or value.rank > result.rank:
        return None
    if value.elements == 1:
        return np.full(result.shape[-1:], value.data.reshape(-1)[0], value.dtype)
    if value.shape[-1:] == result.shape[-1:] and value.elements == result.shape[-1]:
        return value.data.reshape(-1)
    return None


def _linear_operand(node: Node, view: View, swap: bool = True) -> tuple[Node, Value] | None:
    """(linear node, the other operand) of a two-operand anchor."""
    for index in (0, 1) if swap else (0,):
        producer = view.source(node.inputs[index], *LINEAR)
        other = node.input(1 - index)
        if producer is not None and other.is_constant:
            return producer, other
    return None


def _refused(linear: Node, view: View, through: tuple[str, ...] = ()) -> Miss | None:
    """Why nothing can be folded into `linear`; `through` are fused activations that do not hinder it."""
    if _activation(linear) not in ("NONE", *through):
        return Miss(f"{linear.op} already has a fused activation")
    if not view.only_use(linear.output):
        return Miss(f"the result of {linear.op} is read elsewhere too")
    weights, _, _ = LINEAR[linear.op]
    if not linear.input(weights).is_constant or linear.input(weights).dtype != np.float32:
        return Miss(f"the weights of {linear.op} are not constant float32")
    return None


def _activation(node: Node) -> str:
    return str(node.attrs.get("fused_activation_function", "NONE"))


def _bias(linear: Node) -> npt.NDArray[np.float32] | None:
    """The bias (zeros where there is none); None where it is computed."""
    weights, slot, axis = LINEAR[linear.op]
    value = linear.inputs[slot] if slot < len(linear.inputs) else None
    if value is None:
        return np.zeros(linear.input(weights).shape[axis], np.float32)
    return value.data


def _with(
    linear: Node, anchor: Node, weights: npt.NDArray[np.float32] | None, bias: npt.NDArray[np.float32]
) -> Node:
    """`linear` with new weights and bias, writing the anchor's result, with the anchor's activation (or its own where that has none)."""
    at, slot, _ = LINEAR[linear.op]
    operands = list(linear.inputs) + [None] * (slot + 1 - len(linear.inputs))
    if weights is not None:
        operands[at] = constant(weights, linear.input(at).name)
    operands[slot] = constant(bias.astype(np.float32))
    activation = _activation(linear) if _activation(anchor) == "NONE" else _activation(anchor)
    attrs = {**linear.attrs, "fused_activation_function": activation}
    return Node(linear.op, tuple(operands), anchor.outputs, attrs, anchor.source)


@rule("fold_bias", "ADD", "SUB")
def fold_bias(node: Node, view: View) -> Answer:
    """linear(x) ± c = linear(x) with bias ± c, for c the same at every position."""
    found = _linear_operand(node, view, swap=node.op == "ADD")
    if found is None:
        return NO_PATTERN
    linear, other = found
    offset, bias = per_channel(other, node.output), _bias(linear)
    refused = _refused(linear, view)
    if refused is not None:
        return refused
    if offset is None or bias is None or node.output.shape != linear.output.shape:
        return Miss("the constant differs from position to position")
    return _with(linear, node, None, bias + (offset if node.op == "ADD" else -offset))


@rule("fold_scale", "MUL")
def fold_scale(node: Node, view: View) -> Answer:
    """linear(x) * c = linear with weights and bias times c, for c the same at every position; for c ≥ 0 also relu(linear(x)) * c."""
    found = _linear_operand(node, view)
    if found is None:
        return NO_PATTERN
    linear, other = found
    factor, bias = per_channel(other, node.output), _bias(linear)
    homogeneous = factor is not None and bool((factor >= 0).all()) and _activation(node) in ("NONE", "RELU")
    refused = _refused(linear, view, ("RELU",) if homogeneous else ())
    if refused is not None:
        return refused
    if factor is None or bias is None or node.output.shape != linear.output.shape:
        return Miss("the constant differs from position to position")
    at, _, axis = LINEAR[linear.op]
    weights = linear.input(at).array
    shape = [1] * weights.ndim
    shape[axis] = -1
    return _with(linear, node, (weights * factor.reshape(shape)).astype(np.float32), bias * factor)


@rule("fuse_activation", *_FUSED)
def fuse_activation(node: Node, view: View) -> Answer:
    """relu(f(x)) = f with a fused relu."""
    producer = view.source(node.input(0), *_FUSING)
    if producer is None:
        return NO_PATTERN
    if producer.attrs.get("fused_activation_function", "NONE") != "NONE":
        return Miss(f"{producer.op} already has a fused activation")
    if not view.only_use(producer.output):
        return Miss(f"the result of {producer.op} is read elsewhere too")
    if producer.output.dtype != np.float32:
        return Miss(f"{producer.op} computes {producer.output.dtype}")
    attrs = {**producer.attrs, "fused_activation_function": node.op}
    return Node(producer.op, producer.inputs, node.outputs, attrs, node.source)
