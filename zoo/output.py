"""The one place that prints: for people (tables), as one JSON document, or nothing. Progress and errors go to stderr.

Names and messages may be a stranger's: control characters are made visible here, for all that is shown.
"""

import enum
import json
import re
import sys
import time
from collections.abc import Iterable
from itertools import chain
from typing import Any

from registry.progress import Progress, silent
from registry.text import json_safe, line, plain
from zoo import guard
from zoo.report import GAP, WIDE, Table

_UNEVEN = re.compile("[^ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027]")
"""What may be wider or narrower than a letter in a terminal, or is none."""
_LONG = 50
"""Rows from which a table that is not for a terminal is drawn in a simpler way."""


class Form(enum.Enum):
    HUMAN = "human"
    JSON = "json"
    QUIET = "quiet"


class Output:
    """Where a command's result goes."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._step = ""

    def show(self, document: Any, *blocks: str | Table) -> None:
        """The result: `document` (JSON types, dataclasses and msgspec structs) for programs, `blocks` for people."""
        if self.form is Form.JSON:
            print(json_safe(json.dumps(_plain(document), indent=2, ensure_ascii=False)))
        elif self.form is Form.HUMAN:
            for block in blocks:
                if isinstance(block, Table):
                    _print_table(block)
                else:
                    print(plain(block))

    def fail(self, sentence: str, exit_code: int) -> None:
        """The error's sentence on stderr; for programs also a JSON document on stdout."""
        _Line.end()
        print(f"zoo: {plain(sentence)}", file=sys.stderr)
        if self.form is Form.JSON:
            print(json_safe(json.dumps({"error": sentence, "exit_code": exit_code}, ensure_ascii=False)))

    def complain(self, sentences: Iterable[str]) -> None:
        """What is wrong, on stderr, where the result is a list of it; for programs the document has it."""
        if self.form is not Form.JSON:
            _Line.end()
            for sentence in sentences:
                print(f"zoo: {plain(sentence)}", file=sys.stderr)

    def note(self, sentence: str) -> None:
        """Something worth knowing that is not the result: stderr, and only for people."""
        if self.form is Form.HUMAN:
            _Line.end()
            print(plain(sentence), file=sys.stderr)

    def confirm(self, question: str) -> bool:
        """The user's yes or no; no where nobody can be asked (no terminal, JSON or quiet)."""
        if self.form is not Form.HUMAN or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        _Line.end()
        print(f"{line(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def progress(self) -> Progress:
        """Shows steps where people look on, and leaves the last one to the guard."""
        shown = _Line() if self.form is Form.HUMAN else silent

        def told(what: str, done: int = 0, total: int | None = None) -> None:
            if what != self._step:
                self._step = what
                guard.tell(step=what)
            shown(what, done, total)

        return told


_current = Output(Form.HUMAN)


def select(as_json: bool, quiet: bool) -> Output:
    """The command's output, from its `--json` and `--quiet`; errors raised later go the same way."""
    global _current
    _current = Output(Form.JSON if as_json else Form.QUIET if quiet else Form.HUMAN)
    guard.tell(form=_current.form.value)
    return _current


def current() -> Output:
    return _current


class _Line:
    """Progress on one line of a terminal, redrawn ten times a second; elsewhere one line a step."""

    _open = False

    def __init__(self) -> None:
        self._what = ""
        self._drawn = 0.0
        self._begun = (0.0, 0)

    def __call__(self, what: str, done: int = 0, total: int | None = None) -> None:
        what = line(what)
        if not sys.stderr.isatty():
            if what != self._what:
                print(what, file=sys.stderr, flush=True)
            self._what = what
            return
        now = time.monotonic()
        if what == self._what and now - self._drawn < 0.1:
            return
        if what != self._what:
            self._begun = (now, done)
        self._what, self._drawn = what, now
        amount = f" {100 * done // total} %" if total else f" {done:,}" if done else ""
        amount += self._left(now, done, total)
        print(f"\r\x1b[2K{what}{amount}", end="", file=sys.stderr, flush=True)
        _Line._open = True

    def _left(self, now: float, done: int, total: int | None) -> str:
        """How much longer it takes at the rate so far, once that can be told."""
        begun, before = self._begun
        if not total or done <= before or now - begun < 1:
            return ""
        seconds = round((now - begun) / (done - before) * (total - done))
        return f", {seconds // 60}:{seconds % 60:02} left"

    @classmethod
    def end(cls) -> None:
        """Clears a line left open, so that what follows starts at the left."""
        if cls._open:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
            cls._open = False


def _print_table(table: Table) -> None:
    if not sys.stdout.isatty() and len(table.rows) > _LONG and (lines := _plain_table(table)):
        _Line.end()
        print("\n".join(lines))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    _Line.end()
    console = Console()
    if not sys.stdout.isatty():
        console = Console(width=max(WIDE, table.width) if table.spare else WIDE)
    whole, table = table, table.fitting(console.width)
    drawn = RichTable(
        title=Text(plain(table.title)) if table.title else None, box=box.SIMPLE_HEAD, title_justify="left"
    )
    for index, column in enumerate(table.columns):
        drawn.add_column(
            Text(plain(column)), justify="right" if table.is_numeric(index) else "left", overflow="fold"
        )
    for row in table.rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    with console.capture() as capture:
        console.print(drawn)
    print("\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n")))
    left = [name for name in whole.columns if name not in table.columns]
    if left:
        print(f"left out for want of width: {', '.join(left)} (--json has all)")


def _plain_table(table: Table) -> list[str]:
    """What `_print_table` draws, for tables of hundreds of rows in a thirtieth of the time; empty where a cell has to be folded."""
    texts = [table.columns, *table.rows]
    widths = [max(len(row[index]) for row in texts) for index in range(len(table.columns))]
    if sum(widths) + GAP * len(widths) > WIDE or table.title or any(map(_UNEVEN.search, chain(*texts))):
        return []
    right = [table.is_numeric(index) for index in range(len(widths))]

    def line(row: tuple[str, ...]) -> str:
        cells = zip(row, widths, right, strict=True)
        return "  " + "   ".join(
            f"{cell:>{w}}" if to_right else f"{cell:<{w}}" for cell, w, to_right in cells
        )

    drawn = ["", line(table.columns), " " + "─" * (sum(widths) + GAP * len(widths) - 1)]
    return [one.rstrip() for one in (*drawn, *(line(row) for row in table.rows), "")]


def _plain(document: Any) -> Any:
    """JSON types alone; NaN and infinities, which JSON lacks, become null."""
    import msgspec

    return msgspec.json.decode(msgspec.json.encode(document))
