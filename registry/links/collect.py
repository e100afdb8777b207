"""The links of cards: each once, with all the cards that have it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from registry.card import Card, CodeFile, Weights
from registry.card_reading import Reader

Kind = Literal["file", "page"]


class Link(msgspec.Struct, frozen=True):
    """An address as the card has it. `size`: what a file there should have, in bytes; `cards`: who has it."""

    url: str
    kind: Kind
    size: int | None = None
    cards: tuple[str, ...] = ()


def links(paths: Iterable[Path]) -> tuple[Link, ...]:
    """The links of all cards in these files (bases apart: their links are their cards'), in the order they are met.

    Raises InputError for a card that is wrong.
    """
    reader = Reader()
    found: dict[str, Link] = {}
    for path in paths:
        if path.name.startswith("_"):
            continue
        card = reader.card(path)
        name = f"{path.parent.name}/{card.name}"
        for link in _of(card):
            known = found.get(link.url, link)
            kind: Kind = "file" if "file" in (known.kind, link.kind) else "page"
            cards = (*known.cards, name) if name not in known.cards else known.cards
            found[link.url] = Link(link.url, kind, known.size or link.size, cards)
    return tuple(found.values())


def fetched(card: Card) -> tuple[Weights | CodeFile, ...]:
    """All files that a card names one by one: weights and code."""
    return (*card.weights, *(card.source.files or ()))


def _of(card: Card) -> Iterable[Link]:
    source = card.source
    for part in fetched(card):
        for url in part.urls:
            if not url.startswith("source:"):
                yield Link(url, "file", part.size)
    if source.url is not None:
        yield Link(source.url, "file" if source.sha256 is not None else "page")
    for page in (source.git, card.licenses.link, card.paper):
        if page is not None and page.startswith(("https://", "http://")):
            yield Link(page, "page")
