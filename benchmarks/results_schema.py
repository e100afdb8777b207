"""The tables of the results file and the steps from each version to the next."""

import sqlite3
from pathlib import Path

from registry.errors import StorageError

APPLICATION = 0x5A6F6F31
"""`Zoo1`, in SQLite's application_id: nobody else's database is written to."""

_STEPS = (
    """
    CREATE TABLE artifacts (sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE environments (hash TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE measurements (
        key TEXT PRIMARY KEY,
        run_id TEXT NOT NULL,
        sha256 TEXT NOT NULL REFERENCES artifacts,
        environment TEXT NOT NULL REFERENCES environments,
        model TEXT NOT NULL,
        variant TEXT NOT NULL,
        target TEXT NOT NULL,
        device TEXT NOT NULL,
        measured_at TEXT NOT NULL,
        samples INTEGER NOT NULL,
        status TEXT NOT NULL,
        document TEXT NOT NULL
    );
    CREATE INDEX by_model ON measurements (model, variant);
    CREATE INDEX by_hash ON measurements (sha256);
    CREATE TABLE scores (
        sha256 TEXT NOT NULL, metric TEXT NOT NULL, data TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (sha256, metric, data)
    );
    """,
    """
    CREATE TABLE failures (
        key TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL,
        model TEXT NOT NULL,
        variant TEXT NOT NULL,
        target TEXT NOT NULL,
        device TEXT NOT NULL,
        measured_at TEXT NOT NULL,
        document TEXT NOT NULL
    );
    """,
)
"""Step i leads from version i to version i + 1. Only ever add to the end."""


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Brings the file to the newest version. Raises StorageError for a newer one and for a database that is not the zoo's."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    if _version(connection) == len(_STEPS):
        return _require_ours(connection, path)
    from filelock import FileLock

    with FileLock(path.with_name(f".{path.name}.lock")):
        connection.execute("PRAGMA journal_mode = WAL")
        version = _version(connection)
        if version > len(_STEPS):
            raise StorageError(f"{path} was written by a newer zoo (version {version}): use that one")
        if version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            _require_ours(connection, path)
        for step in _STEPS[version:]:
            version += 1
            connection.executescript(
                f"BEGIN IMMEDIATE; {step} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}; COMMIT;"
            )
    return None


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise StorageError(f"{path} is another program's database: move it away or point ZOO_HOME elsewhere")
