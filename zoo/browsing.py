"""`zoo registry index` and `zoo fetch pinto/NNN`: collections without checksums."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from registry import first_seen, indexes
from registry.errors import InputError
from registry.fetch import Network, first_use
from registry.home import home
from registry.indexes import Entry
from registry.progress import Progress
from registry.store import Store
from registry.types import Blob


@dataclass(frozen=True)
class Pinned:
    """A fetched download. `first`: it was pinned just now."""

    file: str
    url: str
    path: Path
    blob: Blob
    first: bool


def find(name: str, text: str) -> tuple[Entry, ...]:
    """The entries of an index with all words of `text`. Raises InputError where there is no such index."""
    return indexes.find(indexes.load(name), text)


def origin(entry: Entry) -> str:
    """Where the model comes from: the first address that is not the collection's own tools."""
    others = [one for one in entry.upstream if "/PINTO0309/" not in one]
    return (others or list(entry.upstream) or ["-"])[0]


def fetch(entry: Entry, wanted: str | None, file: Path | None, offline: bool, progress: Progress) -> Pinned:
    """One download of an entry, pinned in `file`. Raises InputError where it has none or several, FetchError."""
    url = _chosen(entry, wanted)
    name = PurePosixPath(_path(url)).name
    store = Store(home())
    blob, first = first_use.fetch(
        url, name, file or first_seen.DEFAULT, store, None if offline else Network(), progress
    )
    return Pinned(name, url, store.named(blob, name), blob, first)


def labels(entry: Entry) -> dict[str, str]:
    """A name for each download → its URL: the path below the folder that they have in common (often the file's name alone)."""
    paths = {url: _path(url) for url in entry.downloads}
    common = os.path.commonpath([str(PurePosixPath(path).parent) for path in paths.values()]) if paths else ""
    return {path[len(common) :].lstrip("/"): url for url, path in paths.items()}


def _chosen(entry: Entry, wanted: str | None) -> str:
    known = labels(entry)
    if not known:
        upstream = f"; it comes from {', '.join(entry.upstream)}" if entry.upstream else ""
        raise InputError(f"{entry.number}_{entry.name} has nothing to download{upstream}.")
    if wanted is None and len(known) > 1:
        raise InputError(
            f"{entry.number}_{entry.name} has {len(known)} downloads: say which with --file, {', '.join(known)}."
        )
    if wanted is not None and wanted not in known:
        raise InputError(f"--file {wanted}: {entry.number}_{entry.name} has {', '.join(known)}.")
    return known[wanted] if wanted is not None else next(iter(known.values()))


def _path(url: str) -> str:
    return urlsplit(url).path
