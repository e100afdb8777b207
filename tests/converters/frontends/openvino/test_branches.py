"""Branches that are known before the run, as scripted functions leave them in an ONNX file."""

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.converters.harness import convert_and_compare


def body(name: str, *nodes: Any, output: str) -> Any:
    return helper.make_graph(
        nodes, name, [], [helper.make_tensor_value_info(output, TensorProto.INT64, None)]
    )


@pytest.mark.parametrize("rank", [2, 4])
def test_repeats_that_depend_on_a_known_rank(rank: int) -> None:
    """x is repeated by [1, 1, 2, 3] or [2, 3], whichever its rank asks for; shapes behind the Tile are known."""
    shape = (1, 2, 3, 4)[:rank]
    constants = {"four": np.asarray(4), "long": np.asarray([1, 1, 2, 3]), "short": np.asarray([2, 3])}
    graph = helper.make_graph(
        [
            helper.make_node("Shape", ["x"], ["s"]),
            helper.make_node("Size", ["s"], ["rank"]),
            helper.make_node("Equal", ["rank", "four"], ["whether"]),
            helper.make_node(
                "If",
                ["whether"],
                ["repeats"],
                then_branch=body("a", helper.make_node("Identity", ["long"], ["t"]), output="t"),
                else_branch=body("b", helper.make_node("Identity", ["short"], ["e"]), output="e"),
            ),
            helper.make_node("Tile", ["x", "repeats"], ["tiled"]),
            helper.make_node("Softmax", ["tiled"], ["y"], axis=0),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array.astype(np.int64), name) for name, array in constants.items()],
    )
    found = convert_and_compare(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]))
    assert -1 not in found.built.outputs[0].shape
    assert "IF" not in found.histogram


def test_a_branch_that_is_an_output() -> None:
    x = helper.make_node("Neg", ["x"], ["n"])
    branches = [
        helper.make_graph([node], name, [], [helper.make_tensor_value_info("o", TensorProto.FLOAT, None)])
        for name, node in (
            ("a", helper.make_node("Sqrt", ["n"], ["o"])),
            ("b", helper.make_node("Abs", ["n"], ["o"])),
        )
    ]
    graph = helper.make_graph(
        [x, helper.make_node("If", ["c"], ["y"], then_branch=branches[0], else_branch=branches[1])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (2, 3))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(False), "c")],
    )
    found = convert_and_compare(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]))
    assert found.built.outputs[0].name == "y"
    assert "IF" not in found.histogram
