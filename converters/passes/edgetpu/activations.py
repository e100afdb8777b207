"""Activations that the Edge TPU lacks, in those that it has."""

import math

import numpy as np

from converters.graph import Node, Value
from converters.ops.builder import Builder
from converters.passes.edgetpu.expansion import Results, activated

_SIXTH = np.float32(1 / 6)


def leaky_relu(node: Node, b: Builder) -> Results | None:
    """leaky(x) = max(x, αx) for α ≤ 1, min(x, αx) above."""
    x, alpha = node.input(0), float(node.attrs.get("alpha", 0.0))
    if alpha == 0:
        return (b("RELU", x),)
    return (b("MAXIMUM" if alpha <= 1 else "MINIMUM", x, b("MUL", x, np.float32(alpha))),)


def hard_swish(node: Node, b: Builder) -> Results | None:
    """x · relu6(x + 3) / 6 (Howard et al., 2019)."""
    x = node.input(0)
    gate = b("ADD", x, np.float32(3), fused_activation_function="RELU6")
    return (b("MUL", x, b("MUL", gate, _SIXTH)),)


def prelu(node: Node, b: Builder) -> Results | None:
    """max(x, 0) + α · min(x, 0), where α differs from pixel to pixel."""
    x, alpha = node.input(0), node.input(1)
    if sum(size > 1 for size in alpha.shape) <= 1:
        return None
    return (b("ADD", b("RELU", x), b("MUL", b("MINIMUM", x, np.float32(0)), alpha)),)


def gelu(node: Node, b: Builder) -> Results | None:
    """½x · (1 + tanh(√(2/π) · (x + 0.044715x³))) (Hendrycks and Gimpel, 2016), for the error function too: it is off by 5e-4 at most."""
    x = node.input(0)
    inner = b("MUL", b("MUL", x, x), np.float32(0.044715 * math.sqrt(2 / math.pi)))
    inner = b("MUL", x, b("ADD", inner, np.float32(math.sqrt(2 / math.pi))))
    gate = b("MUL", b("ADD", b("TANH", inner), np.float32(1)), np.float32(0.5))
    return (b("MUL", x, gate),)


def relu_0_to_1(node: Node, b: Builder) -> Results | None:
    """min(max(x, 0), 1)."""
    return (b("MINIMUM", b("RELU", node.input(0)), np.float32(1)),)


def absolute(node: Node, b: Builder) -> Results | None:
    """max(x, -x)."""
    x = node.input(0)
    return (b("MAXIMUM", x, _negated(x, b)),) if x.dtype == np.float32 else None


def negative(node: Node, b: Builder) -> Results | None:
    """-1 · x."""
    return (_negated(node.input(0), b),) if node.input(0).dtype == np.float32 else None


def square(node: Node, b: Builder) -> Results | None:
    """x · x."""
    x = node.input(0)
    return (b("MUL", x, x),) if x.dtype == np.float32 else None


def divided_by_constant(node: Node, b: Builder) -> Results | None:
    """x · (1 / c)."""
    x, c = node.input(0), node.input(1)
    if c.data is None or x.dtype != np.float32 or not np.all(c.data):
        return None
    return (activated(b, b("MUL", x, (1 / c.data).astype(np.float32)), node),)


def _negated(x: Value, b: Builder) -> Value:
    return b("MUL", x, np.float32(-1))
