"""A model that Paddle itself made, held against the answer that Paddle gave (make.py; Paddle is not needed here)."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.converters.harness import convert_and_compare
from tests.zoo.cli.run import zoo

HERE = Path(__file__).resolve().parent
pytest.importorskip("openvino")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name in ("tiny.pdmodel", "tiny.pdiparams"):
        shutil.copy(HERE / name, tmp_path)
    return tmp_path / "tiny.pdmodel"


def test_float32_answers_as_paddle_did(model: Path) -> None:
    told = np.load(HERE / "tiny.npz")
    got = convert_and_compare(model, inputs=[told["image"]], expected=[told["probabilities"]], tolerance=1e-5)
    assert got.transposes == 0


def test_on_the_command_line_the_weights_are_part_of_the_inputs(model: Path) -> None:
    out = model.parent / "out"
    ended = zoo("convert", model, "--to", "float32,openvino", "--out", out, "--json")
    assert ended.code == 0, ended.err
    assert set(ended.document["manifest"]["inputs"]) == {"model", "weights"}
    assert all(check["passed"] for one in ended.document["manifest"]["artifacts"] for check in one["checks"])
    assert json.loads((out / "manifest.json").read_bytes())["artifacts"]


def test_absent_weights_are_named(model: Path) -> None:
    model.with_suffix(".pdiparams").unlink()
    assert "pdiparams" in zoo("convert", model, "--to", "float32", "--out", model.parent / "out").failed(2)


def test_the_newer_form_is_refused_with_the_way_out(model: Path) -> None:
    newer = model.with_suffix(".json")
    newer.write_text('{"base_code":{"magic":"pir","version":4},"program":{"regions":[]}}')
    sentence = zoo("convert", newer, "--out", model.parent / "out").failed(2)
    assert "PIR" in sentence
    assert "FLAGS_enable_pir_api=0" in sentence
