"""Where the time of a .tflite on the CPU goes: by op and by kernel, and how far that is from what the machine can do."""

import re
from pathlib import Path

import msgspec

from benchmarks import litert_profiler
from benchmarks.peak import Peak
from benchmarks.process import run_module
from benchmarks.work import OpWork, work
from registry.errors import MissingDependencyError, ZooError

SECONDS = 1.0
_ROW = re.compile(
    r"^\s*(?P<kind>\S.*?)\s+[\d.]+\s+[\d.]+\s+(?P<average>[\d.]+)\s+[\d.]+%\s+[\d.]+%\s+[\d.]+\s+(?P<calls>\d+)\s+\[(?P<who>[^\]]*)\]:(?P<index>\d+)\s*$"
)
_DELEGATE = "Delegate/"


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """One kernel that ran. `ms` is its time in one inference; LiteRT counts whole microseconds, so short ones may show 0.

    `op` is the model's op where the kernel is LiteRT's own (`delegated` is false); a delegate fuses, so its kernels have none.
    """

    kind: str
    delegated: bool
    ms: float
    calls: int
    """In one inference; kernels of several partitions with the same number are told together."""
    op: OpWork | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `kernels`: those left out of the delegate first, then by time."""

    artifact: str
    threads: int
    xnnpack: bool
    runs: int
    ms: float
    """One inference in the median, with the profiler off."""
    kernels: tuple[Kernel, ...]
    flops: int
    bytes: int
    peak: Peak

    @property
    def profiled_ms(self) -> float:
        """One inference with the profiler on, all kernels together, each in whole microseconds."""
        return sum(one.ms for one in self.kernels)

    @property
    def gflops(self) -> float:
        """10⁹ operations a second that it reaches."""
        return self.flops / self.ms / 1e6 if self.ms else 0.0

    @property
    def gigabytes(self) -> float:
        """10⁹ bytes a second that it moves; more than the memory's where they stay in a cache."""
        return self.bytes / self.ms / 1e6 if self.ms else 0.0

    @property
    def attainable(self) -> float:
        """10⁹ operations a second that its intensity allows on this machine."""
        return self.peak.attainable(self.flops, self.bytes)


def profile(path: Path, threads: int, xnnpack: bool, peak: Peak, seconds: float = SECONDS) -> Profile:
    """Runs the model under LiteRT's profiler in a process of its own. Raises MissingDependencyError, ZooError."""
    arguments = (str(path.resolve()), str(threads), str(int(xnnpack)), str(seconds))
    done = run_module(litert_profiler.__name__, *arguments)
    if done.code != 0:
        lines = done.stderr.strip().splitlines()
        reason = lines[-1] if lines else f"exit code {done.code}"
        if "libLiteRt" in reason or "No module named" in reason:
            raise MissingDependencyError(f"Profiling needs another ai-edge-litert: {reason}.")
        raise ZooError(f"{path.name} cannot be profiled: {reason}")
    text, _, last = done.stdout.rpartition(litert_profiler.RUNS)
    runs, plain = last.split()
    ops = work(path)
    return Profile(
        artifact=path.name,
        threads=threads,
        xnnpack=xnnpack,
        runs=int(runs),
        ms=float(plain),
        kernels=kernels(text, int(runs), ops),
        flops=sum(one.flops for one in ops),
        bytes=sum(one.bytes for one in ops),
        peak=peak,
    )


def kernels(summary: str, runs: int, ops: tuple[OpWork, ...]) -> tuple[Kernel, ...]:
    """The rows of `Run Order` in the profiler's summary."""
    part = summary.partition("Run Order")[2].partition("Top by Computation Time")[0]
    by_index = {one.index: one for one in ops}
    found = []
    for line in part.splitlines():
        row = _ROW.match(line)
        if row is None:
            continue
        kind, calls = row["kind"], int(row["calls"])
        delegated = row["who"] == "Delegate"
        op = None if delegated else by_index.get(int(row["index"]))
        found.append(
            Kernel(
                kind=kind.removeprefix(_DELEGATE),
                delegated=delegated,
                ms=float(row["average"]) * calls / max(1, runs),
                calls=round(calls / max(1, runs)),
                op=op if op is not None and op.kind == kind else None,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.delegated, -one.ms)))
