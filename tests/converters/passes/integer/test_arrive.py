"""Models quantized by ONNX Runtime's own tool arrive as integers and agree with ONNX Runtime within a step or two."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from converters.engine import Built, Options, build, emit_tflite
from converters.ops.equation import inverse
from tests.converters.harness import run_source, run_tflite

pytest.importorskip("onnxruntime.quantization")

STEPS = 2
"""How many steps of the result's grid LiteRT's integers may differ from ONNX Runtime's."""


class Samples:
    """Calibration data."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        rng = np.random.default_rng(0)
        self.left = [{"x": rng.normal(size=shape).astype(np.float32)} for _ in range(4)]

    def get_next(self) -> Any:
        return self.left.pop() if self.left else None


def network(nodes: list[Any], weights: dict[str, Any], shape: tuple[int, ...]) -> Any:
    from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model = shape_inference.infer_shapes(model)
    checker.check_model(model)
    return model


def quantized(model: Any, folder: Path, shape: tuple[int, ...], activations: str, **options: Any) -> Path:
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    onnx.save(model, folder / "float.onnx")
    quantize_static(
        folder / "float.onnx",
        folder / "qdq.onnx",
        Samples(shape),
        quant_format=QuantFormat.QDQ,
        activation_type=getattr(QuantType, activations),
        weight_type=QuantType.QInt8,
        **options,
    )
    return folder / "qdq.onnx"


def step_of_result(built: Built) -> float:
    """The step that the model's output was put on."""
    last = next(node for node in built.graph.nodes if node.output is built.graph.outputs[0])
    grid = last.input(0).quantization
    assert grid is not None
    return grid.scale[0]


def differences(path: Path, built: Built, folder: Path) -> list[npt.NDArray[Any]]:
    """In steps, with XNNPACK and without."""
    emit_tflite(built, "float32", folder / "m.tflite")
    rng = np.random.default_rng(1)
    tensor = built.inputs[0]
    x = rng.normal(size=[tensor.shape[a] for a in inverse(tensor.permutation)]).astype(np.float32)
    expected = run_source(path, [x])[0]
    given = np.ascontiguousarray(x.transpose(tensor.permutation))
    found = (run_tflite(folder / "m.tflite", [given], d)[0] for d in (True, False))
    back = inverse(built.outputs[0].permutation)
    return [np.abs(y.transpose(back) - expected) / step_of_result(built) for y in found]


def weights(*shape: int, seed: int = 0) -> Any:
    return (np.random.default_rng(seed).normal(size=shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def convolutional() -> tuple[Any, tuple[int, ...]]:
    from onnx import helper

    node, shape = helper.make_node, (1, 3, 12, 12)
    nodes = [
        node("Conv", ["x", "w0", "b0"], ["c0"], pads=[1, 1, 1, 1], strides=[2, 2]),
        node("Relu", ["c0"], ["r0"]),
        node("Conv", ["r0", "w1", "b0"], ["c1"], pads=[1, 1, 1, 1], group=8),
        node("Clip", ["c1", "zero", "six"], ["r1"]),
        node("Conv", ["r1", "w2"], ["c2"]),
        node("Add", ["c2", "r0"], ["a"]),
        node("Sigmoid", ["a"], ["s"]),
        node("Mul", ["a", "s"], ["m"]),
        node("Concat", ["m", "r1"], ["j"], axis=1),
        node("MaxPool", ["j"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("GlobalAveragePool", ["p"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "w3", "b3"], ["z"], transB=1),
        node("Softmax", ["z"], ["y"]),
    ]
    values = {
        "w0": weights(8, 3, 3, 3),
        "b0": weights(8),
        "w1": weights(8, 1, 3, 3),
        "w2": weights(8, 8, 1, 1),
        "w3": weights(5, 16),
        "b3": weights(5),
        "zero": np.float32(0),
        "six": np.float32(6),
    }
    return network(nodes, values, shape), shape


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("activations", ["QUInt8", "QInt8"])
def test_a_whole_network_in_integers(tmp_path: Path, activations: str, per_channel: bool) -> None:
    model, shape = convolutional()
    path = quantized(model, tmp_path, shape, activations, per_channel=per_channel)
    built = build(path, Options())
    floats = [n.op for n in built.graph.nodes if n.output.dtype == np.float32]
    assert floats == ["DEQUANTIZE"]
    assert sum(node.op == "QUANTIZE" and node.input(0).dtype == np.float32 for node in built.graph.nodes) == 1
    assert built.stats.transposes == 0
    for difference in differences(path, built, tmp_path):
        assert difference.max() <= STEPS + 0.01


@pytest.mark.parametrize(
    ("op", "attrs", "left"),
    [
        ("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}, []),
        ("LeakyRelu", {"alpha": 0.1}, []),
        ("Tanh", {}, []),
        ("Transpose", {"perm": [0, 2, 3, 1]}, []),
    ],
)
def test_between_convolutions(tmp_path: Path, op: str, attrs: dict[str, Any], left: list[str]) -> None:
    from onnx import helper

    shape, node = (1, 4, 8, 8), helper.make_node
    nodes = [
        node("Conv", ["x", "w"], ["c"]),
        node(op, ["c"], ["t"], **attrs),
        node("MatMul", ["t", "m"], ["y"]),
    ]
    inner = 4 if op == "AveragePool" else 8
    model = network(nodes, {"w": weights(8, 4, 1, 1), "m": weights(inner, 3)}, shape)
    path = quantized(model, tmp_path, shape, "QInt8")
    built = build(path, Options())
    floats = {n.op for n in built.graph.nodes if n.output.dtype == np.float32} - {"DEQUANTIZE"}
    assert floats == set(left)
    for difference in differences(path, built, tmp_path):
        assert difference.max() <= 2 * STEPS  # a step of an earlier grid is several of a finer one behind it
        assert difference.mean() <= 0.5


def test_weights_that_lie_on_no_grid_stay_float(tmp_path: Path) -> None:
    """A float convolution between two grids is computed in float."""
    import onnx
    from onnx import helper

    shape, node = (1, 4, 8, 8), helper.make_node
    scale, zero = np.float32(0.05), np.int8(3)
    around = [("QuantizeLinear", "q"), ("DequantizeLinear", "d")]
    nodes, last = [], "x"
    for stage, result in (("a", "in"), ("b", "y")):
        for op, mark in around:
            out = f"{stage}{mark}" if mark == "q" else result
            nodes.append(node(op, [last, "scale", "zero"], [out]))
            last = out
        if stage == "a":
            nodes.append(node("Conv", ["in", "w"], ["c"]))
            last = "c"
    model = network(nodes, {"w": weights(8, 4, 1, 1), "scale": scale, "zero": zero}, shape)
    onnx.save(model, tmp_path / "m.onnx")
    built = build(tmp_path / "m.onnx", Options())
    assert [n.op for n in built.graph.nodes] == [
        "QUANTIZE",
        "DEQUANTIZE",
        "CONV_2D",
        "QUANTIZE",
        "DEQUANTIZE",
    ]
    for difference in differences(tmp_path / "m.onnx", built, tmp_path):
        assert difference.max() <= 1.01
