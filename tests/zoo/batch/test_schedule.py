"""How workers end when their processes are killed, and that telling may fail."""

import os
import signal
from pathlib import Path

import pytest

from tests.zoo import cards
from zoo import naming, targets
from zoo.batch import entries, schedule, trees
from zoo.batch.events import Ended, Event, Finished, Started
from zoo.batch.schedule import Plan
from zoo.batch.worker_process import Limits
from zoo.request import Request

pytestmark = pytest.mark.skipif(not trees.here(), reason="needs Linux's /proc")


def plan(folder: Path, *names: str, limits: Limits | None = None, jobs: int = 1) -> Plan:
    found = [cards.of_convolution(folder, name, seed) for seed, name in enumerate(names)]
    gathered = entries.gather([str(path) for path in found], False, None, None)
    requests = {
        one.name: Request(**naming.card_named(one.text, folder / one.name), targets=targets.parse("float32"))
        for one in gathered
    }
    return Plan(gathered, requests, jobs, limits or Limits())


@pytest.mark.parametrize(
    ("number", "status", "words"),
    [
        (signal.SIGKILL, "out_of_memory", "the system ended its process"),
        (signal.SIGSEGV, "failed", "crashed (SIGSEGV)"),
    ],
)
def test_a_killed_worker_is_said_and_the_next_one_comes(
    tmp_path: Path, number: signal.Signals, status: str, words: str
) -> None:
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        if isinstance(event, Started) and event.model == "first":
            os.kill(event.pid, number)

    first, second = schedule.run(plan(tmp_path, "first", "second"), hear)
    assert (first.status, second.status) == (status, "done")
    assert words in first.reason
    assert isinstance(told[-1], Finished)
    assert told[-1].counts == {status: 1, "done": 1}


def test_limits_end_a_worker(tmp_path: Path) -> None:
    (one,) = schedule.run(plan(tmp_path, "one", limits=Limits(memory=1_000_000)), lambda event: None)
    assert (one.status, one.exit_code) == ("out_of_memory", None)
    assert "more than the 1.00 MB it may" in one.reason
    (tmp_path / "again").mkdir()
    (one,) = schedule.run(plan(tmp_path / "again", "one", limits=Limits(seconds=0.01)), lambda event: None)
    assert one.status == "timed_out"
    assert not (tmp_path / "again" / "one" / "manifest.json").exists()


def test_where_telling_fails_all_workers_end(tmp_path: Path) -> None:
    pids: list[int] = []

    def hear(event: Event) -> None:
        if isinstance(event, Started):
            pids.append(event.pid)
        if len(pids) == 2 or isinstance(event, Ended):
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        schedule.run(plan(tmp_path, "first", "second", jobs=2), hear)
    assert len(pids) == 2
    assert not set(pids) & set(trees.table())


def test_an_interrupted_run_counts_what_was_not_started(tmp_path: Path) -> None:
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        if isinstance(event, Started):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        schedule.run(plan(tmp_path, "first", "second"), hear)
    last = told[-1]
    assert isinstance(last, Finished)
    assert last.counts == {"interrupted": 1, "not_started": 1}
