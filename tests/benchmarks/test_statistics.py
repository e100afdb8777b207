import math

import pytest

from benchmarks.statistics import is_stable, summarize


def test_summary_of_known_times() -> None:
    summary = summarize([[float(value) for value in range(101)]])
    assert (summary.median, summary.p5, summary.p95, summary.mean, summary.runs) == (50, 5, 95, 50, 101)
    assert summary.std == pytest.approx(math.sqrt(101 * 102 / 12))


def test_summary_of_one_run_has_no_spread() -> None:
    summary = summarize([[3.0]])
    assert (summary.median, summary.p5, summary.p95, summary.std) == (3, 3, 3, 0)


@pytest.mark.parametrize(
    ("windows", "stable"),
    [
        ([], False),
        ([1.0, 1.0], False),
        ([9.0, 1.0, 1.02, 1.0], True),
        ([1.0, 1.0, 1.0, 2.0], False),
        ([2.0, 1.5, 1.0], False),
    ],
)
def test_warm_up_is_over_when_the_last_windows_agree(windows: list[float], stable: bool) -> None:
    assert is_stable(windows) is stable
