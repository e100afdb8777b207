"""A .tflite whose inputs and outputs are integers, as a source: what they stand for is compared, whatever stores it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from registry import catalog
from registry.types import Artifact
from tests.zoo import models
from zoo import answering, checking, naming, pipeline, targets, verification
from zoo.request import Calibrating, Request

pytest.importorskip("openvino")
pytest.importorskip("onnxruntime")

CARD = """
schema: 1
name: tiny
task: image-classification
description: A convolution on integers.
licenses: {{code: MIT, weights: MIT}}
source: {{path: .}}
weights: [{{file: {file}, path: {file}}}]
entry: {{model: {file}}}
inputs: [{{name: image, shape: [1, 8, 8, 3], dtype: {dtype}, range: {span}}}]
outputs: [{{name: features}}]
"""


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A convolution with int8 at its ends."""
    folder = tmp_path_factory.mktemp("quantized")
    model = models.convolution(folder / "tiny.onnx")
    np.save(folder / "data.npy", np.random.default_rng(0).random((8, 1, 3, 8, 8), np.float32))
    _converted(
        Request("tiny", folder / "out", model=model, calibrating=Calibrating(data=folder / "data.npy")),
        "full_int8",
    )
    return folder / "out" / "tiny_full_int8.tflite"


def _converted(request: Request, to: str) -> dict[str, Artifact]:
    manifest = pipeline.run(replace(request, targets=targets.parse(to))).manifest
    return {one.target: one for one in manifest.artifacts}


def test_a_file_alone(quantized: Path, tmp_path: Path) -> None:
    made = _converted(Request("again", tmp_path, model=quantized), "float32,float16,int8,full_uint8,openvino")
    for one in made.values():
        assert all(check.snr_db > 30 for check in one.checks), (one.target, one.checks)
        assert one.inputs[0].scale == pytest.approx(made["int8"].inputs[0].scale)
        assert one.outputs[0].zero_point == made["int8"].outputs[0].zero_point
    assert made["float32"].checks[0].judged
    assert not made["int8"].checks[0].judged


@pytest.mark.parametrize(("dtype", "span"), [("int8", "[-128, 127]"), ("float32", "[0, 1]")])
def test_by_a_card_that_gives_integers_or_real_numbers(
    quantized: Path, tmp_path: Path, dtype: str, span: str
) -> None:
    (tmp_path / quantized.name).write_bytes(quantized.read_bytes())
    (tmp_path / "tiny.yaml").write_text(CARD.format(file=quantized.name, dtype=dtype, span=span))
    named = naming.card_named(str(tmp_path / "tiny.yaml"), tmp_path / "out")
    made = _converted(Request(**named), "float32,int8")
    for one in made.values():
        assert {check.inputs for check in one.checks} == {"noise", "blocks"}
        assert all(check.snr_db > 30 for check in one.checks), (one.target, one.checks)
    checks = verification.verify(str(tmp_path / "out")).checks
    assert all(check.snr_db > 30 for check in checks["int8"])


def test_real_numbers_are_not_cut_to_integers(quantized: Path, tmp_path: Path) -> None:
    """Inputs of 0…1 fill the grid: the answers vary, and are the float model's within its steps."""
    made = _converted(Request("again", tmp_path, model=quantized), "float32")
    (tmp_path / "tiny.yaml").write_text(CARD.format(file=quantized.name, dtype="float32", span="[0, 1]"))
    card = catalog.load_file(tmp_path / "tiny.yaml")
    ends = made["float32"].inputs, made["float32"].outputs
    image = np.random.default_rng(1).random((1, 8, 8, 3), np.float32)
    found = answering.of_file(quantized, *ends, card, {"mine": {"image": image}}).outputs["mine"]
    (features,) = found.values()
    assert features.dtype == np.float32
    assert len(np.unique(features)) > 20
    onnx = checking.load_source(quantized.parents[1] / "tiny.onnx")
    wanted = onnx.run({"image": image.transpose(0, 3, 1, 2)})["features"].transpose(0, 2, 3, 1)
    assert np.abs(features - wanted).max() < 4 * made["float32"].outputs[0].scale
