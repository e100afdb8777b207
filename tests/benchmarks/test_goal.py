"""Goals: what is understood, what is refused, and which row is taken."""

import pytest

from benchmarks.goal import parse, recommend
from benchmarks.standings import Row, place
from registry.errors import InputError
from registry.types import Sample, Score
from tests.benchmarks.noisy import measurement


def row(variant: str, size: int, ms: float, accuracy: float | None, **more: object) -> Row:
    samples = tuple(Sample(index, ms, 1, index // 5) for index in range(20))
    one = measurement(variant=variant, sha256=variant, size=size, samples=samples, **more)
    scores = ()
    if accuracy is not None:
        scores = (
            Score(
                artifact=variant,
                metric="top1",
                value=accuracy,
                samples=100,
                low=accuracy - 0.03,
                high=accuracy + 0.03,
                sha256=variant,
            ),
        )
    return Row(place=place(one), runs=(one,), scores=scores)


ROWS = [
    row("float32", 4000, 2.0, 0.80),
    row("float16", 2000, 2.0, 0.799),
    row("int8", 1000, 1.0, 0.77),
    row("int16x8", 1100, 9.0, 0.80),
    row("onnx", 4100, 1.5, None),
]


def chosen(text: str) -> str:
    found = recommend(parse(text), ROWS).chosen
    return found.place.variant if found else ""


@pytest.mark.parametrize(
    ("goal", "variant"),
    [
        ("smallest", "int8"),
        ("fastest", "int8"),
        (
            "most accurate",
            "int16x8",
        ),  # as accurate as float32, and smaller: the first objective that was not named decides
        ("most accurate, fastest", "float32"),
        ("accuracy>=0.79, smallest", "int16x8"),
        ("accuracy >= 79 %, fastest", "float16"),  # as fast as float32, and smaller
        ("top1>=0.79,latency<5ms,smallest", "float16"),
        ("latency < 1200 us, smallest", "int8"),
        ("size<=2kB, most accurate", "int16x8"),
        ("size <= 2 KiB, latency<3, Most  Accurate", "float16"),
        ("accuracy>0.9, smallest", ""),
        ("accuracy=0.80, fastest", "float32"),
        ("memory<1GB, throughput>=400, smallest", "int8"),
    ],
)
def test_choices(goal: str, variant: str) -> None:
    assert chosen(goal) == variant


@pytest.mark.parametrize(
    ("goal", "sentence"),
    [
        ("", "there is nothing between two commas"),
        ("accuracy>=0.79,", "there is nothing between two commas"),
        (
            "accuracy>=0.79",
            "does not say what is wanted most: add smallest, fastest, most accurate or least memory",
        ),
        ("smalest", "'smalest' is neither a condition nor one of smallest, fastest"),
        ("accuracy>=high, smallest", "'accuracy>=high' is neither a condition"),
        ("accuracy=>0.7, smallest", "'accuracy=>0.7' is neither a condition"),
        ("latency<5MB, fastest", "latency has no unit MB; it takes ms, us"),
        ("size<5ms, smallest", "size has no unit ms; it takes b, kb"),
        ("smallest, smallest", "smallest stands there twice"),
    ],
)
def test_what_is_not_understood_is_named(goal: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(goal)
    assert sentence in str(caught.value)


def test_units_become_milliseconds_and_bytes() -> None:
    conditions = parse("latency<=0.5s, size<1.5MB, p95<250us, accuracy>=79.5%, mae<1e-2, smallest").conditions
    assert [one.limit for one in conditions] == pytest.approx([500, 1.5e6, 0.25, 0.795, 0.01])


def test_why_the_others_fall_out() -> None:
    found = recommend(parse("accuracy>=0.79, latency<5 ms, smallest"), ROWS)
    assert {one.place.variant: why for one, why in found.refused} == {
        "int8": "accuracy is 0.7700",
        "int16x8": "latency is 9.000 ms",
        "onnx": "accuracy is not known",
    }


def test_an_interval_that_reaches_below_is_said() -> None:
    (said,) = recommend(parse("accuracy>=0.79, smallest"), ROWS).caution
    assert said == (
        "top1 is 0.8000, but its 95 % interval 0.7700 to 0.8300 does not rule out that accuracy>=0.79 fails; more samples would tell"
    )
    assert not recommend(parse("accuracy>=0.7, smallest"), ROWS).caution


def test_a_metric_that_nothing_has() -> None:
    with pytest.raises(InputError, match="no row has mAP; the metrics here are top1"):
        recommend(parse("mAP>0.5, smallest"), ROWS)
    with pytest.raises(InputError, match="nothing here is scored: run `zoo eval` first"):
        recommend(parse("accuracy>0.5, smallest"), [row("a", 1, 1.0, None)])


def test_lower_is_better() -> None:
    rows = [row("a", 1, 1.0, None), row("b", 2, 1.0, None)]
    scores = [
        Score(artifact=name, metric="mae", value=value, samples=1, higher_is_better=False)
        for name, value in (("a", 0.3), ("b", 0.2))
    ]
    rows = [
        Row(place=one.place, runs=one.runs, scores=(score,)) for one, score in zip(rows, scores, strict=True)
    ]
    found = recommend(parse("mae<0.5, most accurate"), rows).chosen
    assert found is not None
    assert found.place.variant == "b"


def test_a_disturbed_run_is_never_recommended() -> None:
    rows = [row("a", 1, 1.0, None, valid=False, invalid_reason="load"), row("b", 2, 1.0, None)]
    found = recommend(parse("smallest"), rows)
    assert found.chosen is rows[1]
    assert found.refused[0][1] == "the run was too disturbed (load)"
