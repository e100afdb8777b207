"""What a run has done so far, on disk: one JSON line an event, so that a killed run keeps its rounds.

`ZOO_HOME/bench/<run>.jsonl`, with a lock beside it that its process holds: one whose lock is held belongs to a benchmark that runs now.
"""

from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec
from filelock import FileLock, Timeout

from benchmarks.configuration import Configuration
from benchmarks.disturbance import Turn
from benchmarks.protocol import Loaded, Warmed
from benchmarks.results import Failure, Plan, Results
from registry.disk import storage


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """Base of every line."""


class Started(_Event, frozen=True, kw_only=True):
    run_id: str
    plans: tuple[Plan, ...]
    environment: dict[str, str]


class Entered(_Event, frozen=True, kw_only=True):
    """A configuration is loaded and warm."""

    index: int
    loaded: Loaded
    warmed: Warmed


class Took(_Event, frozen=True, kw_only=True):
    """A configuration took its turn in a round."""

    index: int
    round: int
    process: int
    times_ms: list[float]
    turn: Turn


class Left(_Event, frozen=True, kw_only=True):
    index: int
    failure: Failure


class Ended(_Event, frozen=True, kw_only=True):
    """The run came to its end. `against`: reasons against all of its figures."""

    against: tuple[str, ...] = ()


Event = Started | Entered | Took | Left | Ended


class Journal:
    """A run's journal, open for writing. With no `folder` nothing is written and nobody is noticed."""

    def __init__(self, folder: Path | None, run_id: str) -> None:
        self._folder, self._path = folder, (folder / f"{run_id}.jsonl") if folder else None
        self._lock = FileLock(self._path.with_suffix(".lock")) if self._path else None

    def __enter__(self) -> Self:
        if self._path is not None and self._lock is not None:
            with storage(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._lock.acquire()
                self._stream = self._path.open("ab")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._stream.close()
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def write(self, event: Event) -> None:
        """One line, handed to the system at once: it survives this process. Raises StorageError."""
        if self._path is not None:
            with storage(self._path):
                self._stream.write(msgspec.json.encode(event) + b"\n")
                self._stream.flush()

    def others(self) -> int:
        """How many other benchmarks run now."""
        if self._folder is None or self._path is None:
            return 0
        own = self._path.with_suffix(".lock")
        return sum(_held(one) for one in self._folder.glob("*.lock") if one != own)


def left(folder: Path) -> dict[Path, Results]:
    """The journals of runs that do not run any more, with what they measured. Take them over, then `remove` them."""
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        lock = path.with_suffix(".lock")
        if not lock.exists() or not _held(lock):
            results = read(path)
            if results is not None:
                found[path] = results
    return found


def remove(path: Path) -> None:
    """A journal whose results are elsewhere now, and its lock."""
    path.unlink(missing_ok=True)
    path.with_suffix(".lock").unlink(missing_ok=True)


def read(path: Path) -> Results | None:
    """The results of a journal, marked `interrupted` where it has no end; None where it has no beginning. A cut line ends it."""
    started: Started | None = None
    ended: Ended | None = None
    configurations: list[Configuration] = []
    for line in path.read_bytes().splitlines():
        try:
            event = msgspec.json.decode(line, type=Event)
        except msgspec.DecodeError:
            break
        if isinstance(event, Started):
            started = event
            configurations = [Configuration(plan) for plan in event.plans]
        elif isinstance(event, Ended):
            ended = event
        elif started is not None and event.index < len(configurations):
            _apply(configurations[event.index], event)
    if started is None:
        return None
    status: Literal["done", "interrupted"] = "done" if ended else "interrupted"
    against = ended.against if ended else ()
    failed = (one.left(started.run_id, started.environment) for one in configurations)
    made = (one.measurement(started.run_id, started.environment, status, against) for one in configurations)
    return Results(
        run_id=started.run_id,
        measurements=tuple(one for one in made if one is not None),
        failures=tuple(one for one in failed if one is not None),
        environment=started.environment,
    )


def _apply(configuration: Configuration, event: Entered | Took | Left) -> None:
    if isinstance(event, Entered):
        configuration.loaded, configuration.warmed = event.loaded, event.warmed
    elif isinstance(event, Took):
        configuration.rounds.append((event.round, event.process, event.times_ms))
        configuration.turns.append(event.turn)
    else:
        configuration.failure = event.failure


def _held(lock: Path) -> bool:
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
