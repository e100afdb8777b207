"""Forms that TensorFlow itself does not survive or gets wrong, written otherwise.

Both are of TensorFlow 2.21 on x86, where its graph optimiser fuses for oneDNN; a tf.function of the calls named is enough to see them,
and so is a stock Keras model.

- ADD(PAD(x), CONV_2D(y)) with padding VALID and a bias, the weights variables: segmentation fault. The fusion of a convolution with its
  padding takes the addend's PAD for the convolution's own.
- LEAKY_RELU(ADD(x, CONV_2D(y))) with a bias: the fused operation forgets alpha.
"""

import numpy as np

from converters.graph import Graph, Node, Value, constant


def without_quirks(graph: Graph) -> Graph:
    """The same graph in forms that TensorFlow computes: a VALID 1x1 convolution is as well SAME; zeros beside the sum of a larger
    one are concatenated instead of padded; a LEAKY_RELU of such a sum is a PRELU."""
    nodes = [_as_same(node) for node in graph.nodes]
    producers = {value: node for node in nodes for value in node.outputs}
    fatal = {id(pad) for node in nodes if node.op == "ADD" for pad in _fatal_pads(node, producers)}
    rewritten: list[Node] = []
    for node in nodes:
        rewritten += _concatenated(node) if id(node) in fatal else [_as_prelu(node, producers)]
    return Graph(graph.name, graph.inputs, graph.outputs, rewritten)


def _as_same(node: Node) -> Node:
    """conv(x, VALID) == conv(x, SAME) where the kernel is 1x1: there is nothing to pad, whatever the stride."""
    if node.op != "CONV_2D" or node.input(1).shape[1:3] != (1, 1):
        return node
    return Node(node.op, node.inputs, node.outputs, {**node.attrs, "padding": "SAME"}, node.source)


def _as_prelu(node: Node, producers: dict[Value, Node]) -> Node:
    """leaky_relu(x, alpha) == prelu(x, alpha for each channel), where x is the sum of a convolution."""
    before = producers.get(node.input(0)) if node.op == "LEAKY_RELU" else None
    if before is None or before.op != "ADD":
        return node
    sources = [producers.get(value) for value in before.inputs if value is not None]
    if not any(source is not None and source.op == "CONV_2D" for source in sources):
        return node
    alpha = np.full((1, 1, node.output.shape[-1]), node.attrs["alpha"], np.float32)
    slopes = constant(alpha, f"{node.output.name}/alpha")
    return Node("PRELU", (node.input(0), slopes), node.outputs, {}, node.source)


def _fatal_pads(add: Node, producers: dict[Value, Node]) -> list[Node]:
    """The PADs that `add` sums with a VALID convolution."""
    sources = [producers.get(value) for value in add.inputs if value is not None]
    valid = any(n is not None and n.op == "CONV_2D" and n.attrs.get("padding") == "VALID" for n in sources)
    return [n for n in sources if valid and n is not None and n.op == "PAD" and n.input(1).is_constant]


def _concatenated(pad: Node) -> list[Node]:
    """pad(x) == zeros ++ x ++ zeros, axis by axis."""
    value, nodes = pad.input(0), []
    paddings = pad.input(1).array
    padded = [axis for axis in range(value.rank) if paddings[axis].any()]
    for axis in padded:
        shape = list(value.shape)
        parts = [_zeros(value, axis, int(n)) for n in paddings[axis]]
        operands = [part for part in (parts[0], value, parts[1]) if part is not None]
        shape[axis] += int(paddings[axis].sum())
        name = f"{pad.output.name}/{axis}"
        result = pad.output if axis == padded[-1] else Value(name, tuple(shape), value.dtype)
        options = {"axis": axis, "fused_activation_function": "NONE"}
        nodes.append(Node("CONCATENATION", tuple(operands), (result,), options, pad.source))
        value = result
    return nodes or [pad]


def _zeros(value: Value, axis: int, count: int) -> Value | None:
    shape = [count if i == axis else abs(n) for i, n in enumerate(value.shape)]
    return constant(np.zeros(shape, value.dtype), f"{value.name}/zeros") if count else None
