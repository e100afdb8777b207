"""`zoo eval` as users run it: scores with intervals and comparisons, kept beside the manifest, and what goes wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import corpus
from tests.zoo.cli.run import zoo

pytest.importorskip("openvino")
pytest.importorskip("onnxruntime")

CARD = """
schema: 1
name: brightest
task: image-classification
description: Which quarter of the image is the brightest.
licenses: {code: MIT, weights: MIT}
source: {path: .}
weights: [{file: model.onnx, path: model.onnx}]
entry: {model: model.onnx}
inputs:
  - {name: image, shape: [1, 1, 4, 4], layout: NCHW, color: gray, range: [0, 1], preprocess: {divide_by: 255}}
outputs: [{name: scores}]
calibration: {data: {format: npz, path: data.npz}, samples: 40}
evaluation: {metric: top1, data: {format: npz, path: data.npz}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A card with its model, and sixty images of which the model gets fifty-four right."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("AveragePool", ["image"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "w"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightest",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 4, 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(np.eye(4, dtype=np.float32), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, tmp_path / "model.onnx")
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60, 4, 4)).astype(np.uint8)
    labels = images.reshape(60, 2, 2, 2, 2).mean((2, 4)).reshape(60, 4).argmax(1)
    labels[::10] = (labels[::10] + 1) % 4
    np.savez(tmp_path / "data.npz", images=images, labels=labels)
    (tmp_path / "card.yaml").write_text(CARD)
    return tmp_path


def convert(place: Path, to: str) -> Path:
    out = place / "out"
    ended = zoo("convert", place / "card.yaml", "--to", to, "--out", out, "--quiet")
    assert ended.code == 0, ended.err
    return out


@pytest.mark.slow
def test_every_variant_has_its_interval_and_its_comparison(place: Path) -> None:
    out = convert(place, "float32,full_int8,full_uint8,openvino")
    ended = zoo("eval", place / "card.yaml", "--out", out, "--json")
    assert ended.code == 0, ended.err
    found = {one["artifact"]: one for one in ended.document}
    assert list(found) == ["source", "openvino", "openvino_fp16", "float32", "full_int8", "full_uint8"]
    for name in ("source", "float32", "openvino"):
        one = found[name]
        assert (one["metric"], one["value"], one["samples"]) == ("top1", 0.9, 60)
        assert 0.78 < one["low"] < 0.85 < 0.95 < one["high"] <= 1
    assert found["full_int8"]["value"] > 0.8  # integers in and out, fed and read by their own scales
    assert found["full_uint8"]["value"] > 0.8
    assert (found["float32"]["reference"], found["float32"]["verdict"]) == ("", "")
    assert (found["source"]["reference"], found["source"]["verdict"]) == ("float32", "no measurable loss")
    manifest = json.loads((out / "manifest.json").read_bytes())
    hashes = {one["target"]: one["sha256"] for one in manifest["artifacts"]}
    kept = json.loads((out / "scores.json").read_bytes())["scores"]
    assert {one["artifact"]: one["sha256"] for one in kept if one["artifact"] != "source"} == hashes
    assert len({one["data"] for one in kept}) == 1
    table = zoo("eval", place / "card.yaml", "--out", out, "--variant", "full_int8")
    assert "scoring" not in table.err  # all is kept
    assert "against float32" in table.out
    assert "source" not in table.out


def test_a_score_is_never_anothers(place: Path) -> None:
    out = convert(place, "float32,float16")
    assert zoo("eval", place / "card.yaml", "--out", out, "--quiet").code == 0
    artifact = out / "brightest_float16.tflite"
    artifact.write_bytes(artifact.read_bytes() + b"\0")
    sentence = zoo("eval", place / "card.yaml", "--out", out).failed(2)
    assert "brightest_float16.tflite is not the file that the manifest describes" in sentence


def test_without_labels_it_is_the_agreement_with_the_source(place: Path) -> None:
    out = convert(place, "float32,dynamic_range")
    (place / "bare").mkdir()
    for index in range(5):
        pixels = np.random.default_rng(index).integers(0, 256, (4, 4)).astype(np.uint8)
        Image.fromarray(pixels).save(place / "bare" / f"{index}.png")
    ended = zoo("eval", place / "card.yaml", "--out", out, "--data", place / "bare", "--json")
    found = {(one["artifact"], one["metric"]): one for one in ended.document}
    assert set(found) == {
        (name, metric) for name in ("float32", "dynamic_range") for metric in ("top1_agreement", "sqnr")
    }
    assert found["float32", "top1_agreement"]["value"] == 1
    assert found["float32", "sqnr"]["value"] > 100


def test_the_source_model_alone(place: Path) -> None:
    ended = zoo("eval", place / "card.yaml", "--out", place / "none", "--limit", "10")
    assert ended.code == 0, ended.err
    assert "only the source model is scored" in ended.err
    assert "source" in ended.out
    assert not (place / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--variant", "int9"], "--variant int9: no target is called `int9`"),
        (["--variant", "float16"], "has no float16; there are float32"),
        (["--data", "gone"], "gone is neither a folder nor an .npz file"),
        (["--data", "empty"], "empty holds no samples"),
        (["--data", "broken"], "cannot be read as an image"),
        (["--data", "large"], "is 9 x 9, input `image` is 4 x 4 and the card declares no `resize`"),
        (["--data", "many"], "has label 7, the model gives 4 scores"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(place: Path, arguments: list[str], words: str) -> None:
    out = convert(place, "float32")
    (place / "empty").mkdir()
    (place / "broken" / "0").mkdir(parents=True)
    (place / "broken" / "0" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    for name, size in (("large/0", 9), ("many/7", 4)):
        (place / name).mkdir(parents=True)
        Image.new("L", (size, size)).save(place / name / "a.png")
    ended = zoo("eval", "card.yaml", "--out", out, *arguments, cwd=place)
    assert words in ended.failed(2)
    assert not (out / "scores.json").exists()


KWS = """
schema: 1
name: kws
task: audio-classification
description: MLPerf Tiny's keyword spotting (DS-CNN), int8.
licenses: {{code: Apache-2.0, weights: Apache-2.0}}
source: {{path: .}}
weights: [{{file: kws.tflite, path: {model}}}]
entry: {{model: kws.tflite}}
inputs: [{{name: features, shape: [1, 49, 10, 1], dtype: {dtype}{more}}}]
outputs: [{{name: scores}}]
evaluation: {{metric: top1, data: {{format: table, path: {data}, dtype: int8}}}}
"""


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("model", "dtype", "more", "expected"),
    [
        ("kws_ref_model.tflite", "int8", "", 0.902),
        # the float model takes what the integers stand for: (q - 83) · 0.5847
        ("kws_ref_model_float32.tflite", "float32", ", preprocess: {mean: [83], std: [1.7102703]}", 0.9),
        # and real numbers reach the integer model by its own scale
        ("kws_ref_model.tflite", "float32", ", preprocess: {mean: [83], std: [1.7102703]}", 0.902),
    ],
)
def test_keywords_from_integer_features(
    tmp_path: Path, model: str, dtype: str, more: str, expected: float
) -> None:
    data, file = corpus("eval_kws01_energyrunner/kws01"), corpus(f"mlperf_tiny/{model}")
    (tmp_path / "kws.yaml").write_text(KWS.format(model=file, data=data, dtype=dtype, more=more))
    ended = zoo("eval", "kws.yaml", "--json", cwd=tmp_path)
    (found,) = ended.document
    assert (found["artifact"], found["samples"]) == ("source", 1000)
    assert found["value"] == pytest.approx(expected, abs=0.01 if "float32" in model else 1e-9)
