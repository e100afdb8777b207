"""OpenVINO IR: the same model in FP32 and FP16, the same bytes each time, whole or not at all."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.openvino_ir import save_ir
from converters.verify.runtimes import open_runtime
from registry.errors import ConversionError, InputError, StorageError

WEIGHTS = np.random.default_rng(3).standard_normal((64, 32)).astype(np.float32)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """y = x · W, W of 64 x 32 float32; a second MatMul leaves a constant without a name of its own."""
    from onnx import TensorProto, helper, numpy_helper, save

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32])],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    path = tmp_path / "m.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_fp32_and_fp16(tmp_path: Path, model: Path) -> None:
    folder = tmp_path / "ir"
    written = save_ir(model, fp32=folder / "m.xml", fp16=folder / "m_fp16.xml")
    assert sorted(p.name for p in folder.iterdir()) == ["m.bin", "m.xml", "m_fp16.bin", "m_fp16.xml"]
    (xml32, bin32), (xml16, bin16) = written
    assert bin32.stat().st_size == WEIGHTS.nbytes
    assert bin16.stat().st_size == WEIGHTS.nbytes // 2
    x = np.random.default_rng(4).standard_normal((1, 64)).astype(np.float32)
    np.testing.assert_allclose(open_runtime(xml32).run({"x": x})["y"], x @ WEIGHTS, rtol=1e-4, atol=1e-5)
    half = WEIGHTS.astype(np.float16).astype(np.float32)
    np.testing.assert_allclose(open_runtime(xml16).run({"x": x})["y"], x @ half, rtol=1e-4, atol=1e-5)

    first = [path.read_bytes() for pair in written for path in pair]
    again = save_ir(model, fp32=folder / "m.xml", fp16=folder / "m_fp16.xml")
    assert [path.read_bytes() for pair in again for path in pair] == first


def test_refusals_leave_nothing(tmp_path: Path, model: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(ConversionError, match=r"OpenVINO cannot read .*bad\.onnx"):
        save_ir(tmp_path / "bad.onnx", fp32=tmp_path / "bad.xml")
    with pytest.raises(InputError, match="no model file"):
        save_ir(tmp_path / "none.onnx", fp32=tmp_path / "none.xml")
    with pytest.raises(InputError, match=r"to a \.xml file, not to m\.bin"):
        save_ir(model, fp16=tmp_path / "m.bin")
    with pytest.raises(StorageError, match="Cannot write"):
        save_ir(model, fp32=model / "m.xml")
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != "") == ["bad.onnx", "m.onnx"]
