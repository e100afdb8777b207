"""ONNX and OpenVINO files that somebody made to do harm, read as `zoo convert` reads them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters import limits
from converters.frontends.onnx.external import check_external_data
from converters.frontends.openvino.door import read_model
from converters.verify.runtimes import OnnxRuntime
from registry.errors import ZooError

onnx = pytest.importorskip("onnx")

SECRET = np.arange(4, dtype=np.float32)


def external(location: str, **more: object) -> Any:
    """A tensor [4] whose data lie in another file."""
    tensor = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[4])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def write(folder: Path, tensor: Any, nodes: Any = None, shape: tuple[int, ...] = (4,)) -> Path:
    """`y = x + w`, or other nodes, in folder/model; the folder's parent holds what is none of its business."""
    (folder / "model").mkdir()
    (folder / "secret.bin").write_bytes(SECRET.tobytes())
    (folder / "model" / "w.bin").write_bytes(SECRET.tobytes())
    helper = onnx.helper
    graph = helper.make_graph(
        nodes or [helper.make_node("Add", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", 1, shape)],
        [helper.make_tensor_value_info("y", 1, None)],
        [tensor],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "model" / "m.onnx").write_bytes(model.SerializeToString())
    return folder / "model" / "m.onnx"


def test_data_beside_the_model_are_read(tmp_path: Path) -> None:
    model, _ = read_model(write(tmp_path, external("w.bin")), {})
    constant = next(op for op in model.get_ops() if op.get_type_name() == "Constant")
    assert constant.data.ravel().tolist() == SECRET.tolist()


@pytest.mark.parametrize(
    "location",
    [
        "../secret.bin",
        "a/../../secret.bin",
        "{folder}/secret.bin",
        "..\\secret.bin",
        "C:\\secret.bin",
        "/dev/zero",
        "",
    ],
)
def test_external_data_stay_in_the_folder(tmp_path: Path, location: str) -> None:
    path = write(tmp_path, external(location.format(folder=tmp_path)))
    with pytest.raises(ZooError, match="leads out of the model's folder"):
        read_model(path, {})
    with pytest.raises(
        Exception, match=r"."
    ):  # onnxruntime, which reads it for `zoo eval`, refuses by itself
        OnnxRuntime(path)


@pytest.mark.parametrize(
    "more",
    [
        {"offset": 0, "length": 1 << 40},
        {"offset": -8, "length": 16},
        {"offset": 8, "length": 16},
        {"length": "x"},
    ],
)
def test_external_data_end_where_the_file_ends(tmp_path: Path, more: dict[str, object]) -> None:
    with pytest.raises(ZooError, match=r"takes bytes|is no number"):
        read_model(write(tmp_path, external("w.bin", **more)), {})


def test_external_data_are_looked_at_in_subgraphs_and_functions_too(tmp_path: Path) -> None:
    helper = onnx.helper
    inner = helper.make_graph(
        [], "b", [], [helper.make_tensor_value_info("w", 1, [4])], [external("../secret.bin")]
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    plain = onnx.numpy_helper.from_array(SECRET, "plain")
    with pytest.raises(ZooError, match="leads out"):
        check_external_data(write(tmp_path, plain, [node]))


@pytest.mark.parametrize(
    ("dims", "data"), [([10**12], b""), ([10**12], b"1234"), ([2**40, 2**40], b"1234"), ([-4], b"1234")]
)
def test_a_tensor_that_claims_more_than_it_has_is_refused(
    tmp_path: Path, dims: list[int], data: bytes
) -> None:
    tensor = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=dims, raw_data=data)
    with pytest.raises(ZooError):
        read_model(write(tmp_path, tensor), {})


@pytest.mark.parametrize("count", [limits.largest_value(), 10**12, 2**62])
def test_a_value_larger_than_the_machine_is_refused_before_it_is_computed(tmp_path: Path, count: int) -> None:
    helper = onnx.helper
    nodes = [helper.make_node("ConstantOfShape", ["w"], ["c"]), helper.make_node("Add", ["x", "c"], ["y"])]
    path = write(tmp_path, onnx.numpy_helper.from_array(np.array([count], np.int64), "w"), nodes, (1,))
    with pytest.raises(ZooError, match=r"this machine can work with|cannot be"):
        read_model(path, {})


def xml(
    folder: Path, *, doctype: str = "", name: str = "x", shape: str = "4", offset: str = "0", size: str = "16"
) -> Path:
    """`x + constant` as IR, the constant in m.bin of 16 bytes."""
    text = f"""<?xml version="1.0"?>{doctype}<net name="m" version="11"><layers>
<layer id="0" name="{name}" type="Parameter" version="opset1"><data shape="4" element_type="f32"/>
<output><port id="0" precision="FP32"><dim>4</dim></port></output></layer>
<layer id="1" name="c" type="Const" version="opset1"><data element_type="f32" shape="{shape}" offset="{offset}" size="{size}"/>
<output><port id="0" precision="FP32"><dim>4</dim></port></output></layer>
<layer id="2" name="add" type="Add" version="opset1"><data auto_broadcast="numpy"/>
<input><port id="0"/><port id="1"/></input><output><port id="2" precision="FP32"><dim>4</dim></port></output></layer>
<layer id="3" name="r" type="Result" version="opset1"><input><port id="0"/></input></layer></layers>
<edges><edge from-layer="0" from-port="0" to-layer="2" to-port="0"/><edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
<edge from-layer="2" from-port="2" to-layer="3" to-port="0"/></edges></net>"""
    (folder / "m.xml").write_text(text)
    (folder / "m.bin").write_bytes(SECRET.tobytes())
    return folder / "m.xml"


def names(path: Path) -> list[str]:
    model, _ = read_model(path, {})
    return [op.get_friendly_name() for op in model.get_ordered_ops()]


def test_ir_entities_are_not_expanded(tmp_path: Path) -> None:
    """Ten to the twelfth characters from a few lines; and a file of this machine."""
    assert "x" in names(xml(tmp_path))
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE n [<!ENTITY a0 "aaaaaaaaaa">{lines}]>'
    assert "&a11;" in names(xml(tmp_path, doctype=bomb, name="&a11;"))
    (tmp_path / "secret").write_text("hunter2")
    outside = f'<!DOCTYPE n [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    found = names(xml(tmp_path, doctype=outside, name="&e;"))
    assert not any("hunter2" in name for name in found)


@pytest.mark.parametrize(
    "given",
    [
        {"shape": "1000000000000", "size": "4000000000000"},
        {"shape": "1000000000000"},
        {"offset": "99999999"},
        {"offset": "-4"},
        {"size": "99999999999"},
        {"shape": "-4"},
    ],
)
def test_an_ir_that_claims_more_than_its_weights_is_refused(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(ZooError):
        read_model(xml(tmp_path, **given), {})
