"""Every measurement made here or brought from another machine, in one SQLite file under ZOO_HOME.

A measurement belongs to the bytes it was made with: the artifact's sha256 is part of its key, its name is not. The key comes from what
was measured and in which run, so adding the same result twice changes nothing, and a run that goes on replaces what it had written
before. Several processes may write at once (write-ahead log, short transactions).
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from benchmarks import results_failures, results_schema
from benchmarks.results import Failure
from registry.disk import storage
from registry.errors import InputError, StorageError
from registry.home import home
from registry.types import Measurement, Score

FILE = "results.sqlite3"
PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""


@dataclass(frozen=True)
class Query:
    """Which measurements; empty fields ask for all. `target` also finds its kinds (`openvino` finds `openvino:CPU`), `device` any part
    of a name, `since` an ISO date or moment."""

    models: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    since: str = ""

    def fits(self, one: Measurement | Failure) -> bool:
        """Whether a measurement from elsewhere is what is asked for, as `measurements` decides it."""
        return (
            (not self.models or one.model in self.models)
            and (not self.variants or one.variant in self.variants)
            and (
                not self.targets
                or any(one.target == kind or one.target.startswith(f"{kind}:") for kind in self.targets)
            )
            and (not self.devices or any(name.lower() in device(one).lower() for name in self.devices))
            and (not self.hashes or one.sha256 in self.hashes)
            and (not self.since or moment(one) >= since(self.since))
        )


class ResultStore:
    """The results file, opened; made where there is none. A context manager. Raises StorageError where it cannot be used."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or home() / FILE
        with storage(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with _explained(self.path):
            self._connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            try:
                results_schema.prepare(self._connection, self.path)
            except BaseException:
                self._connection.close()
                raise

    def add(self, *found: Measurement, scores: Iterable[Score] = (), failures: Iterable[Failure] = ()) -> int:
        """Adds measurements, scores and failures, all or none. How many of them were new or say more than what was there."""
        with _explained(self.path), self._transaction() as connection:
            changed = sum(self._add_measurement(connection, one) for one in found)
            changed += sum(
                results_failures.add(connection, one, device(one), moment(one)) for one in failures
            )
            return changed + sum(_add_score(connection, one) for one in scores)

    def measurements(self, query: Query | None = None) -> list[Measurement]:
        """What the query asks for, oldest first."""
        where, values = _conditions(query or Query())
        statement = (
            "SELECT m.document, e.document FROM measurements m JOIN environments e ON e.hash = m.environment "
            f"{where} ORDER BY m.measured_at, m.rowid"
        )
        with _explained(self.path):
            rows = self._connection.execute(statement, values).fetchall()
        return [_read(document, environment, self.path) for document, environment in rows]

    def failures(self, query: Query | None = None) -> list[Failure]:
        """What the query asks for and could not be measured, the latest reason of each, oldest first."""
        with _explained(self.path), _readable(self.path):
            return results_failures.read(self._connection, *_conditions(query or Query()))

    def scores(self, hashes: Sequence[str]) -> list[Score]:
        """The scores of these artifacts."""
        marks = ",".join("?" * len(hashes))
        with _explained(self.path):
            rows = self._connection.execute(
                f"SELECT document FROM scores WHERE sha256 IN ({marks}) ORDER BY rowid", list(hashes)
            ).fetchall()
        return [msgspec.json.decode(document, type=Score) for (document,) in rows]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _add_measurement(self, connection: sqlite3.Connection, one: Measurement) -> bool:
        identity = key(one)
        before = connection.execute(
            "SELECT samples, status FROM measurements WHERE key = ?", (identity,)
        ).fetchone()
        if before is not None and (before[0], before[1] == "done") >= (
            len(one.samples),
            one.status == "done",
        ):
            return False
        environment = msgspec.json.encode(one.environment, order="deterministic").decode()
        hashed = hashlib.sha256(environment.encode()).hexdigest()
        document = msgspec.json.encode(msgspec.structs.replace(one, environment={})).decode()
        connection.execute("INSERT OR IGNORE INTO artifacts VALUES (?, ?)", (one.sha256, one.size))
        connection.execute("INSERT OR IGNORE INTO environments VALUES (?, ?)", (hashed, environment))
        row = (
            *(identity, one.run_id, one.sha256, hashed, one.model, one.variant, one.target, device(one)),
            *(moment(one), len(one.samples), one.status, document),
        )
        connection.execute(f"INSERT OR REPLACE INTO measurements VALUES ({','.join('?' * len(row))})", row)
        return True


def key(one: Measurement) -> str:
    """What makes a measurement this one: the run, the bytes, and how they were run."""
    parts = (
        *(one.run_id, one.sha256, one.artifact, one.variant, one.target, one.device, one.delegate),
        *(one.threads, one.batch, sorted((name, list(shape)) for name, shape in one.shapes.items())),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def device(one: Measurement | Failure) -> str:
    """On what it ran, for people: the adapter or processor, or what the environment knows of it."""
    return one.device or one.environment.get("cpu", "")


def moment(one: Measurement | Failure) -> str:
    """When it was measured, ISO 8601 in UTC; the moment of adding where that is not known."""
    try:
        found = datetime.fromisoformat(one.environment.get("date", ""))
    except ValueError:
        found = datetime.now(UTC)
    return found.astimezone(UTC).isoformat(timespec="seconds")


def _add_score(connection: sqlite3.Connection, one: Score) -> bool:
    document: dict[str, Any] = msgspec.to_builtins(one)
    sha256, data = document.get("sha256") or "", document.get("data") or ""
    if not sha256:
        return False  # whose score it is would be a guess
    text = msgspec.json.encode(one).decode()
    done = connection.execute(
        "INSERT INTO scores VALUES (?, ?, ?, ?) ON CONFLICT (sha256, metric, data) DO UPDATE SET document = excluded.document "
        "WHERE document <> excluded.document",
        (sha256, one.metric, data, text),
    )
    return done.rowcount > 0


def _conditions(query: Query) -> tuple[str, list[str]]:
    parts: list[str] = []
    values: list[str] = []
    for column, wanted in (("model", query.models), ("variant", query.variants), ("sha256", query.hashes)):
        if wanted:
            parts.append(f"m.{column} IN ({','.join('?' * len(wanted))})")
            values += wanted
    if query.targets:
        parts.append("(" + " OR ".join(["m.target = ? OR m.target GLOB ?"] * len(query.targets)) + ")")
        values += [value for target in query.targets for value in (target, f"{_literal(target)}:*")]
    if query.devices:
        parts.append("(" + " OR ".join(["instr(lower(m.device), lower(?))"] * len(query.devices)) + ")")
        values += query.devices
    if query.since:
        parts.append("m.measured_at >= ?")
        values.append(since(query.since))
    return ("WHERE " + " AND ".join(parts)) if parts else "", values


def since(text: str) -> str:
    """An ISO date or moment as results have it: UTC. Raises InputError for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--since {text}: a date like 2026-01-31 or 2026-01-31T12:00 is wanted") from None
    return found.astimezone(UTC).isoformat(timespec="seconds")


def _literal(text: str) -> str:
    """Nothing in the text is a pattern for GLOB."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _read(document: str, environment: str, path: Path) -> Measurement:
    with _readable(path):
        found = msgspec.json.decode(document, type=Measurement)
        facts = msgspec.json.decode(environment, type=dict[str, str])
    return msgspec.structs.replace(found, environment=facts)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """A row's document that is not what it should be, as a sentence."""
    try:
        yield
    except msgspec.DecodeError as error:
        raise StorageError(
            f"{path} holds a result that this zoo cannot read ({error}); export with the one that wrote it"
        ) from None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "locked" in reason:
            raise StorageError(
                f"another zoo process has kept {path} to itself for {PATIENCE:g} s: try again when it is done"
            ) from None
        raise StorageError(
            f"the results in {path} cannot be used ({reason}): make room or make it writable, or point ZOO_HOME elsewhere"
        ) from None
    except sqlite3.DatabaseError as error:
        raise StorageError(
            f"{path} is damaged ({error}): move it away; results exported from it before can be imported again"
        ) from None
