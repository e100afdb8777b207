"""What parent and worker say to each other: one JSON object a line, tagged with its type."""

import msgspec


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of every message. Times in milliseconds, memory in bytes."""


class Load(_Message, frozen=True):
    """Load the model, run it once on seeded random inputs."""

    path: str
    threads: int
    xnnpack: bool
    seed: int = 0


class Warm(_Message, frozen=True):
    """Run until the times are stable, `seconds` at most."""

    seconds: float


class Round(_Message, frozen=True):
    """Run `runs` times and say how long each took (after one that does not count)."""

    runs: int


class Stop(_Message, frozen=True):
    """Say the peak memory, then end."""


class Loaded(_Message, frozen=True):
    load_ms: float
    first_ms: float
    base_memory: int
    residency: str


class Warmed(_Message, frozen=True):
    runs: int
    run_ms: float


class Ran(_Message, frozen=True):
    times_ms: list[float]


class Stopped(_Message, frozen=True):
    peak_memory: int


class Failed(_Message, frozen=True):
    reason: str


Request = Load | Warm | Round | Stop
Reply = Loaded | Warmed | Ran | Stopped | Failed
