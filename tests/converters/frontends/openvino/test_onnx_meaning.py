"""What OpenVINO's reader says in other words than ONNX, against ONNX Runtime and the specification."""

import numpy as np
import pytest

from tests.converters.harness import convert_and_compare

onnx = pytest.importorskip("onnx")


def node_model(op: str, *, dtype: type, inputs: int = 2, **attrs: object) -> object:
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    names = [f"x{i}" for i in range(inputs)]
    graph = helper.make_graph(
        [helper.make_node(op, names, ["y"], **attrs)],
        "g",
        [helper.make_tensor_value_info(name, kind, [4]) for name in names],
        [helper.make_tensor_value_info("y", kind, [4])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_div_cuts_off(dtype: type) -> None:
    x, y = np.asarray([-7, 7, -7, 7], dtype), np.asarray([2, 2, -2, -2], dtype)
    convert_and_compare(node_model("Div", dtype=dtype), inputs=[x, y])


@pytest.mark.parametrize("direction", ["LEFT", "RIGHT"])
def test_bit_shift_is_one(direction: str) -> None:
    x, y = np.asarray([2**63 + 1, 7, 1, 2**40], np.uint64), np.asarray([1, 2, 63, 40], np.uint64)
    expected = x << y if direction == "LEFT" else x >> y
    found = convert_and_compare(
        node_model("BitShift", dtype=np.uint64, direction=direction), inputs=[x, y], expected=[expected]
    )
    assert "FLOOR_MOD" not in found.histogram


def test_a_power_of_the_model_is_none() -> None:
    from onnx import TensorProto, helper

    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Pow", ["two", "n"], ["p"]), helper.make_node("Div", ["x", "p"], ["y"])],
        "g",
        [info("x", TensorProto.INT32, [3]), info("n", TensorProto.INT32, [3])],
        [info("y", TensorProto.INT32, [3])],
        [helper.make_tensor("two", TensorProto.INT32, [1], [2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    x, n = np.asarray([-7, 7, -1], np.int32), np.asarray([1, 1, 3], np.int32)
    convert_and_compare(model, inputs=[x, n])


def test_dynamic_quantization_divides_by_its_scale() -> None:
    """The specification's own example holds a number between two levels."""
    from onnx import TensorProto, helper

    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"])],
        "g",
        [info("x", TensorProto.FLOAT, [6])],
        [
            info("y", TensorProto.UINT8, [6]),
            info("s", TensorProto.FLOAT, []),
            info("z", TensorProto.UINT8, []),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    x = np.asarray([0, 2, -3, -2.5, 1.34, 0.5], np.float32)
    expected = [np.asarray([153, 255, 0, 26, 221, 179], np.uint8), np.float32(5 / 255), np.uint8(153)]
    convert_and_compare(model, inputs=[x], expected=[np.asarray(v) for v in expected])
