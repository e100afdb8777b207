"""Making room in ZOO_HOME: leftovers first, then what can be computed again, then what has to be fetched again."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from registry import holding, inventory
from registry.disk import storage
from registry.fetch import sources
from registry.home import home
from registry.inventory import Item
from registry.store import Store
from zoo import cache, report

_RANKS = {"export": 1, "references": 1, "checkout": 2, "blob": 2}
_FRESH = 3600.0
"""Seconds for which what is not whole may just be on its way into the store."""
_DAY = 86400.0


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """What pruning does with one thing, and why. `size` in bytes."""

    kind: str
    key: str
    size: int
    reason: str
    origin: str = ""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed (of a dry run: would be), what had to stay although it was due, and the home's bytes before and after."""

    removed: tuple[Removal, ...]
    kept: tuple[Removal, ...]
    before: int
    after: int
    dry_run: bool
    fits: bool
    """Whether the home is no larger than was asked for."""


def prune(older_than: float | None, max_size: int | None, dry_run: bool = False) -> Pruned:
    """Removes what was not used for `older_than` seconds and, the longest unused first, what is too much for `max_size` bytes.

    With neither, leftovers of runs that did not end. Pinned things, and those that a running process uses, always stay.
    Raises StorageError, and InputError where the pins cannot be read.
    """
    store, now = Store(home()), time.time()
    items, pinned = cache.items(store), cache.pinned_keys(store)
    before = left = inventory.size([*items, cache.results(store)])
    removed: list[Removal] = []
    kept: list[Removal] = []
    for item in sorted(items, key=_order):
        reason = _due(item, now - item.used, left, older_than, max_size)
        if not reason:
            continue
        size = inventory.size([item])
        told = Removal(kind=item.kind, key=item.key, size=size, reason=reason, origin=item.origin)
        if item.key in pinned:
            kept.append(msgspec.structs.replace(told, reason="pinned"))
            continue
        with _alone(store, item, now) as free:
            if not free:
                kept.append(msgspec.structs.replace(told, reason="in use by a running process"))
                continue
            if not dry_run:
                _remove(store, item)
        removed.append(told)
        left -= size
    fits = max_size is None or left <= max_size
    return Pruned(
        removed=tuple(removed), kept=tuple(kept), before=before, after=left, dry_run=dry_run, fits=fits
    )


def _order(item: Item) -> tuple[int, float]:
    return (_RANKS[item.kind] if item.whole else 0, item.used)


def _due(item: Item, age: float, left: int, older_than: float | None, max_size: int | None) -> str:
    """Why a thing should go; empty where it should not."""
    if older_than is None and max_size is None:
        return "" if item.whole else "left by a run that did not end"
    if older_than is not None and age > older_than:
        return f"not used for {age / _DAY:.1f} days"
    if max_size is not None and left > max_size:
        return f"to fit into {report.size(max_size)}"
    return ""


@contextmanager
def _alone(store: Store, item: Item, now: float) -> Iterator[bool]:
    """Whether no process uses or makes this thing, nor can begin to while this lasts."""
    if item.kind == "partial":
        with store.free(item.key) as free:
            yield free
        return
    if item.kind == "blob" and not item.whole and now - item.used < _FRESH:
        yield False
        return
    with storage(store.home), holding.alone(store.home, item.key) as free:
        yield free


def _remove(store: Store, item: Item) -> None:
    if item.kind == "blob":
        store.remove(item.key)
    elif item.kind == "checkout":
        sources.forget(item.paths[0])
    with storage(store.home):
        for path in item.paths:
            if path.is_dir() and not path.is_symlink():
                _remove_folder(path, store)
            else:
                path.unlink(missing_ok=True)


def _remove_folder(path: Path, store: Store) -> None:
    """Out of its place at once, so that a half-removed one is never taken for whole: it is a leftover then."""
    leftover = path
    if path.parent != store.home / "partial":
        leftover = store.partial(f"removed-{path.name}")
        shutil.rmtree(leftover, ignore_errors=True)
        path.replace(leftover)
    shutil.rmtree(leftover)
