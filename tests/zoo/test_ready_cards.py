"""Cards of ready models from the network to verified artifacts: an IR in two files, an archive, and what such cards do not say."""

import hashlib
from pathlib import Path

import pytest

from registry import catalog
from registry.errors import InputError, SourceError
from tests.registry.fetch.test_archive import tar
from tests.registry.loopback import Loopback, sends
from tests.zoo.models import convolution
from zoo import describe, pipeline, scoring, targets
from zoo.request import Request


def card_file(folder: Path, server: Loopback, model: str, contents: dict[str, bytes], more: str = "") -> Path:
    """A card of a ready model that says nothing of its inputs; its weights are served."""
    weights = ""
    for name, content in contents.items():
        server.routes[f"/{name}"] = sends(content)
        weights += f"  - {{file: {name}, urls: ['{server.url(f'/{name}')}'], sha256: {hashlib.sha256(content).hexdigest()}{more}}}\n"
    path = folder / "tiny.yaml"
    path.write_text(
        "schema: 1\nname: tiny\ntask: other\ndescription: a test\nlicenses: {code: unknown, weights: unknown}\n"
        f"source: {{url: 'https://example.org'}}\nweights:\n{weights}entry: {{model: {model}}}\n"
    )
    return path


def converted(path: Path, out: Path) -> list[str]:
    request = Request(name="tiny", out=out, card=catalog.load_file(path), targets=targets.parse("float32"))
    made = pipeline.run(request).manifest.artifacts
    assert all(check.passed for one in made for check in one.checks)
    assert made[0].checks
    return [one.path for one in made]


def test_an_ir_in_two_files_is_fetched_and_converted(tmp_path: Path, server: Loopback) -> None:
    import openvino

    model = openvino.convert_model(convolution(tmp_path / "tiny.onnx"))
    openvino.save_model(model, tmp_path / "net.xml", compress_to_fp16=False)
    contents = {name: (tmp_path / name).read_bytes() for name in ("net.xml", "net.bin")}
    assert converted(card_file(tmp_path, server, "net.xml", contents), tmp_path / "out") == [
        "tiny_float32.tflite"
    ]


def test_a_model_in_an_archive_is_fetched_and_converted(tmp_path: Path, server: Loopback) -> None:
    packed = tar(**{"net/tiny.onnx": convolution(tmp_path / "tiny.onnx").read_bytes(), "net/notes": b"-"})
    path = card_file(tmp_path, server, "net/tiny.onnx", {"net.tar.gz": packed}, more=", unpack: true")
    assert converted(path, tmp_path / "out") == ["tiny_float32.tflite"]


def test_evaluation_says_what_the_card_does_not(tmp_path: Path, server: Loopback) -> None:
    content = convolution(tmp_path / "tiny.onnx").read_bytes()
    path = card_file(tmp_path, server, "tiny.onnx", {"tiny.onnx": content})
    with pytest.raises(InputError, match="leaves its inputs and outputs to the model file"):
        scoring.evaluate(str(path), scoring.Samples(data=tmp_path), out=tmp_path / "out")
    shown = " ".join(map(str, describe.card(catalog.load_file(path))))
    assert "leaves them to the model file" in shown


def test_what_an_entry_needs_is_said_before_anything_is_fetched(tmp_path: Path, server: Loopback) -> None:
    content = convolution(tmp_path / "tiny.onnx").read_bytes()
    path = card_file(tmp_path, server, "tiny.onnx, needs: freeze it first", {"tiny.onnx": content})
    request = Request(
        name="tiny", out=tmp_path / "out", card=catalog.load_file(path), targets=targets.parse("float32")
    )
    with pytest.raises(SourceError, match="cannot be used as it is fetched: freeze it first"):
        pipeline.run(request)
    assert not server.log


def test_inputs_in_another_order_than_the_files_keep_their_names(tmp_path: Path) -> None:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper

    ends = {"wide": [1, 3, 4, 4], "narrow": [1, 3, 4, 1]}
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends.items()]
    out = helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1, 3, 4, 4])
    graph = helper.make_graph([helper.make_node("Add", list(ends), ["sum"])], "g", infos, [out])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10),
        tmp_path / "add.onnx",
    )
    listed = "".join(f"  - {{name: {name}, shape: {ends[name]}}}\n" for name in reversed(ends))
    path = tmp_path / "tiny.yaml"
    path.write_text(
        "schema: 1\nname: tiny\ntask: other\ndescription: a test\nlicenses: {code: unknown, weights: unknown}\n"
        f"source: {{path: .}}\nweights:\n  - {{file: add.onnx, path: add.onnx}}\nentry: {{model: add.onnx}}\n"
        f"inputs:\n{listed}outputs:\n  - {{name: sum}}\n"
    )
    assert converted(path, tmp_path / "out") == ["tiny_float32.tflite"]
    (artifact,) = pipeline.run(
        Request(
            name="tiny", out=tmp_path / "out", card=catalog.load_file(path), targets=targets.parse("float32")
        )
    ).manifest.artifacts
    assert {one.name: int(np.prod(one.shape)) for one in artifact.inputs} == {"wide": 48, "narrow": 12}


@pytest.mark.parametrize(("shape", "made"), [([1, 3, 6, 8], (1, 6, 8, 3)), ([2, 3, 8, 8], (2, 8, 8, 3))])
def test_what_the_file_leaves_open_the_card_says(
    shape: list[int], made: tuple[int, ...], tmp_path: Path
) -> None:
    import onnx

    model = onnx.load(convolution(tmp_path / "whole.onnx"))
    for end in (*model.graph.input, *model.graph.output):
        for axis in (0, 2, 3):
            end.type.tensor_type.shape.dim[axis].dim_param = f"axis{axis}"
    onnx.save(model, tmp_path / "open.onnx")
    path = tmp_path / "tiny.yaml"
    path.write_text(
        "schema: 1\nname: tiny\ntask: other\ndescription: a test\nlicenses: {code: unknown, weights: unknown}\n"
        "source: {path: .}\nweights:\n  - {file: open.onnx, path: open.onnx}\nentry: {model: open.onnx}\n"
        f"inputs:\n  - {{name: image, shape: {shape}, layout: NCHW}}\noutputs:\n  - {{name: features}}\n"
    )
    assert converted(path, tmp_path / "out") == ["tiny_float32.tflite"]
    request = Request(
        name="tiny", out=tmp_path / "out", card=catalog.load_file(path), targets=targets.parse("float32")
    )
    (artifact,) = pipeline.run(request).manifest.artifacts
    assert artifact.inputs[0].shape == made
