"""The harness that tests the instrument, tested on a machine that is simulated; the real one is run by `python -m benchmarks.trust`."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks import trust
from benchmarks.results import Effort, Plan, Results
from benchmarks.trust import Tally, report
from tests.benchmarks.noisy import Machine, run
from tests.benchmarks.tiny_tflite import write_tiny_tflite

NOTICED = "other processes used 90% of the processors"


def simulated(monkeypatch: pytest.MonkeyPatch, valid: bool = True) -> None:
    """Stands in for the runner: every plan costs a millisecond, a dragged one its share more, on a noisy machine."""

    def measure(plans: list[Plan], effort: Effort) -> Results:
        costs = [1 + plan.drag for plan in plans]
        found = run(
            Machine(process=0.005, busy=0), costs, np.random.default_rng(1), processes=effort.processes
        )
        named = tuple(
            replace(one, artifact=plan.artifact, valid=valid) for one, plan in zip(found, plans, strict=True)
        )
        return Results(run_id="run", measurements=named, failures=(), environment={})

    monkeypatch.setattr(trust.runner, "measure", measure)


def test_a_model_is_compared_with_itself_and_with_itself_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated(monkeypatch)
    found = trust.tally(Path("model.tflite"), 20, Effort(processes=4), False)
    assert (found.alike, found.apart, found.measurements, found.disturbed) == (20, 20, 60, 0)
    assert (found.alike_right, found.apart_right) == (20, 20)


def test_what_was_disturbed_does_not_count_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated(monkeypatch, valid=False)
    strict = trust.tally(Path("model.tflite"), 3, Effort(processes=4), False)
    assert (strict.alike, strict.apart, strict.disturbed) == (0, 0, 9)
    assert trust.tally(Path("model.tflite"), 3, Effort(processes=4), True).alike == 3


@pytest.mark.parametrize(
    ("alike", "apart", "said", "passed"),
    [
        (95, 90, NOTICED, True),
        (94, 100, NOTICED, False),
        (100, 89, NOTICED, False),
        (100, 100, "", False),
    ],
)
def test_the_totals_decide(alike: int, apart: int, said: str, passed: bool) -> None:
    lines, told = report([Tally("m", 100, alike, 100, apart, 300, 2)], said)
    assert told is passed
    assert f"no measurable difference in {alike} of 100" in lines[0]
    assert f"told apart in {apart} of 100" in lines[1]
    assert ("NOT NOTICED" in lines[3]) is (not said)


def test_nothing_compared_is_no_pass() -> None:
    assert report([Tally("m", 0, 0, 0, 0, 30, 30)], NOTICED)[1] is False


def test_neighbours_are_really_there_and_go(tmp_path: Path) -> None:
    path = write_tiny_tflite(tmp_path / "tiny.tflite")
    with trust.neighbours(2):
        pass
    assert "processors" in trust.noticed(path, Effort(rounds=4, processes=1))
