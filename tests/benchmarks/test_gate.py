"""The regression gate: what passes, what fails, and what it will not decide."""

import numpy as np
import pytest

from benchmarks.gate import check
from registry.types import Measurement, Sample
from tests.benchmarks.noisy import Machine, measurement, run

QUIET = Machine(process=0.003, heavy=0, white=0.002, busy=0, outliers=0, drift=0.02)


def pair(slower: float, seed: int = 0) -> tuple[list[Measurement], list[Measurement]]:
    """A baseline and what came after it, benched in one run."""
    a, b = run(QUIET, [3.0, 3.0 * slower], np.random.default_rng(seed))
    return [a], [b]


@pytest.mark.parametrize(
    ("slower", "outcome"), [(1.0, "passed"), (0.8, "passed"), (1.2, "regressed"), (1.05, "inconclusive")]
)
def test_benched_together(slower: float, outcome: str) -> None:
    report = check(*pair(slower), 0.05)
    (one,) = report.checked
    assert (report.outcome, one.outcome) == (outcome, outcome)
    assert one.paired
    assert one.low is not None
    assert one.high is not None
    assert one.low < slower - 1 < one.high
    assert one.before_sha256 != one.after_sha256


def test_separate_runs_need_repeats() -> None:
    rng = np.random.default_rng(1)

    def runs(cost: float, names: str) -> list[Measurement]:
        return [run(QUIET, [cost], rng, run_id=name)[0] for name in names]

    assert check(runs(3.0, "a"), runs(3.0, "b"), 0.05).outcome == "inconclusive"
    assert check(runs(3.0, "a"), runs(3.0, "b"), 0.15).outcome == "passed"
    assert check(runs(3.0, "a"), runs(3.6, "b"), 0.05).outcome == "regressed"
    assert check(runs(3.0, "abcde"), runs(3.0, "fghij"), 0.05).outcome == "passed"
    assert "repeat the bench" in check(runs(3.0, "a"), runs(3.0, "b"), 0.05).checked[0].reason


def test_what_was_not_measured_again_does_not_pass() -> None:
    before = [measurement()]
    assert check(before, [], 0.05).checked[0].reason == "not measured since the baseline"
    assert check(before, before, 0.05).outcome == "inconclusive"
    assert check(before, [measurement(run_id="new", threads=2)], 0.05).outcome == "inconclusive"
    assert check([], before, 0.05).outcome == "inconclusive"


def test_a_disturbed_run_is_inconclusive() -> None:
    report = check([measurement()], [measurement(run_id="new", valid=False, invalid_reason="busy")], 0.05)
    assert report.outcome == "inconclusive"
    assert "too disturbed (busy)" in report.checked[0].reason


def test_one_regression_among_many_is_the_answer() -> None:
    before, after = pair(1.3)
    more = [measurement(target="gpu", samples=tuple(Sample(i, 1.0, 1, i // 5) for i in range(20)))]
    report = check([*before, *more], after, 0.05)
    assert report.outcome == "regressed"
    assert [one.outcome for one in report.checked] == ["regressed", "inconclusive"]
