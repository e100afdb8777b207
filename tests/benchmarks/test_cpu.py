import os
import signal
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from benchmarks import cpu
from benchmarks.cpu import measure
from benchmarks.results import CPU_SETTINGS, Results, Setting
from registry.errors import InputError
from tests.benchmarks.tiny_tflite import write_tiny_tflite
from tests.conftest import corpus

ONE = (Setting(threads=1, xnnpack=True),)


def test_every_file_in_every_setting(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    results = measure([path], CPU_SETTINGS, min_runs=5, max_seconds=0.1)
    assert results.failures == ()
    assert [(m.threads, m.delegate) for m in results.measurements] == [
        (1, "XNNPACK"),
        (2, "XNNPACK"),
        (1, "none"),
        (2, "none"),
    ]
    for measured in results.measurements:
        assert (measured.artifact, measured.size) == ("tiny.tflite", path.stat().st_size)
        assert measured.sha256 == sha256(path.read_bytes()).hexdigest()
        assert 0 < measured.p5_ms <= measured.median_ms <= measured.p95_ms
        assert measured.runs >= 5
        assert measured.environment == results.environment
    assert msgspec.json.decode(msgspec.json.encode(results), type=Results) == results


def test_what_cannot_load_fails_alone(tmp_path: Path) -> None:
    good = write_tiny_tflite(tmp_path / "good.tflite")
    bad = write_tiny_tflite(tmp_path / "bad.tflite", custom="edgetpu-custom-op")
    results = measure([bad, good], ONE, min_runs=5, max_seconds=0.1)
    assert [m.artifact for m in results.measurements] == ["good.tflite"]
    (failure,) = results.failures
    assert (failure.artifact, failure.setting) == ("bad.tflite", ONE[0])
    assert "edgetpu-custom-op" in failure.reason


def test_what_crashes_between_rounds_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[cpu.Child] = []
    killed: list[int] = []

    class Watched(cpu.Child):
        def __init__(self, patience: float) -> None:
            super().__init__(patience)
            children.append(self)

    def progress(what: str, done: int = 0, total: int | None = None) -> None:
        if what == "timing" and not killed:
            os.kill(children[0].pid, signal.SIGKILL)
            killed.append(children[0].pid)

    monkeypatch.setattr(cpu, "Child", Watched)
    paths = [write_tiny_tflite(tmp_path / name) for name in ("a.tflite", "b.tflite")]
    results = measure(paths, ONE, min_runs=5, max_seconds=0.1, progress=progress)
    assert [m.artifact for m in results.measurements] == ["b.tflite"]
    assert [(f.artifact, "SIGKILL" in f.reason) for f in results.failures] == [("a.tflite", True)]


def test_little_memory_means_smaller_batches_and_the_same_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "available_memory", iter([100, 40] * 2 + [100]).__next__)
    paths = [write_tiny_tflite(tmp_path / name) for name in ("a.tflite", "b.tflite", "c.tflite")]
    results = measure(paths, ONE, min_runs=5, max_seconds=0.1)
    assert [m.artifact for m in results.measurements] == ["a.tflite", "b.tflite", "c.tflite"]


def test_progress_ends_near_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    measure([path], ONE, min_runs=5, max_seconds=0.1, progress=lambda w, d=0, t=None: seen.append((w, d, t)))
    timing = [done for what, done, _ in seen if what == "timing"]
    assert timing == sorted(timing)
    assert all(0 <= done <= (total or 0) for _, done, total in seen)


def test_a_missing_file_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.tflite"):
        measure([tmp_path / "gone.tflite"], ONE)


@pytest.mark.corpus
def test_real_models_and_their_residency() -> None:
    paths = [corpus("mlperf_tiny/vww_96_float.tflite"), corpus("mlperf_tiny/kws_ref_model.tflite")]
    settings = (Setting(threads=1, xnnpack=True), Setting(threads=1, xnnpack=False))
    results = measure(paths, settings, min_runs=5, max_seconds=0.2)
    assert results.failures == ()
    assert [str(m.residency) for m in results.measurements] == [
        "all 31 ops in 1 XNNPACK partition",
        "none of 31 ops delegated",
        "11 of 13 ops in 2 XNNPACK partitions; outside: 1 AVERAGE_POOL_2D, 1 SOFTMAX",
        "none of 13 ops delegated",
    ]
    assert all(m.peak_memory > m.base_memory > 0 for m in results.measurements)
