"""What a benchmark is asked and what it gives back; JSON through `msgspec.json`."""

import msgspec

from registry.types import Measurement


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How a model runs on the CPU."""

    threads: int
    xnnpack: bool

    def __str__(self) -> str:
        return f"{self.threads} thread{'s' * (self.threads != 1)}, XNNPACK {'on' if self.xnnpack else 'off'}"


CPU_SETTINGS = tuple(
    Setting(threads=threads, xnnpack=xnnpack) for xnnpack in (True, False) for threads in (1, 2)
)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that could not be measured, and why; the others were."""

    artifact: str
    setting: Setting
    reason: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All of one benchmark, in the order asked: one entry a configuration, measured or failed."""

    measurements: tuple[Measurement, ...]
    failures: tuple[Failure, ...]
    environment: dict[str, str]
