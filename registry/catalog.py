"""The cards: by name those shipped and those of private registries, and any YAML file by path."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from registry import card_index, shelves
from registry.card import Card, Data, Source, Weights
from registry.errors import InputError
from registry.shelves import Provenance, Shelf
from registry.summary import Summary as Summary

_Part = TypeVar("_Part", Source, Weights, Data)


class StrangersCard(Card, frozen=True):
    """A card that somebody else wrote: of a registry that was fetched, or what a model hub says of one of its repositories.

    No key of a card says so, the type does, so it stays true of a card that `msgspec.structs.replace` made.
    """


def names() -> list[str]:
    """The qualified names of all cards, sorted; those of cards with an error too."""
    return sorted(shelf.name(file) for shelf in shelves.all_shelves() for file in shelf.stamps())


def load(name: str) -> Card:
    """The card of this name: a qualified one (`omz/face-detection-0200`), or a bare one that only one card has.

    Raises InputError: with the candidates where several have the bare name, with names that come close where none has it, and for a card
    that is wrong.
    """
    shelf, path = _found(name)
    return load_from(shelf, path)


def qualified(name: str) -> str:
    """The qualified name that a name stands for. Raises InputError as `load` does, except for what is wrong in the card."""
    shelf, path = _found(name)
    return shelf.name(path.relative_to(shelf.folder).as_posix())


def provenance(card: Card | str) -> Provenance:
    """Who wrote the card of this name, or this loaded one (one that is not a stranger's is then `own`, as a card by path is)."""
    if isinstance(card, Card):
        return "stranger" if isinstance(card, StrangersCard) else "own"
    return _found(card)[0].provenance


def load_from(shelf: Shelf, path: Path) -> Card:
    """The card in a shelf's file. What a stranger's card names by path lies in his registry, or the card is refused (InputError)."""
    if shelf.provenance == "stranger" and not path.resolve().is_relative_to(shelf.root.resolve()):
        raise InputError(f"{path} leads out of the registry `{shelf.namespace}`, which its cards may not.")
    card = load_file(path, shelf.root if shelf.provenance == "stranger" else None)
    if card.name != path.stem:
        raise InputError(
            f"{path}: the card's name is `{card.name}`, and its file's is not: rename one of them."
        )
    return _confined(card, shelf, path) if shelf.provenance == "stranger" else card


def load_file(path: Path, within: Path | None = None) -> Card:
    """A card from any YAML file; the relative `path`s in it start at the card's folder. No network is touched.

    What it extends lies in the folder `within`, where one is given.

    Raises InputError naming the file, the line, the key and what is allowed.
    """
    from registry.card_reading import Reader

    return _rooted(Reader(within).card(path), path.absolute().parent)


def parse(text: bytes, where: str) -> Card:
    """A card from YAML text; `where` names it in errors (InputError)."""
    from registry.card_reading import Reader

    return Reader().parse(text, where)


def summaries() -> list[Summary]:
    """One line for each card, sorted by name; a card with an error has it in its line."""
    found = [one for shelf in shelves.all_shelves() for one in card_index.summaries(shelf)]
    return sorted(found, key=lambda one: one.name)


def _found(name: str) -> tuple[Shelf, Path]:
    known = shelves.all_shelves()
    for shelf in known:
        path = shelf.file(name)
        if path is not None:
            return shelf, path
    every = {shelf.name(file): (shelf, shelf.folder / file) for shelf in known for file in shelf.stamps()}
    same = [one for one in every if "/" not in name and one.rpartition("/")[2] == name]
    if len(same) == 1:
        return every[same[0]]
    if same:
        raise InputError(
            f"Several cards are named `{name}`: say which, {' or '.join(f'`{one}`' for one in sorted(same))}."
        )
    raise _unknown(name, list(every))


def _unknown(name: str, known: list[str]) -> InputError:
    import difflib

    by_bare = {one.rpartition("/")[2]: one for one in known}
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if "/" not in name:
        close = [by_bare[one] for one in difflib.get_close_matches(name, by_bare, n=3, cutoff=0.5)]
    meant = f" Did you mean {' or '.join(f'`{match}`' for match in close)}?" if close else ""
    return InputError(
        f"There is no card named `{name}`.{meant} `zoo list` shows them all; a path to a card's .yaml works too."
    )


def _confined(card: Card, shelf: Shelf, path: Path) -> StrangersCard:
    """The card as a stranger's, all it refers to on this machine inside of the registry. Raises InputError."""
    samples = [
        part.data
        for part in (card.calibration, card.evaluation)
        if part is not None and part.data is not None
    ]
    parts: tuple[Source | Weights | Data, ...] = (card.source, *card.weights, *samples)
    for part in parts:
        if part.package is not None:
            raise InputError(
                f"{path}: `package: {part.package}` is for the cards that come with this project."
            )
        if part.path is not None and not Path(part.path).resolve().is_relative_to(shelf.root.resolve()):
            raise InputError(
                f"{path}: `path` leads out of the registry `{shelf.namespace}` to {part.path}, which its cards may not."
            )
    return StrangersCard(**{field: getattr(card, field) for field in card.__struct_fields__})


def _rooted(card: Card, folder: Path) -> Card:
    """The card with its relative paths made absolute: they start at the card's own folder."""
    changes: dict[str, Any] = {
        "source": _at(card.source, folder),
        "weights": tuple(_at(weights, folder) for weights in card.weights),
    }
    for key in ("calibration", "evaluation"):
        part = getattr(card, key)
        if part is not None and part.data is not None:
            changes[key] = msgspec.structs.replace(part, data=_at(part.data, folder))
    return msgspec.structs.replace(card, **changes)


def _at(part: _Part, folder: Path) -> _Part:
    if part.path is None:
        return part
    return msgspec.structs.replace(part, path=str(folder / Path(part.path).expanduser()))
