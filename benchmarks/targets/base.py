"""What every target is, and what a model is once it is loaded there."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from registry.types import Residency

T = TypeVar("T")


class RefusedError(Exception):
    """The target does not take this model, or would run it elsewhere than its name says; `str` is the reason."""


@dataclass(frozen=True)
class Job:
    """What to load. `option` is what the user wrote behind the target's colon; `threads` 0 leaves them to the runtime."""

    path: Path
    option: str = ""
    threads: int = 1
    batch: int = 1
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Input → shape in the file's own axes; the key "" is the only input."""
    seed: int = 0


class Session(Protocol):
    """A loaded model with its inputs set to seeded random values. `load_ms` is what loading took, inputs not included."""

    load_ms: float
    backend: str
    """The runtime with its version."""
    delegate: str
    device: str
    shapes: dict[str, tuple[int, ...]]

    def run(self) -> None:
        """One inference; when it returns, the outputs are there."""

    def outputs(self) -> list[object]:
        """The arrays of the last inference, in the model's order."""

    def residency(self) -> Residency:
        """On what the ops run, proved. Raises RefusedError where that is not what the target's name says."""

    def runtime_memory(self) -> int:
        """Bytes that the runtime says it allocated; 0 where it does not say."""


class Target(Protocol):
    """A module of this package."""

    RUNTIME: str
    """The module to import before memory and loading are measured."""
    TAKES: tuple[str, ...]
    """File endings, best first; `/saved_model.pb` is a SavedModel folder."""

    def check(self, option: str) -> str:
        """Why the target cannot work here, and what to do; empty where it can. Light, but where only the runtime knows."""

    def load(self, job: Job) -> Session:
        """Raises RefusedError for a model that the target does not take; other errors are the runtime's own."""


def timed(action: Callable[[], T]) -> tuple[T, float]:
    """What `action` gives, and how many milliseconds it took."""
    start = time.perf_counter_ns()
    value = action()
    return value, (time.perf_counter_ns() - start) / 1e6
