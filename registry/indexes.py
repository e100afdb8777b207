"""Collections without checksums, as something to browse: what a folder is, where it comes from, what can be downloaded.

Their entries are no cards. A download is pinned by whoever fetches it first (`registry.pins`).
"""

import re
from importlib.resources import files
from pathlib import Path

import msgspec

from registry.errors import InputError

NAMES = ("pinto",)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of a collection. `upstream`: where the model comes from; `downloads`: what the folder's scripts fetch."""

    number: str
    name: str
    category: str | None = None
    formats: tuple[str, ...] = ()
    licence_file: bool = False
    upstream: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """A whole collection as it was at one commit."""

    source: str
    commit: str
    entries: tuple[Entry, ...]


def load(name: str) -> Index:
    """The packaged index of this name. Raises InputError where there is none."""
    if name not in NAMES:
        raise InputError(f"There is no index `{name}`: there is {', '.join(NAMES)}.")
    return msgspec.json.decode(path(name).read_bytes(), type=Index)


def path(name: str) -> Path:
    """Where an index lies in the package."""
    return Path(str(files("registry"))) / "data" / "indexes" / f"{name}.json"


def find(index: Index, text: str) -> tuple[Entry, ...]:
    """The entries that have every word of `text` in their number, name, category or formats."""
    words = text.lower().split()
    return tuple(one for one in index.entries if all(word in _searched(one) for word in words))


def entry(address: str) -> Entry | None:
    """`pinto/001` or `pinto/001_deeplabv3` → its entry; None where the address is of no index.

    Raises InputError where the index has no such entry.
    """
    name, _, wanted = address.partition("/")
    if name not in NAMES or not wanted:
        return None
    number = re.fullmatch(r"(\d{1,3})(_.*)?", wanted)
    for one in load(name).entries:
        whole = f"{one.number}_{one.name}"
        if wanted == whole or (
            number is not None and number[2] is None and int(number[1]) == int(one.number)
        ):
            return one
    raise InputError(
        f"The index `{name}` has no entry `{wanted}`: `zoo registry index {name} TEXT` finds them."
    )


def _searched(one: Entry) -> str:
    return " ".join((one.number, one.name, one.category or "", *one.formats)).lower()
