"""Intervals and paired tests: they cover what they say, find a planted loss, and none where there is none."""

import numpy as np
import pytest

from benchmarks import resampling
from benchmarks.metrics.figure import PLAIN, Figure, mean_of, share

ERROR = Figure("error", mean_of("x"), PLAIN, higher_is_better=False)
TOP1 = share("top1", "right")


def test_the_first_value_is_the_metric_itself() -> None:
    stats = {"x": np.asarray([1.0, 2.0, 6.0])}
    values = resampling.resample([ERROR], stats, 3)["error"]
    assert values.shape == (1 + resampling.ROUNDS,)
    assert values[0] == 3
    assert set(np.round(values * 3)) <= set(range(3, 19))


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        stats = {"x": random.normal(5, 2, 80)}
        values = resampling.resample([ERROR], stats, 80, seed=trial)["error"]
        found = resampling.estimate(ERROR, stats, values)
        hits += found.low <= 5 <= found.high
    assert 180 <= hits <= 198


def test_all_right_is_no_certainty() -> None:
    stats = {"right": np.ones(50)}
    found = resampling.estimate(TOP1, stats, resampling.resample([TOP1], stats, 50)["top1"])
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 50))  # Clopper and Pearson


def _difference(
    figure: Figure, ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]
) -> resampling.Difference:
    count = resampling.size(ours)
    values, others = (resampling.resample([figure], one, count)[figure.name] for one in (ours, theirs))
    return resampling.compare(figure, ours, values, theirs, others)


def test_the_same_answers_lose_nothing() -> None:
    stats = {"x": np.random.default_rng(1).random(40), "right": np.arange(40) % 3 > 0}
    for figure in (ERROR, TOP1):
        found = _difference(figure, stats, stats)
        assert (found.value, found.p, found.verdict) == (0, 1, "no measurable loss")


def test_a_planted_loss_is_found_and_its_sign_read_right() -> None:
    random = np.random.default_rng(2)
    before = {"x": random.random(200)}
    after = {"x": before["x"] + random.normal(0.02, 0.05, 200)}
    assert _difference(ERROR, after, before).verdict.startswith("loses 0.0")
    assert _difference(ERROR, before, after).verdict.startswith("gains 0.0")


def test_mcnemar_is_the_binomial_test_of_what_only_one_gets_right() -> None:
    right = np.ones(100, bool)
    wrong_on = right.copy()
    wrong_on[:9] = False
    assert resampling.mcnemar(wrong_on, right) == pytest.approx(2 * 0.5**9)
    assert _difference(TOP1, {"right": wrong_on}, {"right": right}).verdict.startswith("loses 9.00 ±")
    swapped = np.roll(wrong_on, 50)  # as many wrong, on other samples
    assert _difference(TOP1, {"right": wrong_on}, {"right": swapped}).verdict == "no measurable loss"
