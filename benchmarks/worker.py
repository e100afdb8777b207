"""The child process that holds one model in one setting and times it when told to: `python -m benchmarks.worker`."""

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import BinaryIO

import msgspec

from benchmarks import memory
from benchmarks.litert import CpuModel
from benchmarks.protocol import Failed, Load, Loaded, Ran, Reply, Request, Stop, Stopped, Warm, Warmed
from benchmarks.statistics import is_stable

WINDOW_SECONDS = 0.1
WINDOW_RUNS = 3


class Worker:
    """Answers requests one by one. The first must be Load."""

    def __init__(self) -> None:
        self._model: CpuModel | None = None

    def answer(self, request: Request) -> Reply:
        if isinstance(request, Load):
            return self._load(request)
        if isinstance(request, Stop):
            return Stopped(peak_memory=memory.peak())
        if self._model is None:
            return Failed(reason="no model is loaded")
        if isinstance(request, Warm):
            return warm(self._model.run, request.seconds)
        self._model.run()  # what others did since the last round has cooled the caches
        return Ran(times_ms=timed(self._model.run, request.runs))

    def _load(self, request: Load) -> Reply:
        import ai_edge_litert.interpreter  # noqa: F401  (its import is not the model's loading)

        memory.reset_peak()
        base = memory.resident()
        self._model = CpuModel(Path(request.path), request.threads, request.xnnpack, request.seed)
        return Loaded(
            load_ms=self._model.load_ms,
            first_ms=self._model.run(),
            base_memory=base,
            residency=self._model.residency(),
        )


def timed(run: Callable[[], float], runs: int) -> list[float]:
    """The times of `runs` runs, without the garbage collector in between."""
    gc.disable()
    try:
        return [run() for _ in range(runs)]
    finally:
        gc.enable()


def warm(run: Callable[[], float], seconds: float) -> Warmed:
    """Runs windows of about 0.1 s until the medians of the last three agree, or `seconds` have passed (one run at least)."""
    end = time.monotonic() + seconds
    medians: list[float] = []
    runs = 0
    while not is_stable(medians) and (not medians or time.monotonic() < end):
        window: list[float] = []
        window_end = time.monotonic() + WINDOW_SECONDS
        while not window or (
            time.monotonic() < end and (time.monotonic() < window_end or len(window) < WINDOW_RUNS)
        ):
            window.append(run())
        medians.append(median(window))
        runs += len(window)
    return Warmed(runs=runs, run_ms=medians[-1])


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Until Stop, or the end of `requests` (the parent is gone)."""
    worker = Worker()
    for line in requests:
        request = msgspec.json.decode(line, type=Request)
        try:
            reply = worker.answer(request)
        except Exception as error:  # whatever the model does, the parent hears of it
            reply = Failed(reason=" ".join(str(error).split()) or type(error).__name__)
        replies.write(msgspec.json.encode(reply) + b"\n")
        replies.flush()
        if isinstance(request, Stop):
            return


def main() -> None:
    """Speaks on standard input and output; whatever else native code prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
