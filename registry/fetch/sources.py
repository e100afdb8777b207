"""Fetched source code: one folder for each pinned origin under `sources/`, put there whole or not at all."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from registry.disk import mark_used, storage, write_atomic
from registry.fetch.tree import tree_blob
from registry.holding import hold
from registry.progress import Progress, silent
from registry.store import Store
from registry.types import Blob


class Checkout(msgspec.Struct, frozen=True):
    """A folder of source code and what it is."""

    path: Path
    blob: Blob


def kept(store: Store, origin: str, verify: bool = False) -> Checkout | None:
    """The source fetched before from this pinned origin (`<repository>@<commit>`), if it is here.

    `verify` reads all its files: one that was changed is not the source any more, and is fetched anew.
    """
    path = _folder(store, origin)
    if recorded(path) is None:
        return None
    hold(store.home, path.name)
    mark_used(_record(path))
    blob = recorded(path)  # it may have been removed just before it was held
    if blob is None:
        return None
    if verify and tree_blob(path, origin) != blob:
        with storage(path):
            _record(path).unlink(missing_ok=True)  # what is damaged does not count as kept any more
        return None
    return Checkout(path, blob)


def keep(store: Store, origin: str, fill: Callable[[Path], None], progress: Progress = silent) -> Checkout:
    """The same, fetched now by `fill` (which is given an empty folder) where it is not here yet."""
    path = _folder(store, origin)
    with store.locked(f"source-{path.name}", progress):
        found = kept(store, origin)
        if found is not None:
            return found
        staged = store.partial(f"source-{path.name}")
        with storage(staged):
            remove(staged)  # what a killed process left
            staged.mkdir()
        try:
            fill(staged)
            blob = tree_blob(staged, origin)
            with storage(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                remove(path)
                staged.rename(path)
            write_atomic(_record(path), msgspec.json.encode(blob))
            hold(store.home, path.name)
        finally:
            remove(staged)
    return Checkout(path, blob)


def recorded(path: Path) -> Blob | None:
    """What a folder under `sources/` was when it was fetched; None where it is not whole."""
    try:
        blob = msgspec.json.decode(_record(path).read_bytes(), type=Blob)
    except (OSError, msgspec.DecodeError):
        return None
    return blob if path.is_dir() else None


def forget(path: Path) -> None:
    """Remove a folder under `sources/` with its record. Raises StorageError."""
    with storage(path):
        _record(path).unlink(missing_ok=True)  # first: a folder without a record is not whole
        remove(path)


def remove(folder: Path) -> None:
    """Remove a folder with all in it, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def folder_name(origin: str) -> str:
    """The name of a pinned origin's folder under `sources/`."""
    return hashlib.sha256(origin.encode()).hexdigest()[:32]


def _folder(store: Store, origin: str) -> Path:
    return store.home / "sources" / folder_name(origin)


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")
