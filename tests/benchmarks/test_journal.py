"""What a run leaves behind when it is killed, and how two runs notice each other."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from benchmarks import journal, runner
from benchmarks.disturbance import Turn
from benchmarks.journal import Ended, Entered, Journal, Left, Started, Took
from benchmarks.protocol import Loaded, Warmed
from benchmarks.results import Effort, Failure, Plan
from registry.types import Residency
from tests.benchmarks.tiny_tflite import write_tiny_tflite

PLANS = (Plan(path="a", target="cpu", artifact="a"), Plan(path="b", target="gpu", artifact="b"))
LOADED = Loaded(
    backend="LiteRT", delegate="none", device="CPU", shapes={}, load_ms=1, first_ms=2, base_memory=3
)
WARMED = Warmed(
    runs=1,
    ms=1,
    run_ms=1,
    stable=True,
    overhead_ms=0.0001,
    peak_memory=10,
    runtime_memory=4,
    residency=Residency(ops=1, accelerated=0, partitions=0),
)


def write(folder: Path, *, ended: bool, rounds: int = 3) -> Path:
    with Journal(folder, "run") as written:
        written.write(Started(run_id="run", plans=PLANS, environment={"cpu": "x"}))
        written.write(Entered(index=0, loaded=LOADED, warmed=WARMED))
        written.write(Left(index=1, failure=Failure(artifact="b", target="gpu", reason="no")))
        for number in range(rounds):
            turn = Turn(seconds=1, others=0, steal=0, waited=0)
            written.write(Took(index=0, round=number, process=0, times_ms=[1.0, 2.0, 3.0], turn=turn))
        if ended:
            written.write(Ended(against=("crowded",)))
    return folder / "run.jsonl"


@pytest.mark.parametrize("ended", [True, False])
def test_what_was_done_is_read_back(tmp_path: Path, ended: bool) -> None:
    path = write(tmp_path, ended=ended)
    ((left, results),) = journal.left(tmp_path).items()
    assert left == path
    (found,) = results.measurements
    assert (found.run_id, found.runs, len(found.samples), found.median_ms) == ("run", 9, 3, 2.0)
    assert found.status == ("done" if ended else "interrupted")
    assert found.invalid_reason == ("crowded" if ended else "")
    assert [one.reason for one in results.failures] == ["no"]
    journal.remove(path)
    assert journal.left(tmp_path) == {}


def test_a_line_cut_short_ends_it(tmp_path: Path) -> None:
    path = write(tmp_path, ended=False)
    path.write_bytes(path.read_bytes()[:-7])
    results = journal.read(path)
    assert results is not None
    assert len(results.measurements[0].samples) == 2


def test_a_journal_without_beginning_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_bytes(b'{"event": "Star')
    assert journal.left(tmp_path) == {}


def test_a_run_that_runs_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, ended=False)
    with FileLock(tmp_path / "run.lock"):
        assert journal.left(tmp_path) == {}


def test_two_benchmarks_at_once_are_noticed(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    plans = [Plan(path=str(path), target="cpu", artifact="tiny")]
    effort = Effort(rounds=2, processes=1, round_seconds=0.001)
    alone = runner.measure(plans, effort, journal=tmp_path / "bench")
    assert alone.notes == ()
    with Journal(tmp_path / "bench", "other"):
        crowded = runner.measure(plans, effort, journal=tmp_path / "bench")
    (found,) = crowded.measurements
    assert not found.valid
    assert runner.CROWD in found.invalid_reason
    assert "repeat the run alone" in crowded.notes[0]


KILLED_AFTER_TEN = """
import os, signal, sys
from pathlib import Path
from benchmarks import runner
from benchmarks.results import Effort, Plan
turns = []
def progress(what, done=0, total=None):
    turns.append(what)
    if turns.count("timing") > 10:
        os.kill(os.getpid(), signal.SIGKILL)
model, folder = map(Path, sys.argv[1:])
plan = Plan(path=str(model), target="cpu", artifact=model.name)
runner.measure([plan], Effort(rounds=1000, processes=1, round_seconds=0.001), journal=folder, progress=progress)
"""


def test_a_killed_run_keeps_its_rounds(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER_TEN, str(path), str(tmp_path / "bench")],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    ((_, results),) = journal.left(tmp_path / "bench").items()
    (found,) = results.measurements
    assert (found.status, len(found.samples)) == ("interrupted", 10)
    assert found.median_ms > 0
