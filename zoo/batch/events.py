"""What a run of many conversions tells: one record for each thing that happens, each a JSON line with its kind under `event`."""

from typing import Literal

import msgspec

from zoo.telling import VariantStatus

Status = Literal["done", "already_done", "failed", "timed_out", "out_of_memory", "interrupted"]
GOOD: tuple[Status, ...] = ("done", "already_done")


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=str.lower, tag_field="event"):
    """Base of every record."""


class Begun(_Event, frozen=True, kw_only=True):
    """The run: its models in order."""

    models: tuple[str, ...]
    jobs: int


class Started(_Event, frozen=True, kw_only=True):
    """A model's worker was started."""

    model: str
    folder: str
    pid: int


class Step(_Event, frozen=True, kw_only=True):
    """What a worker does, and how much of it is done, where that is known."""

    model: str
    what: str
    done: int = 0
    total: int | None = None


class Pulse(_Event, frozen=True, kw_only=True):
    """A worker is alive: its seconds so far, and the bytes that its processes hold. For people; it is in no file."""

    model: str
    seconds: float
    memory: int


class Variant(_Event, frozen=True, kw_only=True):
    """One artifact: made and checked, found there, refused with the reason, or failed its check."""

    model: str
    variant: str
    status: VariantStatus
    reason: str = ""


class Ended(_Event, frozen=True, kw_only=True):
    """How a model ended. `reason` is the one sentence where it is not done; `exit_code` that of the single command, where it ended
    by itself; `memory` the most that its processes held together, in bytes."""

    model: str
    status: Status
    folder: str = ""
    reason: str = ""
    exit_code: int | None = None
    variants: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    memory: int = 0


class Finished(_Event, frozen=True, kw_only=True):
    """The run's end: how many models ended how."""

    counts: dict[str, int]
    seconds: float


Event = Begun | Started | Step | Pulse | Variant | Ended | Finished
