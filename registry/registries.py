"""Private registries: folders, git repositories and archives of cards that the user added, each under a namespace.

`registries.json` under ZOO_HOME lists them; what was fetched lies in `registries/<name>/<version>/`, put there whole or not at all. A
folder is the user's own and read where it lies; what was fetched is a stranger's.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from registry.disk import storage, write_atomic
from registry.errors import FetchError, InputError
from registry.home import home
from registry.shelves import Shelf

Kind = Literal["folder", "git", "archive"]
_LIST = "registries.json"
_CARDS = "cards"
"""Where a registry has a folder of this name, its cards lie in there; else at its top."""


class Registry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One private registry. `version` is the commit, or the archive's sha256; empty for a folder."""

    name: str
    kind: Kind
    location: str
    """A folder, a git URL, or an archive's URL."""
    revision: str = ""
    """Branch, tag or commit of a git repository; empty is its default branch."""
    version: str = ""

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return (
            Path(self.location)
            if self.kind == "folder"
            else home() / "registries" / self.name / self.version[:16]
        )

    @property
    def shelf(self) -> Shelf:
        inner = self.folder / _CARDS
        found = inner if inner.is_dir() else self.folder
        return Shelf(self.name, found, "own" if self.kind == "folder" else "stranger", self.folder)


def added() -> list[Registry]:
    """All of them, by name. Raises InputError where the list is damaged."""
    path = home() / _LIST
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[Registry])
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged: delete it and add your registries again.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): change its permissions.") from error
    return sorted(found, key=lambda one: one.name)


def shelves() -> tuple[Shelf, ...]:
    """Their cards."""
    return tuple(one.shelf for one in added())


def named(name: str) -> Registry:
    """Raises InputError where none has this name."""
    every = added()
    for one in every:
        if one.name == name:
            return one
    known = ", ".join(f"`{one.name}`" for one in every) or "none"
    raise InputError(f"There is no registry `{name}`; added are {known}.")


@contextmanager
def changing() -> Iterator[dict[str, Registry]]:
    """The registries by name, to be changed: what the dictionary holds at the end is kept. One process at a time; an error keeps all.

    Raises StorageError.
    """
    from filelock import FileLock

    with storage(home()):
        home().mkdir(parents=True, exist_ok=True)
        with FileLock(home() / "registries.lock"):
            before = {one.name: one for one in added()}
            now = dict(before)
            yield now
            if now != before:
                document = msgspec.to_builtins(sorted(now.values(), key=lambda one: one.name))
                write_atomic(home() / _LIST, json.dumps(document, indent=1).encode() + b"\n")


def remove(name: str) -> Registry:
    """Forget a registry, and delete what was fetched of it; a folder of the user's stays as it is. Raises InputError."""
    found = named(name)
    with changing() as registries:
        registries.pop(name, None)
    sweep(found.name)
    return found


def sweep(name: str, keep: Path | None = None) -> None:
    """Delete what was fetched under this name, but for `keep`."""
    place = home() / "registries" / name
    for folder in place.iterdir() if place.is_dir() else ():
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)
    if keep is None:
        shutil.rmtree(place, ignore_errors=True)


def settle(staged: Path, registry: Registry) -> None:
    """Move a fetched folder to its place. Raises FetchError where it holds no card, StorageError."""
    inner = staged / _CARDS
    if not Shelf(registry.name, inner if inner.is_dir() else staged, "stranger").stamps():
        raise FetchError(
            f"{registry.location} holds no card: a registry has <name>.yaml files at its top, or in `{_CARDS}`."
        )
    with storage(registry.folder):
        registry.folder.parent.mkdir(parents=True, exist_ok=True)
        if registry.folder.exists():
            shutil.rmtree(registry.folder)
        staged.rename(registry.folder)
