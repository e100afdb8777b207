import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from benchmarks import runner
from benchmarks.results import Effort, Plan, Results
from benchmarks.runner import measure
from registry.errors import InputError
from tests.benchmarks.tiny_tflite import write_tiny_tflite
from tests.conftest import corpus

QUICK = Effort(rounds=4, processes=2, round_seconds=0.005)


def plan(path: Path, target: str = "cpu", **more: int) -> Plan:
    return Plan(path=str(path), target=target, artifact=path.name, sha256=path.name, size=1, **more)


def test_every_plan_is_measured_in_the_same_rounds(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    plans = [plan(path), plan(path, threads=2), plan(path, "cpu:noxnnpack"), plan(path, batch=3)]
    results = measure(plans, QUICK)
    assert results.failures == ()
    assert [(m.target, m.threads, m.batch, m.delegate) for m in results.measurements] == [
        ("cpu", 1, 1, "XNNPACK"),
        ("cpu", 2, 1, "XNNPACK"),
        ("cpu:noxnnpack", 1, 1, "none"),
        ("cpu", 1, 3, "XNNPACK"),
    ]
    for measured in results.measurements:
        assert measured.run_id == results.run_id
        assert [(one.round, one.process) for one in measured.samples] == [(0, 0), (1, 0), (2, 1), (3, 1)]
        assert (
            0 < measured.min_ms <= measured.p5_ms <= measured.median_ms <= measured.p95_ms <= measured.p99_ms
        )
        assert measured.low_ms <= measured.median_ms <= measured.high_ms
        assert measured.runs == sum(one.runs for one in measured.samples)
        assert measured.throughput == pytest.approx(measured.batch * 1000 / measured.median_ms)
        assert measured.shapes == {"x": (measured.batch, 4)}
        assert results.environment.items() <= measured.environment.items()
        assert measured.valid == (not measured.invalid_reason)
    assert msgspec.json.decode(msgspec.json.encode(results), type=Results) == results


def test_what_cannot_load_fails_alone(tmp_path: Path) -> None:
    good = write_tiny_tflite(tmp_path / "good.tflite")
    bad = write_tiny_tflite(tmp_path / "bad.tflite", custom="edgetpu-custom-op")
    results = measure([plan(bad), plan(good), plan(good, "edgetpu:/no/such.so")], QUICK)
    assert [m.artifact for m in results.measurements] == ["good.tflite"]
    first, second = results.failures
    assert (first.artifact, first.status) == ("bad.tflite", "failed")
    assert "edgetpu-custom-op" in first.reason
    assert (second.target, second.status) == ("edgetpu:/no/such.so", "missing")


def test_what_crashes_between_rounds_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[runner.Child] = []
    killed: list[int] = []

    class Watched(runner.Child):
        def __init__(self, patience: float, command: tuple[str, ...]) -> None:
            super().__init__(patience, command)
            children.append(self)

    def progress(what: str, done: int = 0, total: int | None = None) -> None:
        if what == "timing" and not killed:
            os.kill(children[0].pid, signal.SIGKILL)
            killed.append(children[0].pid)

    monkeypatch.setattr(runner, "Child", Watched)
    paths = [write_tiny_tflite(tmp_path / name) for name in ("a.tflite", "b.tflite")]
    results = measure([plan(path) for path in paths], QUICK, progress=progress)
    assert [m.artifact for m in results.measurements] == ["b.tflite"]
    assert [(f.artifact, f.status, "SIGKILL" in f.reason) for f in results.failures] == [
        ("a.tflite", "crashed", True)
    ]


def test_little_memory_means_fewer_at_once_and_the_same_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[int] = []
    turns = runner.Run._take_turns

    def watched(self: runner.Run, batch: runner.Batch, process: int) -> None:
        alive.append(len(batch))
        turns(self, batch, process)

    monkeypatch.setattr(runner.Run, "_take_turns", watched)
    readings = iter([100, *[40] * 100])
    monkeypatch.setattr(runner, "available_memory", lambda: next(readings))
    paths = [write_tiny_tflite(tmp_path / name) for name in ("a.tflite", "b.tflite")]
    results = measure([plan(path) for path in paths], QUICK)
    assert [m.artifact for m in results.measurements] == ["a.tflite", "b.tflite"]
    assert alive[:2] == [1, 1]


def test_the_order_of_a_round_is_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ask: Callable[..., object] = runner.Child.ask

    def watched(self: runner.Child, request: object, expected: type) -> object:
        if isinstance(request, runner.Round):
            asked.append(self.pid)
        return ask(self, request, expected)

    monkeypatch.setattr(runner.Child, "ask", watched)
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    effort = Effort(rounds=16, processes=1, round_seconds=0.001)
    measure([plan(path), plan(path, threads=2), plan(path, "cpu:noxnnpack")], effort)
    orders = {tuple(asked[start : start + 3]) for start in range(0, len(asked), 3)}
    assert len(asked) == 48
    assert all(len(set(order)) == 3 for order in orders)
    assert len(orders) > 2


def test_progress_goes_on(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    measure([plan(path)], QUICK, progress=lambda w, d=0, t=None: seen.append((w, d, t)))
    timing = [done for what, done, _ in seen if what == "timing"]
    assert timing == sorted(timing)
    assert all(0 <= done <= (total or 0) for _, done, total in seen)


def test_a_missing_file_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.tflite"):
        measure([plan(tmp_path / "gone.tflite")], QUICK)


@pytest.mark.corpus
def test_real_models_and_their_residency() -> None:
    paths = [corpus("mlperf_tiny/vww_96_float.tflite"), corpus("mlperf_tiny/kws_ref_model.tflite")]
    plans = [plan(path, target) for path in paths for target in ("cpu", "cpu:noxnnpack")]
    results = measure(plans, Effort(rounds=2, processes=1, round_seconds=0.01))
    assert results.failures == ()
    assert [str(m.residency) for m in results.measurements] == [
        "all 31 ops in 1 XNNPACK partition",
        "none of 31 ops delegated",
        "11 of 13 ops in 2 XNNPACK partitions; outside: 1 AVERAGE_POOL_2D, 1 SOFTMAX",
        "none of 13 ops delegated",
    ]
    assert all(m.peak_memory > m.base_memory > 0 for m in results.measurements)
