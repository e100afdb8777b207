"""The options of `zoo fetch-convert` that are about many models, and its run of them."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo import output
from zoo.cli import completing

if TYPE_CHECKING:
    from zoo.request import Request

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME...",
        help="Cards' names (`zoo list`), providers' names, or paths of card files.",
        autocompletion=completing.names,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Convert the models of all cards.")]
Task = Annotated[
    str | None, typer.Option("--task", metavar="TASK", help="Convert the models of all cards of this task.")
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Convert the models of a list: a name or card path a line (# comments), or a YAML or JSON list; - is stdin.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="Models at once. Default: half of the processors."),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory", metavar="SIZE", help="What the processes of one model may hold together, like 4GB."
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option("--timeout", metavar="TIME", help="How long one model may take, like 90s or 10m."),
]
Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="Append what happens to this file, a JSON line an event; - is stdout.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Where artifacts go; of several models, each into DIR/NAME. Default: zoo_models/NAME.",
    ),
]


@dataclass(frozen=True)
class Asked:
    """The options as they were given."""

    names: tuple[str, ...]
    every: bool
    task: str | None
    listed: Path | None
    jobs: int | None
    memory: str | None
    timeout: str | None
    events: Path | None

    @property
    def one(self) -> str | None:
        """The only model, where nothing is asked for that takes workers: it is converted in this process."""
        several = self.every or self.task is not None or self.listed is not None
        watched = any(value is not None for value in (self.jobs, self.memory, self.timeout, self.events))
        return self.names[0] if len(self.names) == 1 and not several and not watched else None


def run(
    asked: Asked,
    request: "Callable[..., Request]",
    recover: float | None,
    out: Path | None,
    out_to: output.Output,
) -> int:
    """Converts them and shows how each ended; the exit code: 1 where any failed."""
    from zoo import many, quantities, report_batch
    from zoo.batch import board, entries
    from zoo.batch.worker_process import Limits

    if recover is not None:
        raise typer.BadParameter("--recover is for one model: name it alone")
    limits = Limits(
        memory=quantities.size(asked.memory, "--memory") if asked.memory is not None else None,
        seconds=quantities.seconds(asked.timeout, "--timeout") if asked.timeout is not None else None,
    )
    onto_stdout = asked.events is not None and str(asked.events) == "-"
    if onto_stdout and out_to.form is output.Form.JSON:
        raise typer.BadParameter("--events - and --json both write to stdout: give --events a file")
    models = entries.gather(asked.names, asked.every, asked.task, asked.listed)
    quiet = out_to.form is not output.Form.HUMAN
    ended = many.run(
        models,
        request,
        out,
        many.Batch(asked.jobs, limits, asked.events),
        (lambda: nullcontext(lambda event: None)) if quiet else board.shown,
    )
    if not onto_stdout:
        out_to.show({"models": ended}, *report_batch.summary(ended))
    return 0 if report_batch.whole(ended) else 1
