"""The run: every configuration in a process of its own, all taking turns."""

import random
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import disturbance
from benchmarks.child import Child, ChildError
from benchmarks.configuration import Configuration
from benchmarks.environment import available_memory, environment
from benchmarks.journal import Ended, Entered, Journal, Left, Started, Took
from benchmarks.protocol import Load, Loaded, Prepare, Prepared, Ran, Round, Warm, Warmed
from benchmarks.results import Effort, Plan, Results
from registry.errors import InputError
from registry.progress import Progress, silent

WARM_SECONDS = 5.0
"""The longest warm-up, beyond the one window that there always is."""
MOST_ALIVE = 32
AT_ONCE = 8
"""Processes that import their runtimes side by side."""
CROWD = "another benchmark ran at the same time"

Batch = dict[int, Child]
"""Place of a configuration in the run → the process that holds it."""


def measure(
    plans: Sequence[Plan],
    effort: Effort = Effort(),  # noqa: B008  (frozen)
    *,
    journal: Path | None = None,
    progress: Progress = silent,
) -> Results:
    """Latency, memory and residency of every plan.

    Each configuration loads in its own process, runs once and warms up until its times are stable. Then come rounds: in each, all
    configurations run a batch of inferences of about equal duration one after the other, in an order drawn anew, so that drift of the
    machine hits all alike and rounds can be compared pair by pair. A configuration that fails, crashes or does not answer becomes a
    Failure and the others go on. Processes are alive together as long as half of the free memory suffices; what does not fit comes
    after, in rounds of its own. With a `journal` folder every round is on disk when the next begins.
    Raises InputError for a missing file.
    """
    for plan in plans:
        if not Path(plan.path).exists():
            raise InputError(f"{plan.path} does not exist, so there is nothing to measure.")
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    with Journal(journal, run_id) as written:
        run = Run(plans, effort, run_id, written, progress)
        written.write(Started(run_id=run_id, plans=tuple(plans), environment=run.around))
        return run.whole()


class Run:
    """One run, from its plans to its results."""

    def __init__(
        self, plans: Sequence[Plan], effort: Effort, run_id: str, journal: Journal, progress: Progress
    ) -> None:
        self.everything = [Configuration(plan) for plan in plans]
        self.effort, self.run_id, self.journal, self.progress = effort, run_id, journal, progress
        self.around = environment()
        self.order = random.Random(effort.seed)
        self.round = 0
        self.crowd = 0

    def whole(self) -> Results:
        waiting = list(range(len(self.everything)))
        while waiting:
            batch: list[int] = []
            for process in range(self.effort.processes):
                with ExitStack() as stack:
                    alive = self._start(waiting, stack) if process == 0 else self._again(batch, stack)
                    batch = list(alive)
                    self._warm_up(alive)
                    self._take_turns(alive, process)
        against = (CROWD,) if self.crowd else ()
        self.journal.write(Ended(against=against))
        left = (one.left(self.run_id, self.around) for one in self.everything)
        made = (one.measurement(self.run_id, self.around, against=against) for one in self.everything)
        return Results(
            run_id=self.run_id,
            measurements=tuple(one for one in made if one is not None),
            failures=tuple(one for one in left if one is not None),
            environment=self.around,
            notes=(f"{CROWD}: the results are marked, repeat the run alone",) if self.crowd else (),
        )

    def _start(self, waiting: list[int], stack: ExitStack) -> Batch:
        """Takes configurations off `waiting` and loads them, until half of the free memory is taken; one at least."""
        free = available_memory()
        alive: Batch = {}
        while waiting and len(alive) < MOST_ALIVE and (not alive or available_memory() >= free / 2):
            group = [waiting.pop(0) for _ in range(min(AT_ONCE, len(waiting)))]
            for index, child in self._prepare(group, stack).items():
                if alive and available_memory() < free / 2:
                    waiting.append(index)
                    child.close()
                else:
                    self._load(index, child, alive)
        waiting.sort()
        return alive

    def _again(self, batch: list[int], stack: ExitStack) -> Batch:
        """The same configurations in new processes."""
        alive: Batch = {}
        left = [index for index in batch if self.everything[index].failure is None]
        for start in range(0, len(left), AT_ONCE):
            for index, child in self._prepare(left[start : start + AT_ONCE], stack).items():
                self._load(index, child, alive)
        return alive

    def _prepare(self, group: Sequence[int], stack: ExitStack) -> Batch:
        """Processes that have imported their runtimes, which they do side by side."""
        targets = sorted({self.everything[index].plan.target for index in group})
        self.progress(f"preparing {', '.join(targets)}", 0, len(group))
        children: Batch = {}
        for index in group:
            plan = self.everything[index].plan
            children[index] = stack.enter_context(Child(self.effort.patience, ("-m", plan.worker)))
            children[index].send(Prepare(target=plan.target))
        for index, child in list(children.items()):
            try:
                child.receive(Prepared)
            except ChildError as error:
                self._fail(index, error)
                children.pop(index).close()
        return children

    def _load(self, index: int, child: Child, alive: Batch) -> None:
        configuration = self.everything[index]
        plan = configuration.plan
        self.progress(f"loading {plan}", index, len(self.everything))
        request = Load(
            path=str(Path(plan.path).resolve()),
            threads=plan.threads,
            batch=plan.batch,
            shapes=plan.shapes,
            seed=self.effort.seed,
            drag=plan.drag,
        )
        try:
            loaded = child.ask(request, Loaded)
        except ChildError as error:
            self._fail(index, error)
            child.close()
            return
        configuration.loaded = configuration.loaded or loaded
        alive[index] = child

    def _warm_up(self, alive: Batch) -> None:
        for done, (index, child) in enumerate(list(alive.items())):
            configuration = self.everything[index]
            self.progress(f"warming up {configuration.plan}", done, len(alive))
            try:
                warmed = child.ask(Warm(seconds=WARM_SECONDS), Warmed)
            except ChildError as error:
                self._fail(index, error)
                del alive[index]
                continue
            if configuration.warmed is None and configuration.loaded is not None:
                configuration.warmed = warmed
                self.journal.write(Entered(index=index, loaded=configuration.loaded, warmed=warmed))

    def _take_turns(self, alive: Batch, process: int) -> None:
        """Rounds, until every configuration that is alive has had enough; those that have stay silent."""
        effort = self.effort
        while active := [i for i in alive if self.everything[i].share_done(effort, process) < 1]:
            self.crowd += self.journal.others()
            self.order.shuffle(active)
            for index in active:
                configuration = self.everything[index]
                last = effort.processes - 1
                shares = (1.0 if one.failure else one.share_done(effort, last) for one in self.everything)
                self.progress("timing", int(100 * sum(shares)), 100 * len(self.everything))
                child = alive[index]
                before = disturbance.read(child.pid)
                try:
                    ran = child.ask(Round(runs=configuration.runs_a_round(effort)), Ran)
                except ChildError as error:
                    self._fail(index, error)
                    del alive[index]
                    continue
                turn = disturbance.between(before, disturbance.read(child.pid))
                configuration.rounds.append((self.round, process, ran.times_ms))
                configuration.turns.append(turn)
                self.journal.write(
                    Took(index=index, round=self.round, process=process, times_ms=ran.times_ms, turn=turn)
                )
            self.round += 1

    def _fail(self, index: int, error: ChildError) -> None:
        configuration = self.everything[index]
        configuration.fail(str(error), error.status)
        assert configuration.failure is not None
        self.journal.write(Left(index=index, failure=configuration.failure))
