"""OpenVINO IR in 8 bits: near the float model on its calibration samples, smaller, refused where nothing is quantized."""

from pathlib import Path

import numpy as np
import pytest

from converters.verify.runtimes import open_runtime
from registry.errors import ConversionError, InputError

pytest.importorskip("nncf")
pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(5)
WEIGHTS = [RANDOM.standard_normal(shape).astype(np.float32) for shape in ((32, 3, 3, 3), (64, 32, 3, 3))]
SAMPLES = [{"x": RANDOM.standard_normal((1, 3, 16, 16)).astype(np.float32)} for _ in range(8)]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Two convolutions with a ReLU between them."""
    from onnx import helper, numpy_helper

    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w1"], ["y"], pads=[1, 1, 1, 1]),
    ]
    return _saved(
        tmp_path, nodes, [1, 64, 16, 16], [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(WEIGHTS)]
    )


def _saved(folder: Path, nodes: list[object], shape: list[int], constants: list[object]) -> Path:
    from onnx import TensorProto, helper, save

    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        constants,
    )
    path = folder / "m.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_near_the_float_model_in_a_quarter_of_the_bytes(tmp_path: Path, model: Path) -> None:
    from converters.emitters.openvino_int8 import quantize_ir

    xml, weights = quantize_ir(model, tmp_path / "m_int8.xml", SAMPLES)
    assert weights.stat().st_size < 0.5 * sum(w.nbytes for w in WEIGHTS)
    expected = open_runtime(model).run(SAMPLES[0])["y"]
    found = open_runtime(xml).run(SAMPLES[0])["y"]
    error = float(np.sqrt(np.mean((found - expected) ** 2) / np.mean(expected**2)))
    assert 1e-5 < error < 0.03, "8 bits, and no more than 8 bits lose"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.onnx", "m_int8.bin", "m_int8.xml"]


def test_refusals_leave_nothing(tmp_path: Path, model: Path) -> None:
    from onnx import helper

    from converters.emitters.openvino_int8 import quantize_ir

    with pytest.raises(InputError, match="no calibration sample"):
        quantize_ir(model, tmp_path / "m_int8.xml", [])
    nothing = _saved(tmp_path, [helper.make_node("Floor", ["x"], ["y"])], [1, 3, 16, 16], [])
    with pytest.raises(ConversionError, match=r"m_int8\.xml: it has no operator that NNCF quantizes"):
        quantize_ir(nothing, tmp_path / "m_int8.xml", SAMPLES)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.onnx"]
