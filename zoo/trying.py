"""Fresh .tflite artifacts run beside each other, and beside the writing of the next ones; they are judged in the order they were made."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from converters.limits import beside_each_other
from zoo import checking
from zoo.references import Sets
from zoo.run import Run, Trial

if TYPE_CHECKING:
    from converters.engine import Built

SLOW = ("int16x8", "full_int16x8")
"""Variants that LiteRT computes in its reference kernels."""
SLOW_FLOPS = 20e9
"""What these are run for, at most, but for one set of inputs at least: some seconds."""


class Trials:
    """Artifacts that are being run. `judge` is told each one's answers, in the order in which they were added."""

    def __init__(
        self, run: Run, built: "Built", pool: ThreadPoolExecutor, threads: int, judge: Callable[[Trial], None]
    ) -> None:
        self.run, self.built, self.pool, self.threads, self.judge = run, built, pool, threads, judge
        self.waiting: deque[tuple[Trial, Future[Sets]]] = deque()
        self.slow: tuple[Trial, Future[Sets]] | None = None

    def add(self, trial: Trial, path: Path) -> None:
        """Starts running what lies at `path`, and judges those that are through."""
        answers = self._of_its_twin(trial, path)
        if answers is None:
            reference = _shortened(self.run, trial, self.built)
            given = (path, trial.inputs, reference, trial.outputs, self.threads)
            answers = self.pool.submit(checking.run_file, *given)
        if trial.target.name in SLOW:
            self.slow = trial, answers
        self.waiting.append((trial, answers))
        while self.waiting and self.waiting[0][1].done():
            self._next()

    def _of_its_twin(self, trial: Trial, path: Path) -> "Future[Sets] | None":
        """The answers of the slow variant before, where the model is large and this one is the same but for its border."""
        from converters.quantize.borders import same_inside

        name = trial.target.name
        if name not in SLOW or self.slow is None or self.built.stats.flops <= SLOW_FLOPS:
            return None
        twin, answers = self.slow
        staged = self.run.staged(twin.target)[0]
        if not same_inside(staged if staged.is_file() else self.run.request.out / staged.name, path):
            return None
        checking.load(path, self.threads)  # LiteRT takes it, which is all that is left to be seen
        self.run.note(
            f"{name} was not run: it is {twin.target.name} without the border, by every operator and every constant, and its answers "
            f"are that one's; `zoo verify --to {name}` runs it"
        )
        return answers

    def finish(self) -> None:
        while self.waiting:
            self._next()

    def _next(self) -> None:
        trial, answers = self.waiting.popleft()
        self.judge(replace(trial, answers=answers.result()))


@contextmanager
def trials(run: Run, built: "Built", count: int, judge: Callable[[Trial], None]) -> Iterator[Trials]:
    """For `count` artifacts of `built`. What was added before an error is judged before that goes on."""
    jobs = beside_each_other(built.graph.nbytes, min(checking.THREADS, count))
    checking.share_memory()
    with ThreadPoolExecutor(jobs) as pool:
        found = Trials(run, built, pool, checking.THREADS // jobs, judge)
        try:
            yield found
        except Exception:
            found.finish()
            raise
        except BaseException:  # the user's interruption: nobody waits for what is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        found.finish()


def _shortened(run: Run, trial: Trial, built: "Built") -> checking.Reference:
    """The source model's answers that the artifact is held against: of a slow one's the last few sets, unless the user named the data."""
    whole, flops = run.answers, built.stats.flops
    sets = list(whole.inputs)
    most = max(1, int(SLOW_FLOPS / flops)) if flops else len(sets)
    if trial.target.name not in SLOW or run.request.data is not None or len(sets) <= most:
        return whole
    kept = sets[-most:]
    run.note(
        f"{trial.target.name} was run on {', '.join(kept)} alone ({most} of {len(sets)} sets of inputs): LiteRT computes it slowly; "
        f"`zoo verify --to {trial.target.name}` runs it on all"
    )
    inputs, outputs = ({name: one[name] for name in kept} for one in (whole.inputs, whole.outputs))
    return replace(whole, inputs=inputs, outputs=outputs)
