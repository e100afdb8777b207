"""Token mixing without turning the data."""

from pathlib import Path

import numpy as np
import pytest

from converters.graph import Value
from converters.ops.builder import Builder
from converters.passes.swapped import multiply_from_the_left
from tests.converters.passes.running import graph_of, image, weights
from tests.converters.passes.test_graph_passes import passed

SWAP = (0, 2, 1)


def linear(b: Builder, x: Value, out: int, bias: bool = True, **options: str) -> Value:
    offset = [weights(out, seed=out)] if bias else []
    return b("FULLY_CONNECTED", x, weights(out, x.shape[-1]), *offset, keep_num_dims=True, **options)


def test_a_mixer_turns_nothing(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 10)
    y = b("GELU", linear(b, b.transpose(x, SWAP), 7))
    y = b("MUL", y, weights(7, seed=5))
    y = b("MUL", y, weights(10, 1, seed=6))
    graph = graph_of(b, [x], b("NEG", b.transpose(linear(b, y, 6), SWAP)))
    after = passed(multiply_from_the_left, graph, tmp_path)
    assert [n.op for n in after.nodes] == [
        "BATCH_MATMUL",
        "ADD",
        "GELU",
        "MUL",
        "MUL",
        "BATCH_MATMUL",
        "ADD",
        "NEG",
    ]


@pytest.mark.parametrize(("bias", "activation", "left"), [
    (False, "NONE", ["BATCH_MATMUL"]), (False, "RELU", ["BATCH_MATMUL", "ADD"]), (True, "RELU6", ["BATCH_MATMUL", "ADD"]),
])  # fmt: skip
def test_bias_and_activation(bias: bool, activation: str, left: list[str], tmp_path: Path):
    b = Builder()
    x = image(2, 6, 10)
    y = linear(b, b.transpose(x, SWAP), 7, bias, fused_activation_function=activation)
    graph = graph_of(b, [x], b("NEG", b.transpose(y, SWAP)))
    assert [n.op for n in passed(multiply_from_the_left, graph, tmp_path).nodes] == [*left, "NEG"]


def test_a_rank_of_four(tmp_path: Path):
    b = Builder()
    x = image(1, 3, 6, 10)
    y = linear(b, b.transpose(x, (0, 1, 3, 2)), 7)
    graph = graph_of(b, [x], b("NEG", b.transpose(y, (0, 1, 3, 2))))
    assert [n.op for n in passed(multiply_from_the_left, graph, tmp_path).nodes] == [
        "BATCH_MATMUL",
        "ADD",
        "NEG",
    ]


@pytest.mark.parametrize("reader", ["SOFTMAX", "an output", "a second operand"])
def test_what_needs_the_turned_data_keeps_it(reader: str, tmp_path: Path):
    b = Builder()
    x, z = image(1, 6, 10), Value("z", (1, 10, 7), np.dtype(np.float32))
    y = linear(b, b.transpose(x, SWAP), 7)
    y = b("ADD", y, z) if reader == "a second operand" else b("SOFTMAX", y) if reader == "SOFTMAX" else y
    outputs = [y, b.transpose(y, SWAP)] if reader == "an output" else [b("NEG", b.transpose(y, SWAP))]
    graph = graph_of(b, [x, z], *outputs) if reader == "a second operand" else graph_of(b, [x], *outputs)
    after = passed(multiply_from_the_left, graph, tmp_path)
    assert [n.op for n in after.nodes] == [n.op for n in graph.nodes]


def test_elementwise_alone_is_left_to_the_layout(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 10)
    graph = graph_of(b, [x], b("NEG", b.transpose(b("ABS", b.transpose(x, SWAP)), SWAP)))
    assert "BATCH_MATMUL" not in [n.op for n in passed(multiply_from_the_left, graph, tmp_path).nodes]
