"""What is never pruned: the files of a card, or a blob by its hash, kept by name in `pins.json` under the home."""

from pathlib import Path

import msgspec

from registry.disk import storage, write_atomic
from registry.errors import InputError

FILE = "pins.json"


def read(home: Path) -> dict[str, tuple[str, ...]]:
    """Label (a card's name, or a sha256) → what it pins: `sha256-…`, `sha384-…`, `git_blob-…` of blobs, folder names of checkouts.

    Raises InputError where the file is damaged: then nothing may be pruned.
    """
    path = home / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[str, ...]])
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged: delete it and pin again with `zoo cache pin`.") from error


def pin(home: Path, label: str, keys: tuple[str, ...]) -> None:
    """Adds a pin, or puts it in the place of an older one of that label. Raises StorageError."""
    _change(home, {label: keys}, frozenset())


def unpin(home: Path, label: str) -> None:
    """Takes a pin away. Raises InputError where there is none of that label."""
    _change(home, {}, frozenset({label}))


def _change(home: Path, more: dict[str, tuple[str, ...]], less: frozenset[str]) -> None:
    from filelock import FileLock

    with storage(home):
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "pins.lock"):
            pins = read(home)
            unknown = sorted(less - set(pins))
            if unknown:
                listed = ", ".join(f"`{one}`" for one in sorted(pins)) or "nothing"
                raise InputError(f"`{unknown[0]}` is not pinned; pinned is {listed}.")
            kept = {label: keys for label, keys in (pins | more).items() if label not in less}
            write_atomic(home / FILE, msgspec.json.format(msgspec.json.encode(kept), indent=1))
