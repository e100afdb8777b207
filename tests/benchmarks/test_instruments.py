"""Beside other instruments: the real ones run where they are installed; whether their times agree is for a quiet machine to say."""

from pathlib import Path

import pytest

from benchmarks import instruments
from benchmarks.instruments import Comparison, verdict
from tests.benchmarks.tiny_tflite import write_tiny_tflite
from tests.zoo.models import convolution


def test_pairs_are_compared() -> None:
    close = Comparison("a", "x", (1.0, 2.0, 4.0), (1.04, 2.0, 3.9), (), 0)
    assert close.ratio == 1.0
    assert close.agrees
    far = Comparison("b", "x", (1.1, 1.1), (1.0, 1.0), (1.2,), 1)
    assert not far.agrees
    assert "DIFFER" in str(far)
    assert str(far).endswith("its whole call 1.2000 ms in the mean")
    assert verdict([close, far]) == "1 of 2 agree within 5% in the median"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["litert-benchmark", "benchmark_app"])
def test_the_other_instrument_is_run_and_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    monkeypatch.setattr(instruments, "SECONDS", 1.0)
    if name == "litert-benchmark":
        path = write_tiny_tflite(tmp_path / "tiny.tflite", size=1 << 20)
    else:
        path = tmp_path / "model.onnx"
        convolution(path)
    found = instruments.compare(path, 1)
    assert found.instrument == name
    assert found.ours[0] > 0
    assert found.theirs[0] > 0
    assert len(found.calls) == (name == "benchmark_app")
