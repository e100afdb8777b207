"""Pools, means, strides and resizes."""

import math

import numpy as np

from converters.graph import Node, Value
from converters.ops.builder import Builder
from converters.ops.reduction import normal_axes
from converters.passes.edgetpu.expansion import Results, activated, options, plain

_MEAN_AT_MOST = 16384
"""Elements that one MEAN may average (converters/edgetpu/rules.yaml)."""


def without_activation(node: Node, b: Builder) -> Results | None:
    """A pool maps without a fused activation only."""
    if node.attrs.get("fused_activation_function", "NONE") == "NONE":
        return None
    return (activated(b, b(node.op, *node.inputs, **plain(node)), node),)


def strided(node: Node, b: Builder) -> Results | None:
    """x[:, a::s, b::t] = x[:, a:, b:] through a 1x1 maximum pool with strides s, t: every other slice steps by 1."""
    x, strides = node.input(0), node.input(3)
    masks = any(node.attrs.get(f"{kind}_mask") for kind in ("ellipsis", "new_axis", "shrink_axis"))
    if masks or x.rank != 4 or strides.data is None or (strides.data == 1).all():
        return None
    steps = [int(step) for step in strides.data]
    begin, end = node.input(1), node.input(2)
    if min(steps) < 1 or steps[0] != 1 or steps[3] != 1 or begin.data is None or end.data is None:
        return None
    first, last = [], []
    for axis, size in enumerate(x.shape):
        lower = None if node.attrs.get("begin_mask", 0) >> axis & 1 else int(begin.data[axis])
        upper = None if node.attrs.get("end_mask", 0) >> axis & 1 else int(end.data[axis])
        chosen = range(size)[lower:upper]
        if not chosen:
            return None
        first.append(chosen.start)
        last.append(chosen.stop)
    y = x
    if first != [0] * 4 or last != list(x.shape):
        sizes = [stop - start for start, stop in zip(first, last, strict=True)]
        y = b("SLICE", x, np.asarray(first, np.int32), np.asarray(sizes, np.int32))
    return (b("MAX_POOL_2D", y, stride_h=steps[1], stride_w=steps[2]),)


def mean(node: Node, b: Builder) -> Results | None:
    """A mean over an image too large for one MEAN: over equal windows first, then over those; over a depth that is no multiple of 4: a
    1x1 convolution with weights 1/depth."""
    x, axes = node.input(0), node.input(1)
    if axes.data is None or x.rank != 4:
        return None
    over = set(normal_axes(axes, 4))
    if over == {3} and x.shape[3] % 4:
        weights = np.full((1, 1, 1, x.shape[3]), 1 / x.shape[3], np.float32)
        y = b("CONV_2D", x, weights, np.zeros(1, np.float32))
        return (y,) if node.output.shape == y.shape else (b.reshape(y, node.output.shape),)
    if over != {1, 2} or x.shape[1] * x.shape[2] <= _MEAN_AT_MOST:
        return None
    window = _window(x)
    if window is None:
        return None
    height, width = window
    pooled = b(
        "AVERAGE_POOL_2D", x, filter_height=height, stride_h=height, filter_width=width, stride_w=width
    )
    return (b("MEAN", pooled, axes, **options(node, "MEAN")),)


def _window(x: Value) -> tuple[int, int] | None:
    """The smallest window that divides the image and leaves few enough pixels."""
    candidates = [
        (h, w)
        for h in range(1, 65)
        for w in range(1, 65)
        if x.shape[1] % h == 0 and x.shape[2] % w == 0 and x.shape[1] * x.shape[2] // (h * w) <= _MEAN_AT_MOST
    ]
    return min(candidates, key=math.prod, default=None)


def broadcast_pixel(node: Node, b: Builder) -> Results | None:
    """Resizing a single pixel repeats it."""
    x = node.input(0)
    if x.shape[1:3] != (1, 1) or node.output.shape[1:3] == (1, 1):
        return None
    return (b("TILE", x, np.asarray([1, *node.output.shape[1:3], 1], np.int32)),)
