"""From what the user typed to a card or a model file, and to the folder its artifacts go to."""

from pathlib import Path
from typing import TypedDict

from registry.card import Card
from zoo import request, workspace


class Named(TypedDict):
    """The part of a `Request` that a name stands for."""

    name: str
    out: Path
    card: Card | None
    model: Path | None


def named(text: str, out: Path | None, cards: Path | None = None) -> Named:
    """A model file where `text` is one, else the card of that name. Raises InputError where it is neither."""
    model = request.model_file(text)
    if model is None:
        return card_named(text, out, cards)
    name = request.stem(model)
    return Named(name=name, out=out or workspace.default_folder(name), card=None, model=model)


def card_named(text: str, out: Path | None, cards: Path | None = None) -> Named:
    """The card of that name. Raises InputError where there is none."""
    from registry import catalog

    card = catalog.load(text)
    return Named(name=card.name, out=out or workspace.default_folder(card.name), card=card, model=None)
