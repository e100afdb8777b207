"""Readings of a machine that is not this one: no test here waits for a clock."""

from pathlib import Path

import pytest

from benchmarks import disturbance
from benchmarks.disturbance import Reading, Turn, between, reasons, summary

QUIET = [Turn(seconds=1.0, others=0.05, steal=0.0, waited=0.001, mhz=3000, celsius=50)] * 5
SURE = (10.0, 9.9, 10.1)


def changed(**facts: float) -> list[Turn]:
    values = {"seconds": 1.0, "others": 0.05, "steal": 0.0, "waited": 0.001} | facts
    return [Turn(**values)] * 5


def test_a_quiet_machine_gives_no_reason() -> None:
    assert reasons(QUIET, 2, *SURE) == []
    assert reasons([Turn(1.0, 0.0, 0.0, 0.0)], 2, *SURE) == []  # nothing readable


@pytest.mark.parametrize(
    ("turns", "times", "reason"),
    [
        (changed(others=1.9), SURE, "other processes used 95% of the processors"),
        (changed(others=0.25), SURE, "other processes used 12% of the processors"),
        (changed(steal=0.06), SURE, "the hypervisor took 3% of the processors away"),
        (changed(waited=0.3), SURE, "the model waited for a processor 30% of the time"),
        ([*QUIET, *changed(mhz=2000)], SURE, "the clock went between 2000 and 3000 MHz"),
        (QUIET, (10.0, 9.0, 11.0), "the median is known to 10% only"),
    ],
)
def test_each_disturbance_has_its_sentence(
    turns: list[Turn], times: tuple[float, float, float], reason: str
) -> None:
    assert reasons(turns, 2, *times) == [reason]


def test_others_are_what_is_neither_the_model_nor_this_process() -> None:
    before = Reading(at=10.0, busy=100.0, steal=1.0, own=50.0, waited=2.0, mhz=1.0)
    after = Reading(at=12.0, busy=104.0, steal=1.5, own=51.5, waited=2.1, mhz=3.0, celsius=60.0)
    turn = between(before, after)
    assert (turn.seconds, turn.others, turn.steal) == (2.0, 2.5, 0.5)
    assert turn.waited == pytest.approx(0.1)
    assert (turn.mhz, turn.celsius) == (3.0, 60.0)
    assert between(before, Reading(at=11.0, busy=100.0, own=50.1)).others == 0  # rounding of the ticks


def test_summary_is_about_all_processors() -> None:
    assert summary(QUIET, 2) == {
        "others": "0.025",
        "steal": "0.000",
        "waited": "0.001",
        "mhz": "3000",
        "celsius": "50",
    }
    assert "mhz" not in summary(changed(), 2)


def test_counters_are_read_from_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line of /proc/stat in ticks of 10 ms, guest time (already in user) left out; sched-stats in nanoseconds."""
    files = {
        "/proc/stat": "cpu  100 10 50 9999 7 1 2 30 40 0\ncpu0 1 2",
        "/proc/7/task/7/schedstat": "1500000000 250000000 9",
        "/proc/7/task/8/schedstat": "500000000 99000000000 9",
    }
    monkeypatch.setattr(disturbance, "_TICK", 0.01)
    monkeypatch.setattr(disturbance, "_text", lambda path: files.get(str(path), ""))
    monkeypatch.setattr(
        disturbance, "_tasks", lambda pid: [Path(f"/proc/{pid}/task/{one}") for one in (7, 8)]
    )
    monkeypatch.setattr("time.process_time", lambda: 0.25)
    found = disturbance.read(7)
    assert found.busy == pytest.approx(1.63)
    assert found.steal == pytest.approx(0.3)
    assert found.own == pytest.approx(2.25)
    assert found.waited == pytest.approx(0.25)


def test_a_process_that_is_gone_is_no_error() -> None:
    assert disturbance.read(2**22 + 1).waited == 0
