"""A run of many conversions as people follow it: a table that is redrawn on a terminal, a line for each model elsewhere (stderr)."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoo import report
from zoo.batch.events import GOOD, Begun, Ended, Event, Pulse, Started, Step, Variant
from zoo.batch.listening import Hear

if TYPE_CHECKING:
    from rich.table import Table

_PACE = 0.25
"""Seconds between two drawings."""


@contextmanager
def shown() -> Iterator[Hear]:
    """A listener that shows what it hears."""
    if not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.live import Live

    board = _Board()
    console = Console(stderr=True)
    with Live(console=console, transient=True, auto_refresh=False) as live:
        drawn = 0.0

        def hear(event: Event) -> None:
            nonlocal drawn
            board.hear(event)
            if isinstance(event, Ended):
                live.console.print(_said(event), markup=False, highlight=False)
            if time.monotonic() - drawn > _PACE:
                drawn = time.monotonic()
                live.update(board.table(), refresh=True)

        yield hear


def _line(event: Event) -> None:
    if isinstance(event, Started):
        print(f"{event.model}: started", file=sys.stderr, flush=True)
    elif isinstance(event, Ended):
        print(_said(event), file=sys.stderr, flush=True)


def _said(event: Ended) -> str:
    words = f"{event.model}: {event.status.replace('_', ' ')}"
    return f"{words}, {event.seconds:.1f} s" if event.status in GOOD else f"{words}: {event.reason}"


class _Running:
    """What is known of a model under way."""

    def __init__(self) -> None:
        self.step: Step | None = None
        self.seconds, self.memory, self.variants = 0.0, 0, 0

    def now(self) -> str:
        if self.step is None:
            return "starting"
        share = f" {100 * self.step.done // self.step.total} %" if self.step.total else ""
        return self.step.what + share


class _Board:
    """The state that is drawn."""

    def __init__(self) -> None:
        self._models = self._good = self._bad = 0
        self._running: dict[str, _Running] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, Begun):
            self._models = len(event.models)
        elif isinstance(event, Started):
            self._running[event.model] = _Running()
        elif isinstance(event, Ended):
            self._running.pop(event.model, None)
            self._good += event.status in GOOD
            self._bad += event.status not in GOOD
        elif isinstance(event, Step | Pulse | Variant) and event.model in self._running:
            one = self._running[event.model]
            if isinstance(event, Step):
                one.step = event
            elif isinstance(event, Pulse):
                one.seconds, one.memory = event.seconds, event.memory
            else:
                one.variants += event.status in GOOD

    def table(self) -> "Table":
        from rich import box
        from rich.table import Table
        from rich.text import Text

        left = self._models - self._good - self._bad - len(self._running)
        head = f"{self._good} of {self._models} done, {self._bad} not, {left} waiting"
        drawn = Table(box=box.SIMPLE_HEAD, title=head, title_justify="left")
        for column in ("model", "doing", "variants", "time", "memory"):
            drawn.add_column(column, no_wrap=True)
        for name, one in self._running.items():
            cells = (name, one.now(), str(one.variants), f"{one.seconds:.0f} s", report.size(one.memory))
            drawn.add_row(*(Text(cell) for cell in cells))
        return drawn
