"""How ranges are found, as users say it or leave it open: the manifest tells what came of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.zoo import models
from tests.zoo.cli.run import zoo

pytest.importorskip("openvino")
pytest.importorskip("onnxruntime")


def test_a_chosen_method_is_recorded_and_holds_until_another_is_asked_for(tmp_path: Path) -> None:
    model = models.convolution(tmp_path / "small.onnx")
    samples = np.random.default_rng(3).standard_normal((4, 1, 3, 8, 8)).astype(np.float32)
    np.save(tmp_path / "data.npy", samples)
    out = tmp_path / "out"
    asked = ("convert", model, "--to", "int8", "--calibrate", tmp_path / "data.npy", "--out", out)

    def recorded(*more: str) -> tuple[str, bool, int]:
        ended = zoo(*asked, *more)
        assert ended.code == 0, ended.err
        artifact = json.loads((out / "manifest.json").read_text())["artifacts"][-1]
        record, file = artifact["calibration"], out / artifact["path"]
        return record.get("method", "mse"), record.get("chosen", False), file.stat().st_mtime_ns

    method, chosen, made = recorded()
    assert (method in ("mse", "minmax"), chosen) == (True, True)
    assert recorded() == (method, True, made)
    other = "percentile"
    assert recorded("--calibration-method", other)[:2] == (other, False)
    assert recorded()[:2] == (method, True)


@pytest.mark.parametrize("method", ["auto", "minmax"])
def test_int8_that_is_no_better_than_zeros_is_said_to_be(method: str, tmp_path: Path) -> None:
    samples = np.random.default_rng(3).standard_normal((4, 1, 3, 8, 8)).astype(np.float32)
    np.save(tmp_path / "data.npy", samples)

    def converted(model: Path, variant: str) -> tuple[str, list[str]]:
        out = tmp_path / model.stem / variant
        more = ("--calibrate", tmp_path / "data.npy", "--calibration-method", method, "--out", out)
        ended = zoo("convert", model, "--to", variant, *more)
        assert ended.code == 0, ended.err
        notes = json.loads((out / "manifest.json").read_text()).get("notes", [])
        return ended.out + ended.err, [note for note in notes if "8 bits are too few" in note]

    far = models.far_from_zero(tmp_path / "far.onnx")
    said, notes = converted(far, "int8")
    assert len(notes) == 1
    assert "`features`" in notes[0]
    assert "int16x8" in notes[0]
    assert "8 bits are too few" in " ".join(said.split())
    assert not converted(far, "int16x8")[1]
    assert not converted(models.convolution(tmp_path / "small.onnx"), "int8")[1]
