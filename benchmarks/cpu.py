"""Times .tflite files on the CPU: every (file, setting) in a process of its own, all taking turns."""

import hashlib
import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.child import PATIENCE, Child, ChildError
from benchmarks.environment import available_memory, environment
from benchmarks.protocol import Load, Loaded, Ran, Round, Stop, Stopped, Warm, Warmed
from benchmarks.results import CPU_SETTINGS, Failure, Results, Setting
from benchmarks.statistics import summarize
from registry.errors import InputError
from registry.progress import Progress, silent
from registry.types import Measurement, Residency, Sample

ROUND_SECONDS = 0.2
ROUND_RUNS = 10_000
MIN_ROUNDS = 5
WARM_SHARE = 0.3
"""Of `max_seconds`: the longest warm-up."""
MOST_ALIVE = 32


class Configuration:
    """One file in one setting: what is known of it so far."""

    def __init__(self, path: Path, setting: Setting) -> None:
        self.path, self.setting = path, setting
        self.loaded: Loaded | None = None
        self.round_runs = 1
        self.samples: list[list[float]] = []
        self.result: Measurement | Failure | None = None

    def __str__(self) -> str:
        return f"{self.path.name} ({self.setting})"

    def share_done(self, min_runs: int, max_seconds: float) -> float:
        """1 where there are enough runs in enough rounds, or the time is up."""
        enough = min(sum(map(len, self.samples)) / min_runs, len(self.samples) / MIN_ROUNDS)
        return min(1.0, max(enough, sum(map(sum, self.samples)) / 1000 / max_seconds))

    def fail(self, reason: str) -> None:
        self.result = Failure(artifact=self.path.name, setting=self.setting, reason=reason)


def measure(
    paths: Sequence[Path],
    settings: Sequence[Setting] = CPU_SETTINGS,
    *,
    min_runs: int = 50,
    max_seconds: float = 10.0,
    seed: int = 0,
    patience: float = PATIENCE,
    progress: Progress = silent,
) -> Results:
    """Latency, memory and residency of every file in every setting.

    Each configuration loads in its own process, runs once, warms up until its times are stable, then runs in rounds of about 0.2 s,
    which come in a new random order each time so that drift of the machine hits all alike, until it has `min_runs` runs (and five
    rounds) or `max_seconds` of timed runs. A configuration that fails, crashes, or does not answer within `patience` seconds becomes
    a Failure and the others go on. Processes are alive together as long as half of the free memory suffices.
    Raises InputError for a missing file.
    """
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path} is not a file, so there is nothing to measure.")
    around = environment()
    everything = [Configuration(path, setting) for path in paths for setting in settings]
    order = random.Random(seed)
    waiting = list(everything)
    while waiting:
        with ExitStack() as stack:
            batch = _start(waiting, everything, stack, seed, patience, progress)
            _warm_up(batch, max_seconds, progress)
            _take_turns(batch, everything, order, min_runs, max_seconds, progress)
            for configuration, child in batch.items():
                _finish(configuration, child, around)
    return Results(
        measurements=tuple(c.result for c in everything if isinstance(c.result, Measurement)),
        failures=tuple(c.result for c in everything if isinstance(c.result, Failure)),
        environment=around,
    )


Batch = dict[Configuration, Child]


def _start(
    waiting: list[Configuration],
    everything: list[Configuration],
    stack: ExitStack,
    seed: int,
    patience: float,
    progress: Progress,
) -> Batch:
    """Takes configurations off `waiting` and loads them, until half of the free memory is taken; one at least."""
    free = available_memory()
    batch: Batch = {}
    while waiting and len(batch) < MOST_ALIVE and (not batch or available_memory() >= free / 2):
        configuration = waiting.pop(0)
        progress(f"loading {configuration}", len(everything) - len(waiting) - 1, len(everything))
        child = stack.enter_context(Child(patience))
        setting = configuration.setting
        request = Load(
            path=str(configuration.path.resolve()),
            threads=setting.threads,
            xnnpack=setting.xnnpack,
            seed=seed,
        )
        try:
            configuration.loaded = child.ask(request, Loaded)
        except ChildError as error:
            configuration.fail(str(error))
            child.close()
        else:
            batch[configuration] = child
    return batch


def _warm_up(batch: Batch, max_seconds: float, progress: Progress) -> None:
    for done, (configuration, child) in enumerate(batch.items()):
        progress(f"warming up {configuration}", done, len(batch))
        try:
            warmed = child.ask(Warm(seconds=WARM_SHARE * max_seconds), Warmed)
        except ChildError as error:
            configuration.fail(str(error))
            continue
        runs = int(ROUND_SECONDS * 1000 / max(warmed.run_ms, 1e-6))
        configuration.round_runs = max(1, min(ROUND_RUNS, runs))


def _take_turns(
    batch: Batch,
    everything: list[Configuration],
    order: random.Random,
    min_runs: int,
    max_seconds: float,
    progress: Progress,
) -> None:
    """Rounds, until every configuration of the batch has had enough; those that have stay silent."""
    while active := [c for c in batch if c.result is None and c.share_done(min_runs, max_seconds) < 1]:
        order.shuffle(active)
        for configuration in active:
            shares = (1.0 if c.result else c.share_done(min_runs, max_seconds) for c in everything)
            progress("timing", int(100 * sum(shares)), 100 * len(everything))
            try:
                ran = batch[configuration].ask(Round(runs=configuration.round_runs), Ran)
            except ChildError as error:
                configuration.fail(str(error))
                continue
            configuration.samples.append(ran.times_ms)


def _finish(configuration: Configuration, child: Child, around: dict[str, str]) -> None:
    """Asks for the peak memory and writes the measurement."""
    loaded = configuration.loaded
    if configuration.result is not None or loaded is None:
        return
    try:
        peak = child.ask(Stop(), Stopped).peak_memory
    except ChildError as error:
        configuration.fail(str(error))
        return
    times = summarize(configuration.samples)
    with configuration.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    medians = enumerate(configuration.samples)
    configuration.result = Measurement(
        run_id="",
        target="cpu",
        samples=tuple(Sample(index, median(one), len(one)) for index, one in medians),
        p99_ms=times.p99,
        min_ms=times.least,
        low_ms=times.low,
        high_ms=times.high,
        throughput=1000 / times.median,
        artifact=configuration.path.name,
        sha256=digest,
        size=configuration.path.stat().st_size,
        backend="LiteRT CPU",
        threads=configuration.setting.threads,
        delegate="XNNPACK" if configuration.setting.xnnpack else "none",
        median_ms=times.median,
        p5_ms=times.p5,
        p95_ms=times.p95,
        mean_ms=times.mean,
        std_ms=times.std,
        runs=times.runs,
        load_ms=loaded.load_ms,
        first_ms=loaded.first_ms,
        peak_memory=peak,
        base_memory=loaded.base_memory,
        residency=Residency(ops=0, accelerated=0, partitions=0, proof=loaded.residency),
        environment=around,
    )
