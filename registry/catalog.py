"""The cards: those shipped with the package by name, and any YAML file by path."""

from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from registry.card import Card, Data, Source, Weights
from registry.errors import InputError

_Part = TypeVar("_Part", Source, Weights, Data)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A card in one line of a list. `size` is the weights' bytes, None where the card does not say."""

    name: str
    task: str
    description: str
    license: str
    size: int | None


def names() -> list[str]:
    """The names of the packaged cards, sorted."""
    return sorted(path.stem for path in _folder().glob("*.yaml") if not path.name.startswith("_"))


def load(name: str) -> Card:
    """The packaged card of this name. Raises InputError with the names that come close."""
    known = names()
    if name not in known:
        import difflib

        close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        meant = f" Did you mean {' or '.join(f'`{match}`' for match in close)}?" if close else ""
        raise InputError(
            f"There is no card named `{name}`.{meant} `zoo list` shows them all; a path to a card's .yaml works too."
        )
    return load_file(_folder() / f"{name}.yaml")


def load_file(path: Path) -> Card:
    """A card from any YAML file; the relative `path`s in it start at the card's folder. No network is touched.

    Raises InputError naming the file, the line, the key and what is allowed.
    """
    from registry.card_reading import Reader

    return _rooted(Reader().card(path), path.absolute().parent)


def parse(text: bytes, where: str) -> Card:
    """A card from YAML text; `where` names it in errors (InputError)."""
    from registry.card_reading import Reader

    return Reader().parse(text, where)


def summaries() -> list[Summary]:
    """One line for each packaged card, sorted by name."""
    return [summarize(load(name)) for name in names()]


def summarize(card: Card) -> Summary:
    """The card in one line."""
    sizes = [weights.size for weights in card.weights]
    known = [size for size in sizes if size is not None]
    return Summary(
        name=card.name,
        task=card.task,
        description=card.description,
        license=card.licenses.weights,
        size=sum(known) if known and len(known) == len(sizes) else None,
    )


def _folder() -> Path:
    return Path(str(files("registry"))) / "cards"


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
