"""The verdict: how often it is right on a simulated noisy machine, and what it refuses to say."""

import numpy as np
import pytest

from benchmarks.comparison import verdict
from benchmarks.paired import paired, unpaired
from registry.types import Sample
from tests.benchmarks.noisy import Machine, measurement, run

QUIET = Machine(process=0.003, heavy=0, white=0.002, busy=0, outliers=0, drift=0.02)
SHARED = Machine()
CROWDED = Machine(white=0.02, comes=0.3, goes=0.3, outliers=0.05, drift=0.3)
STEADY_PROCESSES = Machine(process=0.01, heavy=0, white=0.001, busy=0, outliers=0)
"""Rounds that repeat to 0.1 % in processes that differ by 1 %: where an interval from the rounds alone is wrong most of the time."""


@pytest.mark.parametrize("machine", [QUIET, SHARED, CROWDED, STEADY_PROCESSES])
@pytest.mark.parametrize(("processes", "rounds"), [(1, 20), (2, 12), (4, 8), (6, 20)])
def test_the_same_file_shows_no_difference(machine: Machine, processes: int, rounds: int) -> None:
    rng = np.random.default_rng(1)
    kinds = [
        verdict(*run(machine, [3.0, 3.0], rng, processes=processes, rounds=rounds)).kind for _ in range(200)
    ]
    assert kinds.count("same") >= 195, kinds.count("same")  # 190 would do


@pytest.mark.parametrize(
    ("machine", "processes", "rounds"),
    [(QUIET, 3, 5), (QUIET, 4, 8), (SHARED, 4, 8), (STEADY_PROCESSES, 4, 8), (CROWDED, 6, 20)],
)
def test_five_percent_more_work_is_told_apart(machine: Machine, processes: int, rounds: int) -> None:
    rng = np.random.default_rng(2)
    found = [verdict(*run(machine, [3.0, 3.15], rng, processes=processes, rounds=rounds)) for _ in range(200)]
    kinds = [one.kind for one in found]
    assert kinds.count("slower") >= 185, kinds.count("slower")  # 180 would do
    assert "faster" not in kinds


@pytest.mark.parametrize("machine", [QUIET, SHARED, STEADY_PROCESSES])
def test_the_interval_holds_the_truth(machine: Machine) -> None:
    rng = np.random.default_rng(3)
    found = [verdict(*run(machine, [3.0, 2.0], rng)) for _ in range(200)]
    held = sum(one.low <= 1.5 <= one.high for one in found)
    assert held >= 186, held
    assert np.median([one.high / one.low for one in found]) < 1.06


def test_separate_runs_get_the_wider_interval() -> None:
    rng = np.random.default_rng(4)
    (a,), (b,) = run(SHARED, [3.0], rng, run_id="one"), run(SHARED, [3.1], rng, run_id="two")
    found = verdict(a, b)
    assert not found.paired
    assert found.kind == "same"
    assert found.text.endswith(", across runs")
    (twice,) = run(SHARED, [6.0], rng, run_id="three")
    assert verdict(a, twice).kind == "slower"
    many = [run(QUIET, [3.0], rng, run_id=f"a{index}")[0] for index in range(5)]
    more = [run(QUIET, [3.15], rng, run_id=f"b{index}")[0] for index in range(5)]
    assert verdict(many, more).kind == "slower"
    assert verdict(many, more).high / verdict(many, more).low < found.high / found.low


def test_another_device_is_said() -> None:
    a, b = measurement(run_id="here"), measurement(run_id="phone", device="A phone")
    assert verdict(a, b).text.endswith(", across devices")


def test_an_invalid_measurement_decides_nothing() -> None:
    good = measurement()
    bad = measurement(valid=False, invalid_reason="another process used 90 % of the CPU")
    found = verdict(good, bad)
    assert found.kind == "incomparable"
    assert (
        found.text
        == "not comparable: model.tflite on cpu was too disturbed (another process used 90 % of the CPU)"
    )
    assert verdict([bad, measurement(run_id="later")], [measurement(run_id="later")]).paired


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"batch": 8}, "batch 1 against batch 8"),
        ({"shapes": {"x": (1, 64, 64, 3)}}, "different input shapes, 1×32×32×3 against 1×64×64×3"),  # noqa: RUF001
    ],
)
def test_what_did_different_work_is_not_compared(change: dict[str, object], reason: str) -> None:
    a = measurement(shapes={"x": (1, 32, 32, 3)})
    b = measurement(**{"shapes": {"x": (1, 32, 32, 3)}, **change})
    assert verdict(a, b).text == f"not comparable: {reason}"


def test_axis_order_is_no_difference_in_work() -> None:
    a, b = measurement(shapes={"x": (1, 32, 32, 3)}), measurement(shapes={"in": (1, 3, 32, 32)})
    assert verdict(a, b).kind == "same"


def test_nothing_measured() -> None:
    assert verdict([], measurement()).text == "not comparable: not measured"


def test_words_and_direction() -> None:
    slow = measurement(samples=tuple(Sample(index, 2.0, 10, index // 5) for index in range(20)))
    fast = measurement(samples=tuple(Sample(index, 1.0, 10, index // 5) for index in range(20)))
    assert verdict(slow, fast).text == "2.00× faster (1.98–2.03)"  # noqa: RUF001
    assert verdict(fast, slow).text == "2.00× slower (1.98–2.03)"  # noqa: RUF001
    assert verdict(fast, fast).text == "no measurable difference (0.99–1.01)"  # noqa: RUF001
    assert verdict(slow, fast).processes == 4


def test_only_rounds_of_both_count() -> None:
    a = measurement(samples=tuple(Sample(index, 1.0) for index in range(10)))
    b = measurement(samples=tuple(Sample(index, 1.0) for index in range(5, 20)))
    assert verdict(a, b).rounds == 5


def test_few_processes_on_one_side_are_what_counts() -> None:
    """Four processes of b against one of a are one unit of evidence: what is odd about a's is in all of them."""
    a = measurement(samples=tuple(Sample(index, 1.03) for index in range(20)))
    b = measurement(samples=tuple(Sample(index, 1.0, 1, index // 5) for index in range(20)))
    assert verdict(a, b).processes == 1
    assert verdict(a, b).kind == verdict(b, a).kind == "same"


def test_lasting_moods_widen_the_interval_of_one_process() -> None:
    rng = np.random.default_rng(5)
    quick = rng.normal(0, 0.05, 40)
    slow = np.repeat(rng.normal(0, 0.05, 4), 10) + rng.normal(0, 0.01, 40)
    widths = [paired(list(one), [0] * 40) for one in (quick, slow)]
    assert widths[1].high - widths[1].low > 1.5 * (widths[0].high - widths[0].low)


def test_no_rounds_is_an_error() -> None:
    with pytest.raises(ValueError, match="no rounds"):
        paired([], [])


def test_unpaired_is_symmetric() -> None:
    one = {"a": paired([0.1, 0.2, 0.15], [0, 0, 0])}
    two = {"b": paired([0.5, 0.6, 0.55], [0, 0, 0])}
    forth, back = unpaired(one, two), unpaired(two, one)
    assert forth.centre == pytest.approx(-back.centre)
    assert forth.low == pytest.approx(-back.high)
