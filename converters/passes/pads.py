"""Padding folded into the window operator that follows, where SAME means exactly that padding."""

import numpy as np

from converters.graph import Node, Value
from converters.passes.rules import NO_PATTERN, Answer, Miss, View, rule


def same_pads(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """(before, after) that SAME means: the total that makes ceil(size / stride) windows, the odd one after."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _windows(node: Node) -> list[tuple[int, int, int]]:
    """(kernel, stride, dilation) of height and width."""
    attrs = node.attrs
    if node.op in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        kernel = node.input(1).shape[1:3]
        dilation = (attrs["dilation_h_factor"], attrs["dilation_w_factor"])
    else:
        kernel, dilation = (attrs["filter_height"], attrs["filter_width"]), (1, 1)
    return list(zip(kernel, (attrs["stride_h"], attrs["stride_w"]), dilation, strict=True))


def _is_same(pad: Node, window: Node) -> bool:
    rows = pad.input(1).array
    if rows[0].any() or rows[3].any():
        return False
    sizes = pad.input(0).shape[1:3]
    pairs = zip(sizes, _windows(window), rows[1:3], strict=True)
    return all(same_pads(size, *shape) == (int(row[0]), int(row[1])) for size, shape, row in pairs)


def _fold(node: Node, pad: Node, source: Value) -> Answer:
    if node.attrs["padding"] != "VALID":
        return Miss(f"{node.op} pads already")
    if not pad.input(1).is_constant or not _is_same(pad, node):
        return Miss(f"{pad.input(1).data} is not what SAME pads")
    return Node(
        node.op, (source, *node.inputs[1:]), node.outputs, {**node.attrs, "padding": "SAME"}, node.source
    )


@rule("fold_pad_into_conv", "CONV_2D", "DEPTHWISE_CONV_2D")
def fold_pad_into_conv(node: Node, view: View) -> Answer:
    """conv_valid(pad(x)) = conv_same(x) for zero padding of SAME's size."""
    pad = view.source(node.input(0), "PAD")
    return NO_PATTERN if pad is None else _fold(node, pad, pad.input(0))


@rule("fold_pad_into_max_pool", "MAX_POOL_2D")
def fold_pad_into_max_pool(node: Node, view: View) -> Answer:
    """max_pool_valid(pad(x, lowest)) = max_pool_same(x); zeros will do where a RELU came before."""
    pad = view.source(node.input(0), "PADV2", "PAD")
    if pad is None:
        return NO_PATTERN
    lowest = (
        pad.op == "PADV2"
        and pad.input(2).is_constant
        and bool(pad.input(2).array <= np.finfo(np.float32).min)
    )
    if not lowest and not (pad.op == "PAD" and _not_negative(pad.input(0), view)):
        return Miss("it is padded with a value that could be the maximum")
    return _fold(node, pad, pad.input(0))


@rule("pad_max_pool_with_zeros", "PADV2")
def pad_max_pool_with_zeros(node: Node, view: View) -> Answer:
    """max_pool(pad(x, lowest)) = max_pool(pad(x, 0)) where x is never negative; PAD runs where PADV2 does not."""
    if view.readers.get(node.output) != {"MAX_POOL_2D"} or node.output in view.outputs:
        return NO_PATTERN
    fill = node.input(2)
    if not fill.is_constant or bool(fill.array > 0) or not _not_negative(node.input(0), view):
        return Miss("the padding value could be the maximum, or zero could")
    return Node("PAD", node.inputs[:2], node.outputs, {}, node.source)


def _not_negative(value: Value, view: View) -> bool:
    node = view.producer.get(value)
    return node is not None and (
        node.op in ("RELU", "RELU6", "RELU_0_TO_1")
        or node.attrs.get("fused_activation_function") in ("RELU", "RELU6")
    )
