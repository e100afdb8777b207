"""`zoo card save`: a card, a provider's too, as a YAML file in which everything is pinned."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from registry import fetch
from registry.card import Card, Weights
from registry.card_file import is_card_file
from registry.disk import write_atomic
from registry.errors import FetchError, InputError
from registry.fetch import huggingface
from registry.fetch.transfer import TransferError
from registry.fetch.weights import fetch_file
from registry.home import home
from registry.progress import Progress
from registry.store import Store
from zoo import naming, sources

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Saved:
    """Where the card went and what was pinned for it: file of the weights → its checksum."""

    name: str
    file: str
    pinned: dict[str, str]


def text(card: Card) -> str:
    """The card as YAML that reads back as the same card."""
    from registry.importing.writing import dumped

    return dumped(_data(card))


def save(
    name: str, to: Path | None, force: bool, progress: Progress, network: fetch.Network | None = None
) -> Saved:
    """Pins what has no whole checksum yet, by what the Hub says or else by fetching it, and writes the card.

    Raises InputError where the file is there already (but with `force`) or the card's own files lie at paths that would break,
    FetchError where a file cannot be had, StorageError.
    """
    card = naming.card(name)
    place = to or Path(f"{card.name}.yaml")
    if place.is_dir():
        place = place / f"{card.name}.yaml"
    if not is_card_file(place):
        raise InputError(f"--to {place}: a card is a .yaml file, or give a folder for it.")
    if place.exists() and not force:
        raise InputError(f"{place} is there already: choose another --to, or say --force.")
    weights = tuple(_pinned(one, network or sources.network(card), progress) for one in card.weights)
    pinned = {
        new.file: new.sha256 or str(new.git_blob)
        for old, new in zip(card.weights, weights, strict=True)
        if old != new
    }
    frozen = msgspec.structs.replace(card, weights=weights, name=_name(place, card))
    write_atomic(place, text(frozen).encode())
    return Saved(name=frozen.name, file=str(place), pinned=pinned)


def _name(place: Path, card: Card) -> str:
    """A card's name is its file's: what the user called it, where that can be a name."""
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,95}", place.stem):
        return place.stem
    raise InputError(
        f"--to {place}: a card is named like its file, in lower-case letters, digits, `.`, `_` and `-`, like {card.name}.yaml."
    )


def _pinned(one: Weights, network: fetch.Network, progress: Progress) -> Weights:
    if not one.urls or one.sha256 or one.sha384 or one.git_blob:
        return one
    told = _told(one, network)
    if told is not None:
        return told
    blob = fetch_file(one, Store(home()), None, network, progress)
    return msgspec.structs.replace(
        one, sha256=blob.sha256, size=blob.size, first_use=False, sha256_start=None
    )


def _told(one: Weights, network: fetch.Network) -> Weights | None:
    """The file at the commit and with the hash that the Hub tells; None where it lies elsewhere or the Hub tells no sha256."""
    scheme, _, address = one.urls[0].partition(":")
    if scheme != "hf":
        return None
    repository, revision, file = huggingface.split(address)
    try:
        found = huggingface.look(repository, revision, network)
    except TransferError as error:
        raise FetchError(
            f"{one.file}: the Hugging Face repository {repository} at {revision}: {error}."
        ) from error
    here = next((each for each in found.files if each.path == file), None)
    if here is None or not here.sha256:
        return None
    return msgspec.structs.replace(
        one,
        urls=(f"hf:{repository}@{found.commit}:{file}", *one.urls[1:]),
        sha256=here.sha256,
        size=here.size or one.size,
        first_use=False,
        sha256_start=None,
    )


def _data(card: Card) -> dict[str, Any]:
    """The card's keys in the schema's order, paths of this machine as they are."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(card))
    return found
