"""Where cards lie: the shipped ones, and the private registries that the user added; each under a namespace, from somebody."""

import os
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

Provenance = Literal["shipped", "own", "stranger"]
"""Who wrote a card: this project, the user (a folder or file on this machine), or somebody else (fetched from elsewhere)."""

PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,95}")
"""One part of a card's qualified name: what `registry.card.Name` allows."""
_DEPTH = 2
"""Folders below a shelf that a name leads through: `<namespace>/<folder>/<folder>/<name>` at most."""


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """What tells whether a file is still the one that was read: bytes, and nanoseconds since 1970."""

    size: int
    modified: int


class Shelf(msgspec.Struct, frozen=True):
    """A folder of cards. A file `<folder>/a/b.yaml` is the card `<namespace>/a/b`; names that begin with `_` or `.` are no cards."""

    namespace: str
    folder: Path
    provenance: Provenance
    fetched: Path | None = None
    """The fetched folder that holds `folder`, where that is not the same."""

    @property
    def root(self) -> Path:
        """What a stranger's card may not lead out of."""
        return self.fetched or self.folder

    def name(self, relative: str) -> str:
        """The qualified name of the card in the file `relative` (with `/`)."""
        bare = relative.removesuffix(".yaml")
        return f"{self.namespace}/{bare}" if self.namespace else bare

    def file(self, name: str) -> Path | None:
        """The file of the card of this qualified name; None where this shelf has none."""
        inside = name.removeprefix(f"{self.namespace}/") if self.namespace else name
        parts = inside.split("/")
        if self.namespace and inside == name:
            return None
        if len(parts) > _DEPTH + 1 or not all(PART.fullmatch(part) for part in parts):
            return None
        path = self.folder.joinpath(*parts[:-1], f"{parts[-1]}.yaml")
        return path if path.is_file() else None

    def stamps(self) -> dict[str, Stamp]:
        """Relative path → stamp of every card's file, sorted; empty where the folder is gone."""
        return dict(sorted(_scan(self.folder, "", _DEPTH)))


def shipped() -> Shelf:
    """The cards that come with the package."""
    return Shelf("", Path(str(files("registry"))) / "cards", "shipped")


def all_shelves() -> tuple[Shelf, ...]:
    """The shipped cards first, then the private registries by name."""
    from registry import registries

    return (shipped(), *registries.shelves())


def namespaces() -> set[str]:
    """First parts of qualified names: the folders of the shipped cards, and the private registries."""
    shelves = all_shelves()
    inside = {file.partition("/")[0] for file in shelves[0].stamps() if "/" in file}
    return inside | {shelf.namespace for shelf in shelves[1:]}


def _scan(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, Stamp]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        stem = entry.name.removesuffix(".yaml")
        if not PART.fullmatch(stem):
            continue
        try:
            if entry.name != stem and entry.is_file():
                stat = entry.stat()
                yield f"{prefix}{entry.name}", Stamp(stat.st_size, stat.st_mtime_ns)
            elif depth and entry.name == stem and entry.is_dir(follow_symlinks=False):
                yield from _scan(folder / entry.name, f"{prefix}{entry.name}/", depth - 1)
        except OSError:
            continue
