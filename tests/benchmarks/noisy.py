"""A noisy shared machine, simulated: measurements of one run as the bench makes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.types import Measurement, Sample

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Machine:
    """What disturbs a measurement. Shares and spreads are of the latency."""

    process: float = 0.009
    """Spread between processes: where the memory of each happens to lie."""
    heavy: float = 0.03
    """Chance that a process has ten times that (a busy neighbour on its core)."""
    white: float = 0.01
    busy: float = 0.8
    """Largest slow-down while a neighbour works; it comes, stays for some turns, and goes."""
    comes: float = 0.05
    goes: float = 0.3
    outliers: float = 0.03
    drift: float = 0.1
    """Of the clock over the whole run."""

    def latencies(
        self, costs: list[float], processes: int, rounds: int, rng: np.random.Generator
    ) -> list[list[list[float]]]:
        """Configuration → process → its rounds' medians in milliseconds, the configurations taking turns in random order."""
        found: list[list[list[float]]] = [[[] for _ in range(processes)] for _ in costs]
        heavy = np.where(rng.random((len(costs), processes)) < self.heavy, 10.0, 1.0)
        own = rng.normal(0, self.process, (len(costs), processes)) * heavy
        busy, slots, slot = 0.0, len(costs) * processes * rounds, 0
        for process in range(processes):
            for _ in range(rounds):
                for index in rng.permutation(len(costs)):
                    if busy and rng.random() < self.goes:
                        busy = 0.0
                    elif not busy and rng.random() < self.comes:
                        busy = float(np.log1p(self.busy * rng.random()))
                    log = own[index, process] + rng.normal(0, self.white) + self.drift * slot / slots + busy
                    log += rng.exponential(0.3) if rng.random() < self.outliers else 0.0
                    found[index][process].append(costs[index] * float(np.exp(log)))
                    slot += 1
        return found


def run(
    machine: Machine,
    costs: list[float],
    rng: np.random.Generator,
    *,
    processes: int = 4,
    rounds: int = 8,
    run_id: str = "run",
) -> list[Measurement]:
    """One measurement a cost (milliseconds), all of one run."""
    every = machine.latencies(costs, processes, rounds, rng)
    return [
        measurement(
            run_id=run_id,
            artifact=f"model{index}.tflite",
            sha256=f"{index:064x}",
            samples=tuple(
                Sample(process * rounds + position, ms, 10, process)
                for process, medians in enumerate(one)
                for position, ms in enumerate(medians)
            ),
        )
        for index, one in enumerate(every)
    ]


def measurement(**given: object) -> Measurement:
    """A measurement whose fields are those given, with statistics that agree with its samples."""
    samples = given.get("samples") or (Sample(0, 1.0), Sample(1, 1.1), Sample(2, 0.9))
    times = np.array([one.ms for one in samples])  # type: ignore[attr-defined]
    centre = float(np.median(times))
    fields: dict[str, object] = {
        "run_id": "run",
        "artifact": "model.tflite",
        "sha256": "0" * 64,
        "size": 1000,
        "model": "model",
        "variant": "float32",
        "target": "cpu",
        "device": "A CPU",
        "backend": "LiteRT 2.3.0",
        "delegate": "XNNPACK",
        "threads": 1,
        "samples": samples,
        "median_ms": centre,
        "p5_ms": float(np.percentile(times, 5)),
        "p95_ms": float(np.percentile(times, 95)),
        "p99_ms": float(np.percentile(times, 99)),
        "min_ms": float(times.min()),
        "mean_ms": float(times.mean()),
        "std_ms": float(times.std(ddof=1)) if times.size > 1 else 0.0,
        "low_ms": 0.99 * centre,
        "high_ms": 1.01 * centre,
        "runs": times.size,
        "throughput": 1000 / centre,
        "load_ms": 1.0,
        "first_ms": 2.0,
        "peak_memory": 3_000_000,
        "base_memory": 1_000_000,
        "environment": {"cpu": "A CPU", "date": "2026-01-01T00:00:00+00:00"},
    }
    return Measurement(**{**fields, **given})  # type: ignore[arg-type]
