"""Convolutions and products."""

import math

import numpy as np

from converters.graph import Node, constant
from converters.ops.builder import Builder
from converters.passes.edgetpu.expansion import Results, activated, options, plain

_WIDEST = 1024
"""Channels up to which a permutation of channels may cost weights, one a pair."""


def grouped(node: Node, b: Builder) -> Results | None:
    """conv(x) in g groups = concat(conv_1(x_1) … conv_g(x_g)); one channel a group is a depthwise convolution.

    Groups came with version 6 of CONV_2D, which the compiler cannot read.
    """
    x, weights = node.input(0), node.input(1)
    groups = x.shape[3] // weights.shape[3]
    if groups == 1 or weights.data is None:
        return None
    out = weights.shape[0] // groups
    given = node.inputs[2] if len(node.inputs) > 2 else None
    bias = constant(np.zeros(weights.shape[0], np.float32)) if given is None else given
    if weights.shape[3] == 1:
        depthwise = np.ascontiguousarray(weights.data[..., 0].transpose(1, 2, 0)[None])
        own = options(node, "DEPTHWISE_CONV_2D", depth_multiplier=out)
        return (b("DEPTHWISE_CONV_2D", x, depthwise, bias, **own),)
    if bias.data is None:
        return None
    parts = b.many("SPLIT", np.asarray(3, np.int32), x, num_splits=groups)
    made = []
    for group, part in enumerate(parts):
        rows = slice(group * out, (group + 1) * out)
        made.append(b("CONV_2D", part, weights.data[rows], bias.data[rows], **options(node, "CONV_2D")))
    return (b("CONCATENATION", *made, axis=3),)


def rows_as_convolution(node: Node, b: Builder) -> Results | None:
    """A product of many rows by one matrix is a 1x1 convolution over them: FULLY_CONNECTED maps for a single row alone."""
    x, weights = node.input(0), node.input(1)
    rows, depth = math.prod(node.output.shape[:-1]), weights.shape[1]
    if rows == 1 or weights.data is None or node.attrs.get("weights_format", "DEFAULT") != "DEFAULT":
        return None
    image = b.reshape(x, (1, 1, rows, depth))
    given = node.inputs[2] if len(node.inputs) > 2 else None
    bias = constant(np.zeros(weights.shape[0], np.float32)) if given is None else given
    activation = str(node.attrs.get("fused_activation_function", "NONE"))
    y = b("CONV_2D", image, weights.data[:, None, None], bias, fused_activation_function=activation)
    return (b.reshape(y, node.output.shape),)


def without_activation(node: Node, b: Builder) -> Results | None:
    """A fused activation came with version 4 of TRANSPOSE_CONV, which the compiler cannot read."""
    if node.attrs.get("fused_activation_function", "NONE") == "NONE":
        return None
    return (activated(b, b("TRANSPOSE_CONV", *node.inputs, **plain(node)), node),)


def depth_to_space(node: Node, b: Builder) -> Results | None:
    """Each pixel's channels b²c laid out as b x b pixels of c: a transposed convolution with stride b whose weights are 0 and 1."""
    x, size = node.input(0), int(node.attrs["block_size"])
    channels, out = x.shape[3], node.output.shape[3]
    if channels > _WIDEST:
        return None
    place = np.arange(channels)
    weights = np.zeros((out, size, size, channels), np.float32)
    weights[place % out, place // out // size, place // out % size, place] = 1
    shape = np.asarray(node.output.shape, np.int32)
    return (b("TRANSPOSE_CONV", shape, weights, x, stride_w=size, stride_h=size),)
