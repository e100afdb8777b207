"""Where a publication is brought back from: a repository of the Hub, a folder, or any file system that fsspec knows.

Nobody there is trusted: sizes are bounded by what the lock says, links are not followed, and every byte is hashed here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from registry.disk import storage
from registry.errors import FetchError, InputError
from registry.fetch.transfer import public
from zoo.publish import hub_errors, installing
from zoo.publish import lock as locks
from zoo.publish.copying import has, to_file
from zoo.publish.destination import HubPlace, parse
from zoo.publish.hub_tree import Tree
from zoo.publish.lock import LOCK, Lock
from zoo.publish.plan import Planned
from zoo.publish.remote import MOVING, Remote

Moved = Callable[[int], None]


class Origin(Protocol):
    """`where` is what it is called; `revision` what `zoo publish` compares before it overwrites it."""

    where: str
    lock: Lock

    @property
    def revision(self) -> str: ...

    def size(self, path: str) -> int | None:
        """Bytes of a file there; None where there is no such file."""
        ...

    def fetch(self, file: Planned, into: Path, scratch: Path, at: Moved) -> None:
        """Writes a file of the lock at `into` whole or not at all, its hash checked; `at` is told its bytes so far.

        `scratch` keeps what an interrupted transfer left. Raises FetchError.
        """
        ...


@contextmanager
def opened(text: str) -> Iterator[Origin]:
    """The publication that `text` names, its lock read. Raises InputError where there is none, FetchError."""
    place = parse(text)
    if isinstance(place, HubPlace):
        with hub_errors.talking(str(place), sending=False):
            yield HubOrigin(place)
    elif isinstance(place, Path):
        yield FolderOrigin(place)
    else:
        with Remote.connected(place, "fetching from") as remote:
            yield RemoteOrigin(public(place.rstrip("/")), remote)


class FolderOrigin:
    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise InputError(
                f"{path} is no folder: name a publication's folder, hf://org/repo, or an fsspec URL."
            )
        self._folder = path.absolute().resolve()
        self.where = str(self._folder)
        self.lock = installing.read(self._folder)

    @property
    def revision(self) -> str:
        return self.lock.id

    def size(self, path: str) -> int | None:
        found = self._folder / path
        steps = [found, *found.parents][: len(Path(path).parts)]
        if any(one.is_symlink() for one in steps):
            raise FetchError(f"{self.where}: {path} is a link or lies behind one: a publication has none.")
        return found.stat().st_size if found.is_file() else None

    def fetch(self, file: Planned, into: Path, scratch: Path, at: Moved) -> None:
        done = 0

        def moved(count: int) -> None:
            nonlocal done
            done += count
            if done > file.size:
                raise _too_long(self.where, file)
            at(done)

        to_file(replace(file, source=self._folder / file.path), into, moved, _differs(self.where, file))


class RemoteOrigin:
    def __init__(self, where: str, remote: Remote) -> None:
        self.where, self._remote = where, remote
        if remote.size(MOVING) is not None:
            raise FetchError(
                f"{where} is between two publications: wait, or have whoever publishes there run the same `zoo publish` again."
            )
        text = remote.read(LOCK, locks.LARGEST)
        if not text:
            raise InputError(f"{where} holds no {LOCK}, so it is no publication of `zoo publish`.")
        self.lock = locks.parse(text, where)

    @property
    def revision(self) -> str:
        return self.lock.id

    def size(self, path: str) -> int | None:
        return self._remote.size(path)

    def fetch(self, file: Planned, into: Path, scratch: Path, at: Moved) -> None:
        part = scratch / file.sha256
        done = part.stat().st_size if part.is_file() else 0
        with storage(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            if done < file.size or not part.exists():
                with part.open("ab") as out:
                    for piece in self._remote.pieces(file.path, done):
                        done += len(piece)
                        if done > file.size:
                            break
                        out.write(piece)
                        at(done)
        if done > file.size:
            part.unlink(missing_ok=True)
            raise _too_long(self.where, file)
        _take(part, file, into, self.where)


class HubOrigin:
    def __init__(self, place: HubPlace) -> None:
        from huggingface_hub import HfApi

        self.where = str(place)
        self._tree = Tree.at(HfApi(library_name="zoo"), place, place.revision)
        if LOCK not in self._tree.files:
            raise InputError(f"{place} holds no {LOCK}, so it is no publication of `zoo publish`.")
        self.lock = locks.parse(self._tree.small(LOCK, locks.LARGEST), self.where)

    @property
    def revision(self) -> str:
        return self._tree.commit

    def size(self, path: str) -> int | None:
        entry = self._tree.files.get(path)
        return entry.size if entry else None

    def fetch(self, file: Planned, into: Path, scratch: Path, at: Moved) -> None:
        _take(self._tree.download(file.path, scratch, file.size, at), file, into, self.where)


def _take(part: Path, file: Planned, into: Path, where: str) -> None:
    """Moves what arrived to its place if it is right; it is thrown away where it is not."""
    if not has(part, file.sha256, file.size):
        part.unlink(missing_ok=True)
        raise _differs(where, file)
    with storage(into):
        into.parent.mkdir(parents=True, exist_ok=True)
        part.replace(into)


def _differs(where: str, file: Planned) -> FetchError:
    return FetchError(
        f"{where}: {file.path} is not the file that the lock names (its sha256 is another): it was not kept."
    )


def _too_long(where: str, file: Planned) -> FetchError:
    return FetchError(
        f"{where}: {file.path} goes on after the {file.size:,} bytes that the lock says: it was not kept."
    )
