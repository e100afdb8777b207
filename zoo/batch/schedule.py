"""Many conversions side by side: workers started and watched from one loop, each with its limits, none stopping the others."""

import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from registry.errors import MissingDependencyError
from zoo import failures
from zoo.batch import trees
from zoo.batch.entries import Entry
from zoo.batch.events import Begun, Ended, Event, Finished, Pulse, Started
from zoo.batch.worker_process import Limits, WorkerProcess
from zoo.request import Request

Hear = Callable[[Event], None]
TICK = 0.1
"""Seconds between two looks at the process table: a tree can go beyond its memory limit by what it takes in that time."""
NOT_STARTED = "not_started"


@dataclass(frozen=True)
class Plan:
    """What is to be converted, how many at once, and what each may use. `requests` by the entries' names; an entry with an error
    has none."""

    entries: tuple[Entry, ...]
    requests: dict[str, Request]
    jobs: int
    limits: Limits


def run(plan: Plan, hear: Hear) -> tuple[Ended, ...]:
    """Converts all that can be; how each model ended, in the plan's order.

    An exception on the way (Ctrl-C above all) ends every worker with all below it, tells of them as interrupted, and goes on up;
    what is published by then stays. Raises MissingDependencyError where the platform cannot watch process trees.
    """
    if not trees.here():
        raise MissingDependencyError(
            "Many conversions at once need Linux's /proc: convert one at a time here."
        )
    begun = time.monotonic()
    ended: dict[str, Ended] = {}

    def note(event: Event) -> None:
        if isinstance(event, Ended):
            ended[event.model] = event
        hear(event)

    hear(Begun(models=tuple(one.name for one in plan.entries), jobs=plan.jobs))
    try:
        with trees.adopting(), _terminable():
            _work(plan, note)
    finally:
        counts = Counter(
            one.status if one else NOT_STARTED for one in (ended.get(e.name) for e in plan.entries)
        )
        hear(Finished(counts=dict(counts), seconds=round(time.monotonic() - begun, 3)))
    return tuple(ended[one.name] for one in plan.entries)


def _work(plan: Plan, hear: Hear) -> None:
    waiting: deque[Request] = deque()
    for entry in plan.entries:
        if entry.error is not None:
            failure = failures.explain(entry.error)
            hear(
                Ended(model=entry.name, status="failed", reason=failure.sentence, exit_code=failure.exit_code)
            )
        else:
            waiting.append(plan.requests[entry.name])
    running: list[WorkerProcess] = []
    try:
        while waiting or running:
            while waiting and len(running) < plan.jobs:
                one = WorkerProcess(waiting.popleft(), plan.limits)
                running.append(one)
                hear(Started(model=one.request.name, folder=str(one.request.out), pid=one.process.pid))
            time.sleep(TICK)
            _look(running, hear)
    finally:
        cut_off = [one.ended("interrupted", "the run was interrupted") for one in running]
        for one in running:  # all of them, before anything is told: telling may fail
            one.close()
        for how in cut_off:
            hear(how)


def _look(running: list[WorkerProcess], hear: Hear) -> None:
    """What has happened since the last look; those that ended, or have to, leave `running`."""
    processes = trees.table()
    for one in tuple(running):
        gone = one.process.poll() is not None  # asked before its last words are read
        for event in one.heard():
            hear(event)
        how = one.result() if gone else one.beyond(processes)
        if how is None:
            hear(Pulse(model=one.request.name, seconds=one.seconds, memory=one.memory))
        else:
            _drop(one, how, running, hear)


def _drop(one: WorkerProcess, how: Ended, running: list[WorkerProcess], hear: Hear) -> None:
    running.remove(one)
    one.close()
    trees.end_all_below(os.getpid(), but=frozenset(other.process.pid for other in running))
    hear(how)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP (a closed terminal) end the run as Ctrl-C does, so that no worker outlives it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
