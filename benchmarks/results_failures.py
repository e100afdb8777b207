"""The part of the results file that holds what could not be measured: the latest reason for each configuration."""

import hashlib
import sqlite3

import msgspec

from benchmarks.results import Failure


def add(connection: sqlite3.Connection, one: Failure, device: str, moment: str) -> bool:
    """Whether it says anything that the file does not. A failure of bytes that nobody knows is not kept: whose it is would be a guess."""
    if not one.sha256:
        return False
    shapes = sorted((name, list(shape)) for name, shape in one.shapes.items())
    parts = (one.sha256, one.artifact, one.variant, one.target, device, one.threads, one.batch, shapes)
    key = hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
    row = (key, one.sha256, one.model, one.variant, one.target, device, moment)
    done = connection.execute(
        "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET model = excluded.model, "
        "measured_at = excluded.measured_at, document = excluded.document "
        "WHERE excluded.measured_at >= measured_at AND excluded.document <> document",
        (*row, msgspec.json.encode(one).decode()),
    )
    return done.rowcount > 0


def read(connection: sqlite3.Connection, where: str, values: list[str]) -> list[Failure]:
    """What the condition asks for, oldest first; without those that were measured later, with the same bytes on the same target.

    Raises msgspec.DecodeError for a row that this zoo cannot read.
    """
    measured_since = (
        "SELECT 1 FROM measurements s WHERE s.sha256 = m.sha256 AND s.variant = m.variant AND s.target = m.target "
        "AND s.measured_at > m.measured_at"
    )
    rows = connection.execute(
        f"SELECT m.document FROM failures m {where or 'WHERE 1'} AND NOT EXISTS ({measured_since}) ORDER BY m.measured_at, m.rowid",
        values,
    ).fetchall()
    return [msgspec.json.decode(document, type=Failure) for (document,) in rows]
