"""From what the user typed to a card or a model file, and to the folder its artifacts go to."""

from pathlib import Path
from typing import TypedDict

from registry.card import Card
from registry.card_file import is_card_file
from registry.errors import InputError
from zoo import request, workspace
from zoo.workspace import MANIFEST


class Named(TypedDict):
    """The part of a `Request` that a name stands for. `name` is a card's qualified name, or a model file's stem."""

    name: str
    out: Path
    card: Card | None
    model: Path | None


def card(text: str) -> Card:
    """The card that a name, a provider's name or a .yaml file stands for. Raises InputError where there is none."""
    return qualified(text)[1]


def qualified(text: str) -> tuple[str, Card]:
    """The qualified name and the card that `text` stands for; of a .yaml file the name is the card's own. Raises InputError."""
    from registry import catalog
    from zoo import providers

    path = Path(text)
    if is_card_file(path):
        one = catalog.load_file(path)
        return one.name, one
    provider = providers.of(text)
    if provider is not None:
        return provider.name(text), provider.card(text)
    name = catalog.qualified(text)
    return name, catalog.load(name)


def card_named(text: str, out: Path | None) -> Named:
    """A card and where its artifacts go."""
    name, one = qualified(text)
    return Named(name=name, out=out or workspace.default_folder(name), card=one, model=None)


def named(text: str, out: Path | None) -> Named:
    """A model file where `text` is one, else a card. Raises InputError where it is neither."""
    if is_card(text):
        return card_named(text, out)
    model = request.model_file(text)
    if model is None:
        return card_named(text, out)
    name = request.stem(model)
    return Named(name=name, out=out or workspace.default_folder(name), card=None, model=model)


def is_card(text: str) -> bool:
    """Can `text`, by its form, only be a card: a .yaml file, or a name whose first part is a namespace or a provider?

    A file or folder that is there is no name.
    """
    from registry import shelves
    from zoo import providers

    if is_card_file(text):
        return True
    if Path(text).exists():
        return False
    return providers.of(text) is not None or text.partition("/")[0] in shelves.namespaces()


def converted_folder(text: str) -> Path:
    """Where what `text` stands for was converted: the folder itself, or the default one of a name, qualified or bare.

    No card is read. Where nothing was converted it is the folder that would be made.
    """
    named = Path(text)
    if (named / MANIFEST).is_file():
        return named
    folder = workspace.folder_of(text)
    if (folder / MANIFEST).is_file() or is_card_file(text):
        return folder
    from registry import catalog

    try:
        return workspace.default_folder(catalog.qualified(text))
    except InputError:
        return folder
