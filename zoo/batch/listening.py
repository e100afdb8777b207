"""Who hears of a run's events: a file of JSON lines, and any number of listeners at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from registry.disk import storage
from registry.errors import InputError
from zoo.batch.events import Event, Pulse

Hear = Callable[[Event], None]


@contextmanager
def written(path: Path | None) -> Iterator[Hear]:
    """Events onto the end of a file (`-`: standard output), each a JSON line with its `time` (UTC). Raises InputError, StorageError."""
    if path is None:
        yield lambda event: None
        return
    if str(path) == "-":
        yield lambda event: _write(event, lambda line: print(line.decode(), flush=True))
        return
    if path.is_dir():
        raise InputError(f"--events {path}: a folder stands there, a file is needed")
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab", buffering=0)

    def onto(line: bytes) -> None:
        with storage(path):
            stream.write(line + b"\n")

    with stream:
        yield lambda event: _write(event, onto)


def _write(event: Event, onto: Callable[[bytes], object]) -> None:
    if not isinstance(event, Pulse):
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        onto(msgspec.json.encode({"time": now, **msgspec.to_builtins(event)}))


def both(*listeners: Hear) -> Hear:
    """One listener that tells all of them, in order."""

    def hear(event: Event) -> None:
        for one in listeners:
            one(event)

    return hear
