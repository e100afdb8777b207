"""One graph of any batch: resized in LiteRT to several and held against ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from converters.engine import Built, Options, build, emit_tflite
from converters.ops.equation import inverse
from registry.errors import ConversionError
from tests.converters.harness import run_source


def model(nodes: list[Any], constants: dict[str, Any], shape: list[Any], folder: Path) -> Path:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), str(folder / "m.onnx"))
    return folder / "m.onnx"


def run_resized(path: Path, built: Built, x: Any) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    given = np.ascontiguousarray(x.transpose(built.inputs[0].permutation))
    interpreter = Interpreter(model_path=str(path))
    (detail,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(detail["index"], given.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(detail["index"], given)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return found.transpose(inverse(built.outputs[0].permutation))


def weights(*shape: int) -> Any:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


NODE = helper.make_node
CASES = {
    "classifier": (
        [
            NODE("Conv", ["x", "w"], ["a"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            NODE("Relu", ["a"], ["b"]),
            NODE("MaxPool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
            NODE("Flatten", ["c"], ["d"]),
            NODE("Gemm", ["d", "v"], ["y"]),
        ],
        {"w": weights(4, 3, 3, 3), "v": weights(64, 5)},
        ["N", 3, 8, 8],
    ),
    "detection head": (
        [
            NODE("Conv", ["x", "w"], ["a"], kernel_shape=[1, 1]),
            NODE("Transpose", ["a"], ["b"], perm=[0, 2, 3, 1]),
            NODE("Reshape", ["b", "shape"], ["c"]),
            NODE("Softmax", ["c"], ["y"], axis=2),
        ],
        {"w": weights(6, 3, 1, 1), "shape": np.asarray([0, -1, 3])},
        ["N", 3, 4, 4],
    ),
    "tokens beside a learnt one": (
        [
            NODE("Shape", ["x"], ["s"], start=0, end=1),
            NODE("Concat", ["s", "rest"], ["target"], axis=0),
            NODE("Expand", ["token", "target"], ["t"]),
            NODE("Concat", ["t", "x"], ["a"], axis=1),
            NODE("MatMul", ["a", "v"], ["b"]),
            NODE("Slice", ["b", "zero", "one", "axis"], ["y"]),
        ],
        {
            "rest": np.asarray([1, 8]),
            "token": weights(1, 1, 8),
            "v": weights(8, 4),
            "zero": np.asarray([0]),
            "one": np.asarray([1]),
            "axis": np.asarray([1]),
        },
        ["N", 5, 8],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("fixed", [False, True])
def test_any_batch_runs(name: str, fixed: bool, tmp_path: Path) -> None:
    nodes, constants, shape = CASES[name]
    if fixed and name.startswith("tokens"):
        pytest.skip("its batch is read from the input at run time")
    path = model(nodes, constants, [1, *shape[1:]] if fixed else shape, tmp_path)
    built = build(path, Options(dynamic_batch=True))
    assert built.inputs[0].shape[0] == -1
    emit_tflite(built, "float32", tmp_path / "m.tflite")
    source = path if not fixed else model(nodes, constants, shape, tmp_path)
    for batch in (1, 2, 5):
        x = np.random.default_rng(batch).normal(size=(batch, *shape[1:])).astype(np.float32)
        (wanted,) = run_source(source, [x])
        found = run_resized(tmp_path / "m.tflite", built, x)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5 * float(np.abs(wanted).max()))


def test_a_batch_written_into_the_model_is_refused(tmp_path: Path) -> None:
    path = model([NODE("Reshape", ["x", "s"], ["y"])], {"s": np.asarray([1, 12])}, [1, 3, 4], tmp_path)
    with pytest.raises(
        ConversionError, match="has its batch written into it; export it with an open first axis"
    ):
        build(path, Options(dynamic_batch=True))


def test_a_batch_that_is_data_is_refused_with_its_place(tmp_path: Path) -> None:
    nodes = [
        NODE("Shape", ["x"], ["s"], start=0, end=1),
        NODE("Squeeze", ["s"], ["n"]),
        NODE("Range", ["zero", "n", "one"], ["r"]),
        NODE("Cast", ["r"], ["f"], to=TensorProto.FLOAT),
        NODE("Unsqueeze", ["f", "axis"], ["g"]),
        NODE("Add", ["x", "g"], ["y"]),
    ]
    constants = {"zero": np.asarray(0), "one": np.asarray(1), "axis": np.asarray([1])}
    path = model(nodes, constants, ["N", 4], tmp_path)
    with pytest.raises(
        ConversionError, match=r"cannot be left open: the constant .* other data for each element"
    ):
        build(path, Options(dynamic_batch=True))
