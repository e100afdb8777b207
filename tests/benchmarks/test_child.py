import os
import signal
from pathlib import Path

import pytest

from benchmarks.child import Child, ChildError
from benchmarks.protocol import Load, Loaded, Prepare, Prepared, Ran, Round, Warm, Warmed
from tests.benchmarks.tiny_tflite import write_tiny_tflite


def test_a_worker_answers(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    with Child() as child:
        assert child.ask(Prepare(target="cpu"), Prepared) == Prepared(takes=(".tflite",))
        assert child.ask(Load(path=str(path)), Loaded).load_ms > 0
        assert child.ask(Warm(seconds=0.1), Warmed).peak_memory >= 0
        assert len(child.ask(Round(runs=3), Ran).times_ms) == 3


def test_a_failure_is_told(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite", custom="edgetpu-custom-op")
    with Child() as child:
        child.ask(Prepare(target="cpu"), Prepared)
        with pytest.raises(ChildError, match="edgetpu-custom-op") as told:
            child.ask(Load(path=str(path)), Loaded)
    assert told.value.status == "failed"


def test_a_killed_worker_is_told() -> None:
    with Child() as child:
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(ChildError, match="SIGKILL"):
            child.ask(Prepare(target="cpu"), Prepared)


def test_a_crash_is_told_with_its_last_words() -> None:
    command = ("-c", "import sys; print('the last words', file=sys.stderr); sys.exit(3)")
    with Child(command=command) as child, pytest.raises(ChildError, match="exit code 3: the last words"):
        child.ask(Prepare(target="cpu"), Prepared)


def test_an_answer_cut_off_in_the_middle_is_a_crash() -> None:
    command = ("-c", 'import os; input(); os.write(1, b\'{"type": "Prep\'); os._exit(7)')
    with Child(command=command) as child, pytest.raises(ChildError, match="exit code 7"):
        child.ask(Prepare(target="cpu"), Prepared)


def test_a_silent_worker_is_ended() -> None:
    command = ("-c", "import time; time.sleep(60)")
    with Child(0.5, command) as child, pytest.raises(ChildError, match=r"no answer within 0\.5 s"):
        child.ask(Prepare(target="cpu"), Prepared)


def test_a_folder_named_like_the_package_does_not_get_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text("raise SystemExit('the wrong package')")
    monkeypatch.chdir(tmp_path)
    with Child() as child:
        assert child.ask(Prepare(target="cpu"), Prepared) == Prepared(takes=(".tflite",))
