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


def card(text: str) -> Card:
    """The shipped card of that name, or the card in that .yaml file. Raises InputError where there is none."""
    from registry import catalog

    path = Path(text)
    return catalog.load_file(path) if path.suffix in (".yaml", ".yml") else catalog.load(text)


def card_named(text: str, out: Path | None) -> Named:
    """A card and where its artifacts go."""
    one = card(text)
    return Named(name=one.name, out=out or workspace.default_folder(one.name), card=one, model=None)


def named(text: str, out: Path | None) -> Named:
    """A model file where `text` is one, else a card. Raises InputError where it is neither."""
    model = None if text.endswith((".yaml", ".yml")) else request.model_file(text)
    if model is None:
        return card_named(text, out)
    name = request.stem(model)
    return Named(name=name, out=out or workspace.default_folder(name), card=None, model=model)
