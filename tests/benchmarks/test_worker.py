import io
from pathlib import Path

import msgspec

from benchmarks.protocol import Failed, Load, Loaded, Ran, Reply, Request, Round, Stop, Stopped, Warm, Warmed
from benchmarks.worker import serve, timed, warm
from tests.benchmarks.tiny_tflite import write_tiny_tflite


def spoken(*requests: Request) -> list[Reply]:
    lines = b"".join(msgspec.json.encode(request) + b"\n" for request in requests)
    replies = io.BytesIO()
    serve(io.BytesIO(lines), replies)
    return [msgspec.json.decode(line, type=Reply) for line in replies.getvalue().splitlines()]


def test_load_warm_round_stop(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    loaded, warmed, ran, stopped = spoken(
        Load(path=str(path), threads=1, xnnpack=True), Warm(seconds=0.2), Round(runs=7), Stop()
    )
    assert isinstance(loaded, Loaded)
    assert loaded.residency == "all 1 ops in 1 XNNPACK partition"
    assert isinstance(warmed, Warmed)
    assert warmed.runs >= 1
    assert isinstance(ran, Ran)
    assert len(ran.times_ms) == 7
    assert isinstance(stopped, Stopped)
    assert stopped.peak_memory >= loaded.base_memory


def test_a_broken_model_is_an_answer(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"not a model")
    first, second = spoken(Load(path=str(broken), threads=1, xnnpack=True), Round(runs=1))
    assert isinstance(first, Failed)
    assert "\n" not in first.reason
    assert second == Failed(reason="no model is loaded")


def test_nothing_more_after_stop() -> None:
    assert len(spoken(Stop(), Stop())) == 1


def test_timed_runs_as_often_as_told() -> None:
    times = iter([1.0, 2.0, 3.0])
    assert timed(lambda: next(times), 3) == [1.0, 2.0, 3.0]


def test_warm_up_runs_at_least_once_and_ends_with_its_time() -> None:
    count = iter(range(10**9))
    warmed = warm(lambda: float(2 ** (next(count) % 50)), 0.0)  # never stable
    assert warmed.runs == 1
    assert warm(lambda: 5.0, 5.0).run_ms == 5.0
