"""What a tool said of one run, whatever it says it in, and the measurement that this makes."""

import hashlib
import math

import msgspec

from registry.errors import InputError
from registry.types import Measurement, Residency

UNKNOWN = Residency(ops=0, accelerated=0, partitions=0, proof="the tool does not say")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Times in milliseconds, memory in bytes; None where the tool says nothing."""

    instrument: str
    file: str = ""
    """The model file's name, without folders."""
    size: int | None = None
    size_step: int = 0
    """How exactly the tool gives the size: bytes."""
    target: str = "cpu"
    device: str = ""
    delegate: str = ""
    threads: int = 1
    batch: int = 1
    mean: float | None = None
    median: float | None = None
    least: float | None = None
    most: float | None = None
    deviation: float | None = None
    p5: float | None = None
    p95: float | None = None
    runs: int = 0
    load: float = 0.0
    first: float = 0.0
    warm_runs: int = 0
    peak_memory: int = 0
    residency: Residency = UNKNOWN
    facts: dict[str, str] = {}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured and where, as only the user or the files here can tell."""

    artifact: str
    sha256: str
    size: int
    model: str
    variant: str
    device: str


def measurement(said: Said, subject: Subject, content: bytes, index: int = 0) -> Measurement:
    """The measurement that a tool's output makes; `content` is that output, which names the run, so reading it twice gives the same.

    Raises InputError where the tool measured a file of another size, or gave no time. Where it gives a mean and no median the mean
    stands in its place, and the environment says so.
    """
    _require_same_size(said, subject)
    facts = {"instrument": said.instrument, **said.facts}
    middle = said.median
    if middle is None:
        middle = said.mean
        facts["median"] = f"{said.instrument} gives none: the mean stands in its place"
    if middle is None or not (math.isfinite(middle) and middle > 0):
        raise InputError(f"{said.instrument} gives no latency of {subject.artifact}")
    spread = said.deviation or 0.0
    half = 1.96 * spread / max(1, said.runs) ** 0.5
    return Measurement(
        run_id=hashlib.sha256(content + str(index).encode()).hexdigest()[:32],
        artifact=subject.artifact,
        sha256=subject.sha256,
        size=subject.size,
        model=subject.model,
        variant=subject.variant,
        target=said.target,
        device=subject.device or said.device,
        backend=said.instrument,
        delegate=said.delegate,
        threads=said.threads,
        batch=said.batch,
        median_ms=middle,
        p5_ms=said.p5 or 0.0,
        p95_ms=said.p95 or 0.0,
        p99_ms=0.0,
        min_ms=said.least or 0.0,
        mean_ms=said.mean or 0.0,
        std_ms=spread,
        low_ms=max(middle - half, said.least or 0.0),
        high_ms=middle + half,
        runs=said.runs,
        throughput=1000 * said.batch / middle,
        load_ms=said.load,
        first_ms=said.first,
        warm_runs=said.warm_runs,
        peak_memory=said.peak_memory,
        residency=said.residency,
        environment=facts,
    )


def _require_same_size(said: Said, subject: Subject) -> None:
    if said.size is None or not subject.size or abs(said.size - subject.size) <= said.size_step:
        return
    raise InputError(
        f"{said.instrument} measured a file of {said.size / 1e6:.6g} MB, {subject.artifact} has {subject.size / 1e6:.6g} MB: "
        "it was another artifact; say which with --artifact"
    )
