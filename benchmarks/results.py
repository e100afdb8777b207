"""What a benchmark is asked and what it gives back; JSON through `msgspec.json`."""

from typing import Literal

import msgspec

from registry.types import Measurement


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One configuration: an artifact on a target with threads, batch and input shapes."""

    path: str
    target: str
    threads: int = 1
    batch: int = 1
    shapes: dict[str, tuple[int, ...]] = {}
    model: str = ""
    variant: str = ""
    sha256: str = ""
    size: int = 0
    artifact: str = ""
    """The file's name as results have it."""
    worker: str = "benchmarks.worker"
    """The module that is the child process."""
    drag: float = 0.0

    def __str__(self) -> str:
        """`digits_float32.tflite on cpu, 2 threads`."""
        more = [f"{self.threads} thread{'s' * (self.threads != 1)}"] if self.threads else []
        more += [f"batch {self.batch}"] if self.batch != 1 else []
        more += ["x".join(map(str, shape)) for shape in self.shapes.values()]
        return ", ".join([f"{self.artifact} on {self.target}", *more])


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured. Every configuration gets `rounds` rounds, each of about `round_seconds`, or those that fit into
    `seconds` of timed runs (five at least), spread over `processes` processes one after the other: why so many, `benchmarks.paired` tells.
    """

    rounds: int = 32
    seconds: float = 10.0
    round_seconds: float = 0.04
    processes: int = 4
    seed: int = 0
    patience: float = 600.0
    """Seconds after which a worker that does not answer is ended."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that could not be measured, and why; the others were.

    `missing`: the target does not work here; `refused`: it does not take this model; `failed`: an error; `crashed`: the process ended
    or did not answer.
    """

    artifact: str
    target: str
    reason: str
    status: Literal["missing", "refused", "failed", "crashed"] = "failed"
    model: str = ""
    variant: str = ""
    sha256: str = ""
    threads: int = 1
    batch: int = 1
    shapes: dict[str, tuple[int, ...]] = {}
    run_id: str = ""
    device: str = ""
    environment: dict[str, str] = {}


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All of one run, in the order asked: one entry a configuration, measured or failed."""

    run_id: str
    measurements: tuple[Measurement, ...]
    failures: tuple[Failure, ...]
    environment: dict[str, str]
    notes: tuple[str, ...] = ()
