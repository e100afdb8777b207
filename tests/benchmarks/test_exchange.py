"""Results out and in again: JSON Lines, CSV, Parquet."""

import csv
import io

import msgspec
import pytest

from benchmarks import exchange, tabular
from benchmarks.results_store import ResultStore
from registry.errors import InputError
from registry.types import Score
from tests.benchmarks.noisy import measurement

FOUND = [
    measurement(shapes={"x": (1, 8, 8, 3)}),
    measurement(run_id="other", device="Pixel 8", environment={"cpu": "Tensor G3"}),
]
SCORES = [Score(artifact="float32", metric="top1", value=0.9, samples=10, sha256="0" * 64, data="d")]


def test_everything_survives_the_way() -> None:
    content = exchange.write(FOUND, SCORES)
    assert exchange.is_ours(content)
    assert exchange.read(content, "file") == (FOUND, SCORES, [])
    with ResultStore() as store:
        assert store.add(*FOUND, scores=SCORES) == 3
        assert store.add(*FOUND, scores=SCORES) == 0
        assert [one.device for one in store.measurements()] == ["A CPU", "Pixel 8"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text[:-200], "line 3: no result, or one that is cut off"),
        (lambda text: text.replace(b'"zoo":1', b'"zoo":2', 1), "line 1: written by a newer zoo"),
        (
            lambda text: text.replace(b"0" * 64, b"0" * 63, 1),
            "is no sha256, so whose result it is is not known",
        ),
        (lambda text: text.replace(b'"median_ms":1.0', b'"median_ms":-1.0', 1), "is not positive"),
        (lambda text: text.replace(b'"median_ms":1.0', b'"median_ms":"fast"', 1), "line 1: no result"),
        (lambda text: text.replace(b'"runs"', b"\xff\xfe", 1), "line 1: no result"),
    ],
)
def test_damage_is_one_sentence(change, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        exchange.read(change(exchange.write(FOUND, SCORES)), "file")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(tabular.to_csv(FOUND).decode())))
    assert [row["device"] for row in rows] == ["A CPU", "Pixel 8"]
    assert rows[0]["shapes"] == "x: 1x8x8x3"
    assert float(rows[0]["median_ms"]) == FOUND[0].median_ms
    assert msgspec.json.decode(rows[0]["samples"])[1] == [1, 1.1, 1, 0]
    assert msgspec.json.decode(rows[1]["environment"]) == {"cpu": "Tensor G3"}


def test_parquet() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(pyarrow.BufferReader(tabular.to_parquet(FOUND)))
    assert table.num_rows == 2
    assert table["median_ms"].to_pylist() == [one.median_ms for one in FOUND]
    assert table["samples"][0].as_py()[1] == {"round": 1, "ms": 1.1, "runs": 1, "process": 0}
    assert dict(table["environment"][1].as_py()) == {"cpu": "Tensor G3"}
