"""All variants of one model, timed as one process."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import variants
from tests.zoo import models

pytest.importorskip("openvino")
pytest.importorskip("onnxruntime")
pytest.importorskip("ai_edge_quantizer")


def _images(folder: Path, count: int) -> Path:
    folder.mkdir()
    random = np.random.default_rng(1)
    for number in range(count):
        Image.fromarray(random.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / f"{number}.png")
    return folder


def test_every_variant_is_made_and_told(tmp_path: Path) -> None:
    model = models.convolution(tmp_path / "small.onnx")
    found = variants.measure(model, _images(tmp_path / "images", 3), samples=3)
    assert set(found.sizes) == set(variants.VARIANTS)
    assert min(found.seconds, found.cpu_seconds, found.peak_memory, *found.sizes.values()) > 0
    told = variants.lines(found)
    assert "small, calibrated on 3 images" in told[0]
    assert len(told) == 1 + len(variants.VARIANTS)


def test_a_conversion_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    with pytest.raises(RuntimeError, match=r"broken\.onnx was not converted: "):
        variants.measure(tmp_path / "broken.onnx", _images(tmp_path / "images", 1), samples=1)


def test_a_missing_corpus_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ZOO_CORPUS", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["variants"])
    assert variants.main() == 0
    assert "not measured" in capsys.readouterr().out
