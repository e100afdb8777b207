import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from benchmarks.protocol import (
    Failed,
    Load,
    Loaded,
    Prepare,
    Prepared,
    Ran,
    Reply,
    Request,
    Round,
    Warm,
    Warmed,
)
from benchmarks.worker import dragged, serve, timed, warm
from tests.benchmarks.tiny_tflite import write_tiny_tflite

CPU = Prepare(target="cpu")


def spoken(*requests: Request) -> list[Reply]:
    lines = b"".join(msgspec.json.encode(request) + b"\n" for request in requests)
    replies = io.BytesIO()
    serve(io.BytesIO(lines), replies)
    return [msgspec.json.decode(line, type=Reply) for line in replies.getvalue().splitlines()]


def test_prepare_load_warm_round(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    prepared, loaded, warmed, ran = spoken(CPU, Load(path=str(path)), Warm(seconds=0.2), Round(runs=7))
    assert prepared == Prepared(takes=(".tflite",))
    assert isinstance(loaded, Loaded)
    assert (loaded.delegate, loaded.shapes) == ("XNNPACK", {"x": (1, 4)})
    assert loaded.backend.startswith("LiteRT ")
    assert isinstance(warmed, Warmed)
    assert str(warmed.residency) == "all 1 ops in 1 XNNPACK partition"
    assert warmed.residency.kind == "full"
    assert warmed.runs >= 1
    assert warmed.peak_memory >= loaded.base_memory
    assert isinstance(ran, Ran)
    assert len(ran.times_ms) == 7


def test_a_target_that_is_not_here_is_missing() -> None:
    (answer,) = spoken(Prepare(target="edgetpu:/nowhere/libedgetpu.so"))
    assert answer == Failed(reason="there is no delegate library /nowhere/libedgetpu.so", status="missing")


def test_a_broken_model_is_an_answer(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"not a model")
    _, first, second = spoken(CPU, Load(path=str(broken)), Round(runs=1))
    assert isinstance(first, Failed)
    assert first.status == "failed"
    assert "\n" not in first.reason
    assert second == Failed(reason="no model is loaded")


def test_a_shape_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    _, answer = spoken(CPU, Load(path=str(path), shapes={"z": (1,)}))
    assert answer == Failed(reason="it has no input `z`; its inputs are x", status="refused")


class Clock:
    """A clock that only moves when a run says so, in nanoseconds."""

    now = 0

    def __call__(self) -> int:
        return self.now

    def takes(self, nanoseconds: int) -> Callable[[], None]:
        def run() -> None:
            self.now += nanoseconds

        return run


def test_timed_runs_as_often_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("time.perf_counter_ns", clock)
    assert timed(clock.takes(2_500_000), 3) == [2.5, 2.5, 2.5]


def test_a_dragged_run_is_longer_by_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    class Creeping(Clock):
        def __call__(self) -> int:
            self.now += 1
            return self.now

    clock = Creeping()
    monkeypatch.setattr("time.perf_counter_ns", clock)
    (took,) = timed(dragged(clock.takes(1_000_000), 0.05), 1)
    assert 1.05 <= took < 1.0501


def test_warm_up_runs_at_least_once_and_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, growing = Clock(), iter(range(50))
    monkeypatch.setattr("time.perf_counter_ns", clock)

    def slower_every_time() -> None:
        clock.now += 2 ** next(growing)

    medians, runs = warm(slower_every_time, 0.0)
    assert (len(medians), runs) == (1, 1)
    medians, runs = warm(clock.takes(5_000_000), 5.0)
    assert medians == [5.0, 5.0, 5.0]


def test_openvino_reports_to_nobody_from_a_worker() -> None:
    pytest.importorskip("openvino")
    code = (
        "import sys; from benchmarks.worker import Worker; from benchmarks.protocol import Prepare, Prepared; "
        "assert isinstance(Worker().answer(Prepare(target='openvino')), Prepared); "
        "assert sys.modules['openvino_telemetry'] is None"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
