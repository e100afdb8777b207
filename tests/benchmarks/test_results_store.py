"""The results file: what is kept, what is never mixed up, and what happens when two write or the file is not what it should be."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.results_schema import prepare
from benchmarks.results_store import FILE, Query, ResultStore
from registry.errors import InputError, StorageError
from registry.types import Sample, Score
from tests.benchmarks.noisy import measurement


def test_what_goes_in_comes_out() -> None:
    one = measurement(
        shapes={"x": (1, 8, 8, 3)}, environment={"cpu": "x", "date": "2026-02-03T04:05:06+00:00"}
    )
    with ResultStore() as store:
        assert store.add(one) == 1
    with ResultStore() as store:
        assert store.measurements() == [one]


def test_adding_again_changes_nothing() -> None:
    with ResultStore() as store:
        assert store.add(measurement(), measurement(threads=2)) == 2
        assert store.add(measurement(), measurement(threads=2)) == 0
        assert len(store.measurements()) == 2


def test_other_bytes_are_another_artifact() -> None:
    with ResultStore() as store:
        store.add(measurement(sha256="a" * 64), measurement(sha256="b" * 64))
        assert [one.sha256 for one in store.measurements(Query(hashes=("b" * 64,)))] == ["b" * 64]


def test_a_run_replaces_what_it_wrote_on_the_way() -> None:
    few = measurement(samples=(Sample(0, 1.0),), status="interrupted")
    more = measurement(samples=tuple(Sample(index, 1.0) for index in range(9)))
    with ResultStore() as store:
        assert store.add(few) == 1
        assert store.add(more) == 1
        assert store.add(few) == 0  # an old export does not undo it
        assert store.measurements() == [more]


def test_all_or_nothing() -> None:
    broken = msgspec.structs.replace(measurement(run_id="x"), environment={"a": object()})  # type: ignore[dict-item]
    with ResultStore() as store:
        with pytest.raises(TypeError):
            store.add(measurement(), broken)
        assert store.measurements() == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), "abc"),
        (Query(models=("u2netp",)), "ab"),
        (Query(models=("u2netp", "digits"), variants=("int8",)), "b"),
        (Query(targets=("openvino",)), "b"),
        (Query(targets=("cpu",)), "ac"),
        (Query(targets=("cpu", "cpu:noxnnpack")), "ac"),
        (Query(targets=("c*",)), ""),
        (Query(devices=("pixel",)), "c"),
        (Query(since="2026-02-01"), "bc"),
    ],
)
def test_filters(query: Query, found: str) -> None:
    def at(month: int) -> dict[str, str]:
        return {"date": f"2026-{month:02}-15T00:00:00+00:00"}

    with ResultStore() as store:
        store.add(
            measurement(run_id="a", model="u2netp", environment=at(1)),
            measurement(run_id="b", model="u2netp", variant="int8", target="openvino:CPU", environment=at(2)),
            measurement(
                run_id="c", model="digits", target="cpu:noxnnpack", device="Pixel 8", environment=at(3)
            ),
        )
        assert "".join(one.run_id for one in store.measurements(query)) == found
        assert "".join(one.run_id for one in store.measurements() if query.fits(one)) == found


def test_a_date_that_is_none() -> None:
    with ResultStore() as store, pytest.raises(InputError, match="--since yesterday"):
        store.measurements(Query(since="yesterday"))


def test_scores_belong_to_bytes() -> None:
    known = {"sha256", "data"} <= set(Score.__struct_fields__)
    if not known:
        pytest.skip("scores do not carry their artifact's hash yet")
    one = Score(artifact="int8", metric="top1", value=0.9, samples=10, sha256="a" * 64)  # type: ignore[call-arg]
    nobody = msgspec.structs.replace(one, sha256="")
    with ResultStore() as store:
        assert store.add(scores=[one, nobody]) == 1
        assert store.add(scores=[one]) == 0
        assert store.add(scores=[msgspec.structs.replace(one, value=0.91)]) == 1
        assert [found.value for found in store.scores(["a" * 64, "b" * 64])] == [0.91]


WRITER = """
import sys
from benchmarks.results_store import ResultStore
from tests.benchmarks.noisy import measurement
with ResultStore() as store:
    for index in range(40):
        store.add(measurement(run_id=f"{sys.argv[1]}-{index}"), measurement(run_id=f"both-{index}"))
"""


def test_two_processes_write_at_once(zoo_home: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name], cwd=root) for name in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with ResultStore() as store:
        assert len(store.measurements()) == 120


def test_a_damaged_file_is_one_sentence(zoo_home: Path) -> None:
    zoo_home.mkdir()
    (zoo_home / FILE).write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StorageError, match="is damaged"):
        ResultStore()


def test_a_cut_file_is_one_sentence(zoo_home: Path) -> None:
    with ResultStore() as store:
        store.add(*(measurement(run_id=f"{index}") for index in range(50)))
    path = zoo_home / FILE
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(StorageError), ResultStore() as store:
        store.measurements()


def test_another_programs_database_is_left_alone(zoo_home: Path) -> None:
    zoo_home.mkdir()
    with sqlite3.connect(zoo_home / FILE) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    with pytest.raises(StorageError, match="another program's database"):
        ResultStore()


def test_a_newer_file_is_left_alone(zoo_home: Path) -> None:
    ResultStore().close()
    with sqlite3.connect(zoo_home / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="newer zoo"):
        ResultStore()


def test_versions_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of version 1 goes through the steps that came later, and keeps its results."""
    from benchmarks import results_schema

    with ResultStore() as store:
        store.add(measurement())
        path = store.path
    later = (*results_schema._STEPS, "ALTER TABLE artifacts ADD COLUMN note TEXT DEFAULT '';")
    monkeypatch.setattr(results_schema, "_STEPS", later)
    connection = sqlite3.connect(path, isolation_level=None)
    prepare(connection, path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(later),)
    assert connection.execute("SELECT count(note) FROM artifacts").fetchone() == (1,)
    connection.close()
