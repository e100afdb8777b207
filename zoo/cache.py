"""What ZOO_HOME holds: listed, checked, and pinned."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from registry import holding, inventory, pins
from registry.card_file import is_card_file
from registry.checksum import digest
from registry.disk import storage
from registry.errors import FetchError, InputError
from registry.fetch import sources
from registry.fetch.tree import tree_blob
from registry.home import home
from registry.inventory import Item
from registry.progress import Progress, silent
from registry.store import Store
from zoo import answering, exporting, naming

_SHORTEST = 6
"""Digits of a sha256 that name a blob."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One kept thing in a list. `size` in bytes, hard links once; `last_used` in UTC; `used_by` names cards of the catalogue."""

    kind: str
    key: str
    size: int
    last_used: str
    origin: str = ""
    used_by: tuple[str, ...] = ()
    pinned: bool = False
    in_use: bool = False
    whole: bool = True


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    key: str
    reason: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """How many were read, their bytes, and those that were damaged and are gone now."""

    checked: int
    size: int
    damaged: tuple[Damage, ...]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """All things of one kind together."""

    kind: str
    count: int
    size: int
    pinned: int
    what: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    home: str
    size: int
    kinds: tuple[Kind, ...]
    pins: tuple[str, ...]


WHAT = {
    "blob": "files that cards name, by sha256",
    "checkout": "fetched source code",
    "export": "models as exported from PyTorch and Keras; made again where they are missing",
    "references": "source models' answers; made again where they are missing",
    "partial": "downloads under way or broken off; they are resumed",
    "results": "measurements and scores; never pruned",
}
RESULTS = ("results.sqlite3", "results.sqlite3-wal", "results.sqlite3-shm", "bench", "scores")
"""What cannot be fetched or computed again."""


def items(store: Store) -> list[Item]:
    """All that can be pruned."""
    exports = inventory.folders(store.home, "export", "exports", (exporting.RECORD, "*/saved_model.pb"))
    answers = inventory.folders(store.home, "references", "references", ("noise.json",))
    return [
        *inventory.blobs(store),
        *inventory.checkouts(store),
        *(replace(one, origin=exporting.what(one.paths[0])) for one in exports),
        *(replace(one, origin=answering.whose(one.paths[0])) for one in answers),
        *inventory.partials(store),
    ]


def results(store: Store) -> Item:
    """What was measured, as one thing."""
    paths = tuple(path for name in RESULTS if (path := store.home / name).exists())
    return Item("results", "", paths, 0.0)


def entries(kind: str | None = None) -> list[Entry]:
    """Everything kept, of all kinds or of one, the largest first. Raises InputError for a kind that is none."""
    known = [one for one in WHAT if one != "results"]
    if kind is not None and kind not in known:
        raise InputError(f"--kind {kind}: there are {', '.join(known)}")
    store = Store(home())
    users, pinned = inventory.users(store), pinned_keys(store)
    found = [
        Entry(
            kind=one.kind,
            key=one.key,
            size=inventory.size([one]),
            last_used=_moment(one.used),
            origin=one.origin,
            used_by=users.get(one.key, ()),
            pinned=one.key in pinned,
            in_use=holding.held(store.home, one.key),
            whole=one.whole,
        )
        for one in items(store)
        if kind in (None, one.kind)
    ]
    return sorted(found, key=lambda one: -one.size)


def overview() -> Overview:
    """The home by kind."""
    store = Store(home())
    pinned = pinned_keys(store)
    every = [*items(store), results(store)]
    kinds = []
    for kind, what in WHAT.items():
        of = [one for one in every if one.kind == kind and one.paths]
        pins_of = sum(one.key in pinned for one in of)
        kinds.append(Kind(kind=kind, count=len(of), size=inventory.size(of), pinned=pins_of, what=what))
    labels = tuple(sorted(pins.read(store.home)))
    return Overview(home=str(store.home), size=inventory.size(every), kinds=tuple(kinds), pins=labels)


def verify(progress: Progress = silent) -> Verified:
    """Reads every blob and every checkout again and removes what is not what its hash says, so that it is fetched anew."""
    store = Store(home())
    damaged: list[Damage] = []
    checked = [*inventory.blobs(store), *inventory.checkouts(store)]
    checked = [one for one in checked if one.whole or (one.kind == "blob" and store.path(one.key).exists())]
    total, done = inventory.size(checked), 0
    for one in checked:
        progress(f"checking {one.kind} {one.key[:12]}", done, total)
        done += inventory.size([one])
        reason = _damaged_blob(store, one.key) if one.kind == "blob" else _damaged_checkout(one)
        if reason:
            damaged.append(Damage(kind=one.kind, key=one.key, reason=reason))
    return Verified(checked=len(checked), size=total, damaged=tuple(damaged))


def pin(text: str) -> tuple[str, ...]:
    """Pins the blobs and the checkout of a card, here or yet to be fetched, or one blob by (the beginning of) its sha256.

    Returns what is pinned. Raises InputError where there is nothing of that name, or nothing to pin.
    """
    store = Store(home())
    keys: tuple[str, ...]
    sha256 = _blob(store, text)
    if sha256 is not None:
        keys, label = (f"sha256-{sha256}",), sha256
    else:
        card = naming.card(text)
        keys, label = inventory.keys_of(card), card.name
        if not keys:
            raise InputError(f"{card.name} keeps nothing in {store.home}: its files are local or packaged.")
    pins.pin(store.home, label, keys)
    return keys


def unpin(text: str) -> None:
    """Takes the pin of a card or of a blob away. Raises InputError where there is none."""
    store = Store(home())
    labels = pins.read(store.home)
    hashes = [one for one in labels if len(text) >= _SHORTEST and len(one) == 64 and one.startswith(text)]
    name = naming.card(text).name if text not in labels and is_card_file(text) else text
    pins.unpin(store.home, hashes[0] if len(hashes) == 1 and text not in labels else name)


def pinned_keys(store: Store) -> set[str]:
    """The keys of all items that a pin names."""
    every = (key for keys in pins.read(store.home).values() for key in keys)
    return {inventory.resolved(store, key) for key in every}


def _blob(store: Store, text: str) -> str | None:
    """The sha256 of the stored blob that `text` begins; None where it is no hash. Raises InputError where it names several."""
    if len(text) < _SHORTEST or not set(text) <= set("0123456789abcdef"):
        return None
    found = [one.sha256 for one in store.blobs() if one.sha256.startswith(text)]
    if len(found) > 1:
        raise InputError(f"{text} is the beginning of {len(found)} blobs: give more digits.")
    return found[0] if found else None


def _damaged_blob(store: Store, sha256: str) -> str:
    """Why a blob, or a copy of it under another name, is gone now; empty where all is well."""
    try:
        store.verify(sha256)
    except FetchError as error:
        return str(error)
    for path in store.files(sha256):
        copied = path.parent.name == sha256 and not path.samefile(store.path(sha256))
        if copied and digest(path).sha256 != sha256:
            with storage(path):
                path.unlink()
            return (
                f"its copy {path.name} was damaged and has been removed: it is copied again when it is needed"
            )
    return ""


def _damaged_checkout(item: Item) -> str:
    folder = item.paths[0]
    known = sources.recorded(folder)
    if known is not None and tree_blob(folder, known.origin) != known:
        sources.forget(folder)
        return f"files of {known.origin} were changed; it has been removed and is fetched again when it is needed"
    return ""


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
