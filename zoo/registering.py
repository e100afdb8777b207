"""Private registries, for the command line: added, listed, brought up to date, in words."""

from collections.abc import Sequence

import msgspec

from registry import card_index, registries
from registry.fetch import registries as fetching
from registry.fetch.registries import Change
from registry.fetch.transfer import public
from registry.progress import Progress
from registry.registries import Registry
from zoo.report import Table


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A registry and what it holds; `broken` are the cards that cannot be used, with the reason."""

    name: str
    kind: str
    location: str
    version: str
    revision: str
    provenance: str
    cards: int
    broken: dict[str, str]


def add(place: str, name: str | None, revision: str, git: bool, progress: Progress) -> Known:
    """Raises InputError, FetchError, StorageError."""
    return _known(
        fetching.add(place, name, kind="git" if git else None, revision=revision, progress=progress)
    )


def known() -> list[Known]:
    return [_known(one) for one in registries.added()]


def update(names: Sequence[str], progress: Progress) -> list[Change]:
    """Those of these names, or all. Raises InputError for a name that none has, FetchError."""
    wanted = [registries.named(name) for name in names] if names else registries.added()
    return [fetching.update(one, progress=progress) for one in wanted]


def described(found: Sequence[Known]) -> tuple[str | Table, ...]:
    rows = tuple((one.name, one.kind, one.version[:12] or "-", str(one.cards), one.location) for one in found)
    broken = [f"{name} cannot be used: {error}" for one in found for name, error in one.broken.items()]
    return (Table(("name", "kind", "version", "cards", "where"), rows), *broken)


def told(change: Change) -> str:
    """One registry's change in a few lines."""
    if not change.after:
        return f"{change.name}: a folder, read as it is"
    if change.before == change.after:
        return f"{change.name}: nothing new, {change.after[:12]}"
    parts = [f"{change.name}: {change.before[:12]} → {change.after[:12]}"]
    for what, names in (("came", change.added), ("went", change.removed), ("changed", change.changed)):
        parts += [f"  {what}: {', '.join(names)}"] if names else []
    return "\n".join(parts if len(parts) > 1 else [f"{parts[0]}, the same cards"])


def _known(one: Registry) -> Known:
    found = card_index.summaries(one.shelf)
    return Known(
        name=one.name,
        kind=one.kind,
        location=public(one.location),
        version=one.version,
        revision=one.revision,
        provenance=one.shelf.provenance,
        cards=len(found),
        broken={card.name: card.error for card in found if card.error},
    )
