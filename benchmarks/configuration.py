"""One configuration of a run: what is known of it so far, and the measurement that comes of it."""

from statistics import median
from typing import Literal

import msgspec

from benchmarks import disturbance
from benchmarks.disturbance import Turn
from benchmarks.environment import usable_cores
from benchmarks.protocol import Loaded, Warmed
from benchmarks.results import Effort, Failure, Plan
from benchmarks.statistics import summarize
from registry.types import Measurement, Sample

ROUND_RUNS = 10_000
MIN_ROUNDS = 5


class Configuration:
    """`rounds` are (round, process, times in ms), `turns` what else went on meanwhile."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.loaded: Loaded | None = None
        self.warmed: Warmed | None = None
        self.rounds: list[tuple[int, int, list[float]]] = []
        self.turns: list[Turn] = []
        self.failure: Failure | None = None

    def fail(self, reason: str, status: Literal["missing", "refused", "failed", "crashed"]) -> None:
        """It gives no more rounds; those that were done do not count, since nobody knows what they were."""
        plan = self.plan
        self.failure = Failure(
            artifact=plan.artifact,
            target=plan.target,
            reason=reason,
            status=status,
            model=plan.model,
            variant=plan.variant,
            sha256=plan.sha256,
            threads=plan.threads,
            batch=plan.batch,
            shapes=plan.shapes,
        )

    def left(self, run_id: str, around: dict[str, str]) -> Failure | None:
        """Why it was not measured, with the run that tried; None where nothing stood against it."""
        if self.failure is None:
            return None
        return msgspec.structs.replace(self.failure, run_id=run_id, environment=around)

    def share_done(self, effort: Effort, process: int) -> float:
        """Of what processes up to this one are to do: 1 where there are enough rounds, or the time is up."""
        part = (process + 1) / effort.processes
        spent = sum(sum(times) for _, _, times in self.rounds) / 1000
        enough = len(self.rounds) / (effort.rounds * part)
        least = min(1.0, len(self.rounds) / (min(MIN_ROUNDS, effort.rounds) * part))
        return min(1.0, max(enough, min(least, spent / (effort.seconds * part))))

    def runs_a_round(self, effort: Effort) -> int:
        """So many that a round lasts about `round_seconds`."""
        run_ms = self.warmed.run_ms if self.warmed else 0.0
        return max(1, min(ROUND_RUNS, round(effort.round_seconds * 1000 / max(run_ms, 1e-6))))

    def measurement(
        self,
        run_id: str,
        around: dict[str, str],
        status: Literal["done", "interrupted"] = "done",
        against: tuple[str, ...] = (),
    ) -> Measurement | None:
        """What the rounds say; None where there are none. `against` are reasons against the whole run."""
        plan, loaded, warmed = self.plan, self.loaded, self.warmed
        if self.failure is not None or loaded is None or warmed is None or not self.rounds:
            return None
        times = summarize([one for _, _, one in self.rounds])
        cores = usable_cores()
        doubts = disturbance.reasons(self.turns, cores, times.median, times.low, times.high)
        if not warmed.stable:
            doubts.append("the times had not become stable when the warm-up ended")
        return Measurement(
            run_id=run_id,
            artifact=plan.artifact,
            sha256=plan.sha256,
            size=plan.size,
            model=plan.model,
            variant=plan.variant,
            target=plan.target,
            device=loaded.device,
            backend=loaded.backend,
            delegate=loaded.delegate,
            threads=plan.threads,
            batch=plan.batch,
            shapes=loaded.shapes,
            samples=tuple(
                Sample(index, median(one), len(one), process) for index, process, one in self.rounds
            ),
            median_ms=times.median,
            p5_ms=times.p5,
            p95_ms=times.p95,
            p99_ms=times.p99,
            min_ms=times.least,
            mean_ms=times.mean,
            std_ms=times.std,
            low_ms=times.low,
            high_ms=times.high,
            runs=times.runs,
            throughput=plan.batch * 1000 / times.median,
            overhead_ms=warmed.overhead_ms,
            load_ms=loaded.load_ms,
            first_ms=loaded.first_ms,
            warm_runs=warmed.runs,
            warm_ms=warmed.ms,
            warm=warmed.stable,
            peak_memory=warmed.peak_memory,
            base_memory=loaded.base_memory,
            runtime_memory=warmed.runtime_memory,
            residency=warmed.residency,
            valid=not doubts and not against,
            invalid_reason="; ".join([*doubts, *against]),
            status=status,
            environment=around | disturbance.summary(self.turns, cores),
        )
