"""Many models from one request: the same options for each, a folder each, one report."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from registry.errors import InputError
from zoo import doctor, workspace
from zoo.batch import listening, schedule
from zoo.batch.entries import Entry
from zoo.batch.events import Ended
from zoo.batch.listening import Hear
from zoo.batch.worker_process import Limits
from zoo.request import Request


@dataclass(frozen=True)
class Batch:
    """How many models are converted: side by side, within which limits, and where events go."""

    jobs: int | None
    limits: Limits
    events: Path | None


def run(
    entries: tuple[Entry, ...],
    request: Callable[..., Request],
    out: Path | None,
    batch: Batch,
    shown: Callable[[], AbstractContextManager[Hear]],
) -> tuple[Ended, ...]:
    """Converts every entry by a `request` of its card, name and folder, which is that of its name below `out`.

    Raises InputError for options that are about one model; what goes wrong with a model is in its `Ended`.
    """
    root = out or workspace.MODELS
    requests = {
        one.name: request(name=one.name, out=root / one.name, card=one.card, model=None)
        for one in entries
        if one.card is not None
    }
    for one in requests.values():
        _refuse_options_of_one(one)
    plan = schedule.Plan(entries, requests, batch.jobs or default_jobs(), batch.limits)
    with listening.written(batch.events) as write, shown() as show:
        return schedule.run(plan, listening.both(write, show))


def default_jobs() -> int:
    """Half of the processors: a conversion keeps about two busy."""
    return max(1, doctor.processors() // 2)


def _refuse_options_of_one(request: Request) -> None:
    given = {
        "--weights": request.access.weights,
        "--source": request.access.source,
        "--input-shape": request.input_shapes,
        "--outputs": request.outputs,
        "--keep-nchw": request.keep_nchw,
    }
    for option, value in given.items():
        if value:
            raise InputError(f"{option} is about one model: convert that one by itself")
