import numpy as np

from converters.emitters.tensorflow.quirks import without_quirks
from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops import Builder


def _sum_of_pad_and_convolution(kernel: int) -> Graph:
    b, x = Builder(), Value("x", (1, 6, 6, 2), np.dtype(np.float32))
    convolved = b("CONV_2D", x, np.ones((4, kernel, kernel, 2), np.float32), np.ones(4, np.float32))
    begin, size = np.zeros(4, np.int32), np.asarray([1, *convolved.shape[1:3], 2], np.int32)
    paddings = np.asarray([[0, 0], [0, 0], [0, 0], [1, 1]], np.int32)
    padded = b("PAD", b("SLICE", x, begin, size), paddings)
    return Graph("g", (x,), (b("ADD", padded, convolved),), b.nodes)


def test_pointwise_convolution_becomes_same() -> None:
    nodes = without_quirks(_sum_of_pad_and_convolution(1)).nodes
    assert [node.op for node in nodes] == ["CONV_2D", "SLICE", "PAD", "ADD"]
    assert nodes[0].attrs["padding"] == "SAME"


def test_pad_beside_a_larger_one_becomes_concatenation() -> None:
    graph = check(without_quirks(_sum_of_pad_and_convolution(3)))
    assert [node.op for node in graph.nodes] == ["CONV_2D", "SLICE", "CONCATENATION", "ADD"]
    parts = [value.shape if value else None for value in graph.nodes[2].inputs]
    assert parts == [(1, 4, 4, 1), (1, 4, 4, 2), (1, 4, 4, 1)]


def test_leaky_relu_of_the_sum_of_a_convolution_becomes_prelu() -> None:
    b, x = Builder(), Value("x", (1, 6, 6, 2), np.dtype(np.float32))
    convolved = b("CONV_2D", x, np.ones((2, 3, 3, 2), np.float32), np.ones(2, np.float32), padding="SAME")
    alone = b("LEAKY_RELU", convolved, alpha=0.05)
    result = b("LEAKY_RELU", b("ADD", alone, b("CONV_2D", x, np.ones((2, 1, 1, 2), np.float32))), alpha=0.05)
    nodes = check(without_quirks(Graph("g", (x,), (result,), b.nodes))).nodes
    assert [node.op for node in nodes] == ["CONV_2D", "LEAKY_RELU", "CONV_2D", "ADD", "PRELU"]
    np.testing.assert_array_equal(nodes[-1].input(1).array, np.full((1, 1, 2), 0.05, np.float32))
