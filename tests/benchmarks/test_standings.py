"""The table: which rows, held against which reference, and the Pareto front."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pareto import Merits, front
from benchmarks.standings import Standings, Wanted, pairs, standings
from registry.errors import InputError
from registry.types import Measurement, Sample, Score
from tests.benchmarks.noisy import measurement


def one(variant: str, ms: float, target: str = "cpu", **more: object) -> Measurement:
    samples = tuple(Sample(index, ms, 1, index // 5) for index in range(20))
    return measurement(
        **{
            "variant": variant,
            "target": target,
            "samples": samples,
            "sha256": variant,
            "artifact": variant,
            **more,
        }
    )


def score(variant: str, value: float) -> Score:
    return Score(artifact=variant, metric="top1", value=value, samples=100, sha256=variant)


def table(found: list[Measurement], **wanted: object) -> Standings:
    scores = [score("float32", 0.80), score("float16", 0.80), score("int8", 0.75)]
    return standings(found, scores, Wanted(**wanted))  # type: ignore[arg-type]


ALL = [
    one("float32", 2.0, size=4000),
    one("float16", 2.0, size=2000),
    one("int8", 1.0, size=1000),
    one("float32", 8.0, "cpu:noxnnpack", size=4000),
    one("float32", 1.2, threads=2, size=4000),
    one("openvino", 1.5, "openvino:CPU", size=4100),
    one("onnx", 3.0, "onnxruntime", size=4200),
]


def names(found: Standings) -> list[str]:
    return [f"{row.place.variant}@{row.place.target}" for row in found.rows]


def test_everything_with_the_fewest_threads() -> None:
    found = table(ALL)
    assert len(found.rows) == 6
    assert found.reference.variant == "float32"
    assert found.reference.target == "cpu"
    texts = {f"{row.place.variant}@{row.place.target}": row.verdict.text for row in found.rows if row.verdict}
    assert texts["float16@cpu"].startswith("no measurable difference")
    assert texts["int8@cpu"].startswith("2.00× faster")  # noqa: RUF001
    assert texts["float32@cpu:noxnnpack"].startswith("4.00× slower")  # noqa: RUF001
    assert "float32@cpu" not in texts


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"by": "variant"}, ["float32@cpu", "float16@cpu", "int8@cpu"]),
        (
            {"by": "target"},
            ["float32@cpu", "float32@cpu:noxnnpack", "openvino@openvino:CPU", "onnx@onnxruntime"],
        ),
        ({"by": "device"}, ["float32@cpu"]),
        ({"by": "target", "reference": "int8"}, ["int8@cpu"]),
        ({"threads": (2,)}, ["float32@cpu"]),
    ],
)
def test_one_thing_at_a_time(wanted: dict[str, object], expected: list[str]) -> None:
    assert names(table(ALL, **wanted)) == expected


def test_other_references() -> None:
    assert table(ALL, reference="int8").reference.variant == "int8"
    assert table(ALL, reference="float32@cpu:noxnnpack").reference.target == "cpu:noxnnpack"
    with pytest.raises(
        InputError, match="--reference int4: nothing like it was measured; there are float32@cpu, float16@cpu"
    ):
        table(ALL, reference="int4")
    with pytest.raises(InputError, match="nothing was measured with threads 8; there are 1, 2"):
        table(ALL, threads=(8,))


def test_devices_have_their_own_reference() -> None:
    phone = [one("float32", 20.0, device="phone", run_id="p"), one("int8", 5.0, device="phone", run_id="p")]
    found = table([*ALL, *phone])
    texts = {(row.place.variant, row.place.device): row.verdict for row in found.rows}
    on_phone = texts["int8", "phone"]
    assert on_phone is not None
    assert on_phone.text.startswith("4.00× faster")  # noqa: RUF001
    assert texts["float32", "phone"] is None
    across = table([*ALL, *phone], by="device")
    assert [row.place.device for row in across.rows] == ["A CPU", "phone"]
    assert across.rows[1].verdict is not None
    assert across.rows[1].verdict.text.endswith("across devices")


def test_accuracy_joins_by_hash_alone() -> None:
    renamed = one("float32", 2.0, sha256="other bytes")
    rows = table([renamed, one("float16", 2.0)]).rows
    assert rows[0].scores == ()
    assert [score.value for score in rows[1].scores] == [0.80]


def test_the_most_samples_are_the_score() -> None:
    few = Score(artifact="int8", metric="top1", value=0.5, samples=10, sha256="int8", data="few")
    (row,) = standings([one("int8", 1.0)], [few, score("int8", 0.75), few], Wanted()).rows
    assert [found.value for found in row.scores] == [0.75]


def test_old_bytes_under_the_same_name_are_left_out_and_said() -> None:
    found = table([one("float32", 9.0, sha256="old", run_id="1"), one("float32", 2.0, run_id="2")])
    assert found.rows[0].latest.median_ms == 2.0
    assert found.notes == (
        "float32 on cpu, 1 thread: earlier results belong to 1 other file of that name and are left out",
    )


def test_a_disturbed_run_gives_way_to_a_sound_one() -> None:
    good = one("float32", 2.0, run_id="1")
    bad = one("float32", 3.0, run_id="2", valid=False, invalid_reason="busy")
    found = table([good, bad, one("float16", 2.0, run_id="1")])
    assert found.rows[0].latest is good
    assert found.notes == (
        "float32 on cpu, 1 thread: the latest run was disturbed (busy); the one of 2026-01-01 stands here",
    )
    alone = table([bad, one("float16", 2.0, run_id="1")])
    assert not alone.rows[0].front
    assert alone.rows[1].verdict is not None
    assert alone.rows[1].verdict.kind == "incomparable"


def test_every_pair() -> None:
    said = pairs(table(ALL, by="variant").rows)
    assert [(a.place.variant, b.place.variant) for a, b, _ in said] == [
        ("float32", "float16"),
        ("float32", "int8"),
        ("float16", "int8"),
    ]


def test_nothing_measured() -> None:
    with pytest.raises(InputError, match="run `zoo bench` first"):
        table([])


def test_front_of_the_table() -> None:
    assert [row.place.variant for row in table(ALL, by="variant").rows if row.front] == ["float16", "int8"]


def faster(every: list[Merits], by: float = 1.0):  # type: ignore[no-untyped-def]
    return lambda a, b: every[a].latency * by < every[b].latency


def test_figures_within_the_noise_are_no_merit() -> None:
    every = [Merits(10, 1.00, 0.9), Merits(10, 1.01, 0.9), Merits(5, 1.02, 0.9)]
    assert front(every, faster(every)) == {0, 2}
    assert front(every, faster(every, 1.05)) == {2}


def test_who_lacks_a_merit_that_others_have_is_left_out() -> None:
    every = [Merits(10, 1.0, 0.9), Merits(9, 2.0, 0.8), Merits(1, 0.5, None)]
    assert front(every, faster(every)) == {0, 1}
    every = [Merits(10, 1.0, 0.9), Merits(9, 2.0, None), Merits(1, 0.5, None)]
    assert front(every, faster(every)) == {2}  # accuracy of a single one compares nothing


MERITS = st.builds(Merits, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))


@given(st.lists(MERITS, min_size=1, max_size=12))
def test_front_against_its_definition(every: list[Merits]) -> None:
    def dominates(a: Merits, b: Merits) -> bool:
        no_worse = a.size <= b.size and a.latency <= b.latency and a.accuracy >= b.accuracy  # type: ignore[operator]
        return no_worse and a != b

    expected = {i for i, b in enumerate(every) if not any(dominates(a, b) for a in every)}
    assert front(every, faster(every)) == expected
    assert expected
