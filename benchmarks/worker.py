"""The child process that holds one model on one target and times it when told to: `python -m benchmarks.worker`."""

import gc
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import BinaryIO

import msgspec

from benchmarks import memory
from benchmarks.protocol import Failed, Load, Loaded, Prepare, Prepared, Ran, Reply, Request, Warm, Warmed
from benchmarks.statistics import is_stable
from benchmarks.targets import catalog
from benchmarks.targets.base import Job, RefusedError, Session
from benchmarks.targets.catalog import Spec

WINDOW_SECONDS = 0.1
"""Or one run, where that takes longer."""
OVERHEAD_RUNS = 1000

Loader = Callable[[Job], Session]


class Worker:
    """Answers requests one by one: Prepare, Load, then the others. `loader` stands in for the target's own."""

    def __init__(self, loader: Loader | None = None) -> None:
        self._loader = loader
        self._option = ""
        self._session: Session | None = None
        self._run: Callable[[], None] = _nothing

    def answer(self, request: Request) -> Reply:
        if isinstance(request, Prepare):
            return self._prepare(catalog.parse(request.target))
        if isinstance(request, Load):
            return self._load(request)
        if self._session is None:
            return Failed(reason="no model is loaded")
        if isinstance(request, Warm):
            return self._warm(self._session, request.seconds)
        self._run()  # what others did since the last round has cooled the caches
        return Ran(times_ms=timed(self._run, request.runs))

    def _prepare(self, spec: Spec) -> Reply:
        """The import of the runtime is not the model's loading."""
        target = catalog.module(spec.name)
        missing = target.check(spec.option)
        if missing:
            return Failed(reason=missing, status="missing")
        import_module(target.RUNTIME)
        self._loader, self._option = self._loader or target.load, spec.option
        return Prepared(takes=target.TAKES)

    def _load(self, request: Load) -> Reply:
        if self._loader is None:
            return Failed(reason="no target is prepared")
        memory.reset_peak()
        base = memory.resident()
        job = Job(
            Path(request.path), self._option, request.threads, request.batch, request.shapes, request.seed
        )
        session = self._loader(job)
        self._session = session
        self._run = dragged(session.run, request.drag) if request.drag else session.run
        return Loaded(
            backend=session.backend,
            delegate=session.delegate,
            device=session.device,
            shapes=session.shapes,
            load_ms=session.load_ms,
            first_ms=timed(self._run, 1)[0],
            base_memory=base,
        )

    def _warm(self, session: Session, seconds: float) -> Warmed:
        start = time.monotonic()
        medians, runs = warm(self._run, seconds)
        return Warmed(
            runs=runs,
            ms=(time.monotonic() - start) * 1000,
            run_ms=medians[-1],
            stable=is_stable(medians),
            overhead_ms=median(timed(_nothing, OVERHEAD_RUNS)),
            peak_memory=memory.peak(),  # before residency, for which some runtimes need a second session
            runtime_memory=session.runtime_memory(),
            residency=session.residency(),
        )


def _nothing() -> None:
    """What the overhead is measured around."""


def timed(run: Callable[[], None], runs: int) -> list[float]:
    """How long each of `runs` runs took, in milliseconds, without the garbage collector in between."""
    clock = time.perf_counter_ns
    times = [0] * runs
    gc.disable()
    try:
        for index in range(runs):
            start = clock()
            run()
            times[index] = clock() - start
    finally:
        gc.enable()
    return [one / 1e6 for one in times]


def dragged(run: Callable[[], None], share: float) -> Callable[[], None]:
    """`run`, made slower by a busy wait of `share` of its own time."""
    clock = time.perf_counter_ns

    def slower() -> None:
        start = clock()
        run()
        done = clock()
        end = done + int((done - start) * share)
        while clock() < end:
            pass

    return slower


def warm(run: Callable[[], None], seconds: float) -> tuple[list[float], int]:
    """Runs windows of about 0.1 s until the medians of the last three agree, or `seconds` have passed (one run at least).

    The medians in milliseconds, and how many runs there were.
    """
    end = time.monotonic() + seconds
    medians: list[float] = []
    runs = 0
    while not is_stable(medians) and (not medians or time.monotonic() < end):
        window: list[float] = []
        window_end = time.monotonic() + WINDOW_SECONDS
        while not window or time.monotonic() < min(end, window_end):
            window += timed(run, 1)
        medians.append(median(window))
        runs += len(window)
    return medians, runs


def serve(requests: BinaryIO, replies: BinaryIO, loader: Loader | None = None) -> None:
    """Until the end of `requests` (the parent is done, or gone)."""
    worker = Worker(loader)
    for line in requests:
        request = msgspec.json.decode(line, type=Request)
        try:
            reply = worker.answer(request)
        except RefusedError as error:
            reply = Failed(reason=_said(error), status="refused")
        except Exception as error:  # whatever the model does, the parent hears of it
            reply = Failed(reason=_said(error))
        replies.write(msgspec.json.encode(reply) + b"\n")
        replies.flush()


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__


def main(loader: Loader | None = None) -> None:
    """Speaks on standard input and output; whatever else native code prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, replies, loader)


if __name__ == "__main__":
    main()
