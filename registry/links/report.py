"""What a check of all links found, as data and as a page."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from registry.links.collect import Link
from registry.links.visit import OPEN, ROT, Status, Visit


class Row(msgspec.Struct, frozen=True):
    """A link that does not live. Sizes in bytes."""

    url: str
    status: Status
    detail: str
    cards: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """`lost`: cards with a file whose every address rots. `promoted`: card files whose addresses changed places."""

    links: int
    counts: dict[str, int]
    rot: tuple[Row, ...]
    open: tuple[Row, ...]
    lost: tuple[str, ...]
    promoted: tuple[str, ...] = ()


def report(
    links: Iterable[Link], visits: Mapping[str, Visit], lost: Iterable[str], promoted: Iterable[str] = ()
) -> Report:
    """The links that rot, those that another visit may settle, and how many there are of each kind."""
    rows = [Row(link.url, visits[link.url].status, visits[link.url].detail, link.cards) for link in links]
    rows.sort(key=lambda row: (row.status, row.url))
    counts = Counter(str(row.status) for row in rows)
    return Report(
        links=len(rows),
        counts=dict(sorted(counts.items())),
        rot=tuple(row for row in rows if row.status in ROT),
        open=tuple(row for row in rows if row.status in OPEN),
        lost=tuple(sorted(set(lost))),
        promoted=tuple(promoted),
    )


def markdown(found: Report) -> str:
    """The report as a page."""
    parts = ["# Links of the cards\n", f"{found.links:,} links.\n", "| status | links |", "|---|---|"]
    parts += [f"| {status} | {number:,} |" for status, number in found.counts.items()]
    if found.lost:
        parts += [
            "\n## Cards with a file that is nowhere any more\n",
            *(f"- `{name}`" for name in found.lost),
        ]
    if found.promoted:
        parts += ["\n## A living mirror comes first now\n", *(f"- `{name}`" for name in found.promoted)]
    parts += _table("Rot", found.rot) + _table("Not settled", found.open)
    return "\n".join(parts) + "\n"


def _table(title: str, rows: tuple[Row, ...]) -> list[str]:
    if not rows:
        return []
    lines = [f"\n## {title}\n", "| status | link | what | cards |", "|---|---|---|---|"]
    for row in rows:
        cards = ", ".join(row.cards[:3]) + (f" and {len(row.cards) - 3} more" if len(row.cards) > 3 else "")
        cells = (row.status, f"`{row.url}`", row.detail, cards)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _cell(text: str) -> str:
    """Text that stays in its cell and is no markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
