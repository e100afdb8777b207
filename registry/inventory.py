"""What a home holds of fetched things: blobs, checkouts and what is still on its way, each with its size and last use."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from registry import catalog
from registry.card import Card
from registry.checksum import Expected
from registry.errors import InputError
from registry.fetch import origin, sources
from registry.store import Store


@dataclass(frozen=True)
class Item:
    """One thing that is kept. `key` is a blob's sha256 or a file's or folder's name; `whole` is False for leftovers of runs that did
    not end; `used` is the time of the last use, or of the last change where uses are not noted (seconds since 1970)."""

    kind: str
    key: str
    paths: tuple[Path, ...]
    used: float
    origin: str = ""
    whole: bool = True

    @property
    def files(self) -> dict[tuple[int, int], int]:
        """Device and inode → bytes of every file: hard links to the same bytes are one."""
        found = {}
        for path in _below(self.paths):
            try:
                status = path.lstat()
            except OSError:  # gone since it was listed
                continue
            found[status.st_dev, status.st_ino] = status.st_size
        return found


def size(items: Iterable[Item]) -> int:
    """The bytes of all of them, those of hard links once."""
    files: dict[tuple[int, int], int] = {}
    for item in items:
        files |= item.files
    return sum(files.values())


def blobs(store: Store) -> list[Item]:
    """Every blob; one without a record, or of another size than its record says, is not whole."""
    found = []
    for path in sorted((store.home / "blobs").glob("??/*")):
        sha256 = path.stem
        if path.suffix == ".json" and path.with_suffix("").exists():
            continue  # listed with its bytes
        blob = store.find(Expected(sha256=sha256))
        paths = tuple(store.files(sha256)) or (path,)
        record = path.with_name(f"{sha256}.json")
        used = _changed(record if record.exists() else path)
        found.append(Item("blob", sha256, paths, used, blob.origin if blob else "", whole=blob is not None))
    return found


def checkouts(store: Store) -> list[Item]:
    """Every folder of fetched source code."""
    found = []
    for folder in sorted(path for path in (store.home / "sources").glob("*") if path.is_dir()):
        blob, record = sources.recorded(folder), folder.with_name(f"{folder.name}.json")
        paths = (folder, record) if record.exists() else (folder,)
        used = _changed(record if record.exists() else folder)
        name = blob.origin if blob else ""
        found.append(Item("checkout", folder.name, paths, used, name, whole=blob is not None))
    return found


def partials(store: Store) -> list[Item]:
    """What downloads and checkouts left that did not end, or are under way."""
    found: dict[str, list[Path]] = {}
    for path in sorted((store.home / "partial").glob("*")):
        found.setdefault(path.name.removesuffix(".origin"), []).append(path)
    return [
        Item("partial", key, tuple(paths), max(map(_changed, paths)), whole=False)
        for key, paths in found.items()
    ]


def folders(home: Path, kind: str, place: str, records: tuple[str, ...]) -> list[Item]:
    """Every folder below `place` that a run keeps something in; one is whole where one of the `records` (patterns) is in it."""
    found = []
    for folder in sorted(path for path in (home / place).glob("*") if path.is_dir()):
        record = next((one for pattern in records for one in folder.glob(pattern)), None)
        used = _changed(folder) if record is None else max(_changed(record), _changed(folder))
        found.append(Item(kind, folder.name, (folder,), used, whole=record is not None))
    return found


def keys_of(card: Card) -> tuple[str, ...]:
    """What a card needs of a store: checksums of its files, and the folder of its source."""
    wanted = [Expected.of(weights).key for weights in card.weights if weights.urls]
    fetched = card.source.path is None and card.source.package is None
    return (*wanted, *((sources.folder_name(origin(card.source)),) if fetched else ()))


def users(store: Store) -> dict[str, tuple[str, ...]]:
    """An item's key → the names of the catalogue's cards that need it. Cards of one's own elsewhere are not known."""
    found: dict[str, list[str]] = {}
    for name in catalog.names():
        try:
            card = catalog.load(name)
        except InputError:  # a bad card uses nothing
            continue
        for key in keys_of(card):
            found.setdefault(resolved(store, key), []).append(name)
    return {key: tuple(names) for key, names in found.items()}


def resolved(store: Store, key: str) -> str:
    """`sha256-…` and, for what is here, `sha384-…` and `git_blob-…` → the sha256; a checkout's key is its name already."""
    kind, dash, value = key.partition("-")
    if not dash:
        return key
    if kind == "sha256":
        return value
    blob = store.find(Expected(sha384=value) if kind == "sha384" else Expected(git_blob=value))
    return blob.sha256 if blob else key


def _below(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            yield from (Path(root, name) for root, _, names in os.walk(path) for name in names)
        else:
            yield path


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
