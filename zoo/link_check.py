"""`zoo registry check --online`: visits, report and promoted mirrors."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from registry.card_reading import Reader
from registry.disk import write_atomic
from registry.errors import FetchError
from registry.fetch import Network
from registry.links.collect import fetched, links
from registry.links.gate import Manners
from registry.links.promote import promote
from registry.links.report import Report, markdown, report
from registry.links.run import visit_all
from registry.links.state import State
from registry.links.visit import ROT, Visit
from registry.progress import Progress


@dataclass(frozen=True)
class Asked:
    """`report`: the report's path without suffix. `max_age` in seconds: visits of `state` that are younger count."""

    state: Path
    report: Path
    promote: bool
    fresh: bool
    jobs: int
    max_age: float
    manners: Manners
    network: Network = field(default_factory=lambda: Network(attempts=3))


def check(cards: list[Path], asked: Asked, progress: Progress) -> Report:
    """Visits every link of the cards, writes the report (.md and .json), and with `promote` puts living mirrors first.

    Raises InputError for a wrong card or state, StorageError.
    """
    wanted = links(cards)
    state = State(asked.state, asked.fresh)
    visits = visit_all(
        wanted, state, asked.network, asked.manners, jobs=asked.jobs, max_age=asked.max_age, progress=progress
    )
    promoted = [str(path) for path in cards if asked.promote and promote(path, visits)]
    found = report(wanted, visits, _lost(cards, visits), promoted)
    write_atomic(asked.report.with_name(f"{asked.report.name}.md"), markdown(found).encode())
    text = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    write_atomic(asked.report.with_name(f"{asked.report.name}.json"), text)
    return found


def exit_code(found: Report) -> int:
    """That of failed fetching where a link rots."""
    return FetchError.exit_code if found.rot else 0


def _lost(cards: list[Path], visits: dict[str, Visit]) -> list[str]:
    """Cards with a file whose every address rots."""
    reader, lost = Reader(), []
    for path in cards:
        if path.name.startswith("_"):
            continue
        card = reader.card(path)
        for part in fetched(card):
            known = [visits[url].status for url in part.urls if url in visits]
            if known and len(known) == len(part.urls) and all(status in ROT for status in known):
                lost.append(f"{path.parent.name}/{card.name}")
    return lost
