"""The operator version that a runtime must know to run a node.

Source: tensorflow/lite/tools/versioning/op_version.cc (the same rules in LiteRT). Where no rule is listed the first version will do.
"""

from collections.abc import Callable

import numpy as np

from converters.graph import Node

_INT8 = np.dtype(np.int8)
_INT16 = np.dtype(np.int16)


def version_of(node: Node) -> int:
    """The lowest version whose rules cover the node's operand types and options."""
    return _RULES.get(node.op, _by_dtype)(node)


def _by_dtype(node: Node) -> int:
    """Most operators: 1 for float, 2 for int8, 3 for int16."""
    return _stepped(node, 2, 3) if node.op in _STEPPED else 1


def _stepped(node: Node, int8: int, int16: int, default: int = 1) -> int:
    kinds = {value.dtype for value in node.inputs if value is not None}
    return int16 if _INT16 in kinds else int8 if _INT8 in kinds else default


_STEPPED = frozenset(
    {
        "AVERAGE_POOL_2D",
        "MAX_POOL_2D",
        "CONCATENATION",
        "ADD",
        "SUB",
        "MUL",
        "LOGISTIC",
        "TANH",
        "SOFTMAX",
        "MEAN",
        "SUM",
        "MAXIMUM",
        "MINIMUM",
        "PAD",
        "PADV2",
        "RELU",
        "RELU6",
        "SLICE",
        "SPLIT",
        "STRIDED_SLICE",
        "TRANSPOSE",
        "REDUCE_MAX",
        "REDUCE_MIN",
        "L2_NORMALIZATION",
        "LOG_SOFTMAX",
        "SPACE_TO_DEPTH",
        "DEPTH_TO_SPACE",
        "SPLIT_V",
        "PACK",
        "UNPACK",
        "GATHER",
        "TILE",
        "QUANTIZE",
        "DEQUANTIZE",
        "LEAKY_RELU",
    }
)


def _conv_2d(node: Node) -> int:
    if node.input(1).shape[3] != node.input(0).shape[3]:
        return 6
    x, weights = node.input(0).dtype, node.input(1).dtype
    if x == np.float32 and weights == _INT8:
        return 5 if _per_channel(node) else 2
    return 4 if x == _INT16 else 3 if x == _INT8 else 1


def _depthwise(node: Node) -> int:
    x, weights = node.input(0).dtype, node.input(1).dtype
    dilated = (node.attrs.get("dilation_w_factor", 1), node.attrs.get("dilation_h_factor", 1)) != (1, 1)
    if x == np.float32 and weights == _INT8:
        return 6 if _per_channel(node) else 4
    return 5 if x == _INT16 else 3 if x == _INT8 else 2 if dilated else 1


def _per_channel(node: Node) -> bool:
    quantization = node.input(1).quantization
    return quantization is not None and len(quantization.scale) > 1


def _fully_connected(node: Node) -> int:
    x, weights = node.input(0).dtype, node.input(1).dtype
    bias = len(node.inputs) > 2 and node.inputs[2] is not None
    if x == _INT16:
        return 7
    if x == _INT8 and weights == _INT8:
        return 4
    if x == np.float32 and weights == _INT8:
        return 12 if _per_channel(node) else 9 if node.attrs.get("asymmetric_quantize_inputs") else 3
    return 6 if not bias else 5 if node.attrs.get("keep_num_dims") else 1


def _transpose_conv(node: Node) -> int:
    if node.attrs.get("fused_activation_function", "NONE") != "NONE":
        return 4
    bias = len(node.inputs) > 3 and node.inputs[3] is not None
    return 3 if bias else 2 if node.input(2).dtype == _INT8 else 1


def _resize(node: Node) -> int:
    if node.input(0).dtype == _INT16:
        return 4
    if node.attrs.get("half_pixel_centers"):
        return 3
    return 2 if node.input(0).dtype == _INT8 else 1


def _batch_matmul(node: Node) -> int:
    return _stepped(node, 2, 3)


def _high_rank(limit: int, version: int) -> Callable[[Node], int]:
    def rule(node: Node) -> int:
        wide = max((v.rank for v in node.inputs if v is not None), default=0) > limit
        return max(version if wide else 1, _by_dtype(node))

    return rule


def _dequantize(node: Node) -> int:
    return {np.dtype(np.float16): 3, _INT16: 3, _INT8: 2}.get(node.input(0).dtype, 1)


def _broadcast_to(node: Node) -> int:
    return 3 if node.input(0).dtype == _INT16 else 2


_RULES: dict[str, Callable[[Node], int]] = {
    "BROADCAST_TO": _broadcast_to,
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _fully_connected,
    "TRANSPOSE_CONV": _transpose_conv,
    "RESIZE_BILINEAR": _resize,
    "RESIZE_NEAREST_NEIGHBOR": _resize,
    "BATCH_MATMUL": _batch_matmul,
    "DEQUANTIZE": _dequantize,
    "TRANSPOSE": _high_rank(4, 6),
    "SLICE": _high_rank(4, 5),
    "STRIDED_SLICE": _high_rank(4, 4),
    "ADD": _high_rank(4, 1),
}
