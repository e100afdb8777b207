"""What parent and worker say to each other: one JSON object a line, tagged with its type."""

from typing import Literal

import msgspec

from registry.types import Residency


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of every message. Times in milliseconds, memory in bytes."""


class Prepare(_Message, frozen=True, kw_only=True):
    """Say whether the target works here, and import its runtime."""

    target: str


class Prepared(_Message, frozen=True, kw_only=True):
    """The runtime is there; `takes` are the file endings that the target runs."""

    takes: tuple[str, ...] = ()


class Load(_Message, frozen=True, kw_only=True):
    """Load the model for the prepared target, run it once on seeded random inputs."""

    path: str
    threads: int = 1
    batch: int = 1
    shapes: dict[str, tuple[int, ...]] = {}
    seed: int = 0
    drag: float = 0.0
    """This share of each inference's time is waited away after it: a known difference, to test the instrument by."""


class Warm(_Message, frozen=True, kw_only=True):
    """Run until the times are stable, `seconds` at most; then say where the ops run."""

    seconds: float


class Round(_Message, frozen=True, kw_only=True):
    """Run `runs` times and say how long each took (after one that does not count)."""

    runs: int


class Loaded(_Message, frozen=True, kw_only=True):
    backend: str
    delegate: str
    device: str
    shapes: dict[str, tuple[int, ...]]
    load_ms: float
    first_ms: float
    base_memory: int


class Warmed(_Message, frozen=True, kw_only=True):
    runs: int
    ms: float
    """How long it took in all."""
    run_ms: float
    """One inference, at the end."""
    stable: bool
    overhead_ms: float
    peak_memory: int
    runtime_memory: int
    residency: Residency


class Ran(_Message, frozen=True, kw_only=True):
    times_ms: list[float]


class Failed(_Message, frozen=True, kw_only=True):
    """`missing`: the target does not work here; `refused`: it does not take this model; `failed`: an error of the runtime or the model."""

    reason: str
    status: Literal["missing", "refused", "failed"] = "failed"


Request = Prepare | Load | Warm | Round
Reply = Prepared | Loaded | Warmed | Ran | Failed
