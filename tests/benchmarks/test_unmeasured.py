"""What could not be measured is kept with its reason, until it is measured."""

from pathlib import Path

import msgspec
import pytest

from benchmarks import exchange, journal
from benchmarks.journal import Ended, Journal, Left, Started
from benchmarks.results import Failure, Plan
from benchmarks.results_store import Query, ResultStore
from benchmarks.standings import Wanted, standings
from registry.errors import InputError
from tests.benchmarks.noisy import measurement

EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"


def failure(date: str = EARLY, **given: object) -> Failure:
    fields: dict[str, object] = {
        "artifact": "model.tflite",
        "target": "gpu",
        "reason": "the GPU accelerator refuses the model: no kernel for MUL",
        "status": "refused",
        "model": "model",
        "variant": "float32",
        "sha256": "0" * 64,
        "run_id": "run",
        "environment": {"cpu": "A CPU", "date": date},
    }
    return Failure(**{**fields, **given})  # type: ignore[arg-type]


def test_the_latest_reason_of_each_configuration_is_kept() -> None:
    with ResultStore() as store:
        assert store.add(failures=[failure(), failure(threads=2), failure(target="edgetpu")]) == 3
        assert store.add(failures=[failure()]) == 0
        assert store.add(failures=[failure(LATE, reason="no device")]) == 1
        assert store.add(failures=[failure(reason="old news")]) == 0
        assert [one.reason for one in store.failures(Query(targets=("gpu",)))][-1] == "no device"
        assert len(store.failures()) == 3
        assert store.failures(Query(models=("other",))) == []
        assert store.failures(Query(devices=("a cpu",), since="2026-01-02")) == [
            failure(LATE, reason="no device")
        ]


def test_of_bytes_that_nobody_knows_nothing_is_kept() -> None:
    with ResultStore() as store:
        assert store.add(failures=[failure(sha256="")]) == 0


def test_what_was_measured_later_is_no_failure() -> None:
    worked = measurement(target="gpu", environment={"cpu": "A CPU", "date": LATE})
    with ResultStore() as store:
        store.add(measurement(target="gpu"), failures=[failure()])
        assert len(store.failures()) == 1  # of the same moment: other threads of one run
        store.add(msgspec.structs.replace(worked, sha256="1" * 64))
        assert len(store.failures()) == 1  # other bytes
        store.add(msgspec.structs.replace(worked, run_id="later"))
        assert store.failures() == []


def test_a_journal_keeps_who_tried_and_when(tmp_path: Path) -> None:
    plan = Plan(path="m.tflite", target="gpu", artifact="m.tflite", sha256="0" * 64)
    with Journal(tmp_path, "run") as written:
        written.write(Started(run_id="run", plans=(plan,), environment={"cpu": "x", "date": EARLY}))
        written.write(Left(index=0, failure=failure(run_id="", environment={})))
        written.write(Ended())
    (results,) = journal.left(tmp_path).values()
    (found,) = results.failures
    assert (found.run_id, found.environment["date"], found.status) == ("run", EARLY, "refused")


def test_from_machine_to_machine() -> None:
    content = exchange.write([measurement()], [], [failure()])
    assert exchange.read(content, "file") == ([measurement()], [], [failure()])
    with pytest.raises(InputError, match="line 2: 'x' is no sha256"):
        exchange.read(exchange.write([measurement()], [], [failure(sha256="x")]), "file")


def test_the_standings_have_it_where_nothing_was_measured() -> None:
    found = [measurement(), measurement(variant="int8", sha256="1" * 64)]
    failed = [
        failure(threads=2),
        failure(),
        failure(variant="int8", sha256="1" * 64),
        failure(target="cpu", reason="out of memory", threads=8),  # it was measured on fewer threads
    ]

    def shown(wanted: Wanted) -> list[tuple[str, str, int]]:
        left = standings(found, [], wanted, failed).unmeasured
        return [(one.place.variant, one.place.target, one.place.threads) for one in left]

    assert shown(Wanted()) == [("float32", "gpu", 1), ("int8", "gpu", 1)]
    assert shown(Wanted(by="target")) == [("float32", "gpu", 1)]
    assert shown(Wanted(by="variant")) == []
    assert shown(Wanted(reference="int8", by="target")) == [("int8", "gpu", 1)]
