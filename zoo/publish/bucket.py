"""A publication goes to any file system that fsspec knows: object stores, servers, memory.

No such place can exchange folders, and few can compare and swap. So files go to `.zoo-incoming/<sha256>` first, where a cut leaves them for
the next try; when all are there they are copied to their places within the store itself, and the lock is written over the last one.
`.zoo-incoming/moving` stands there for as long as that copying takes: who finds it knows that the files are between two publications.
The revision that is replaced is read again just before; two who publish in the very same moment are not told apart.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from registry.errors import FetchError, InputError, MissingDependencyError, ZooError
from registry.fetch.transfer import public
from registry.progress import Progress, silent
from zoo.publish import lock as locks
from zoo.publish import revisions
from zoo.publish.copying import CHUNK, Counter, copy
from zoo.publish.destination import Sent, compare
from zoo.publish.lock import LOCK, Lock, content, seal
from zoo.publish.plan import Planned, Publication
from zoo.publish.revisions import SendError

INCOMING = ".zoo-incoming"
MOVING = f"{INCOMING}/moving"


@dataclass(frozen=True)
class Bucket:
    """A destination (see `zoo.publish.destination`). `url` is fsspec's: its credentials come from its own configuration."""

    url: str
    replacing: str = ""

    def send(self, publication: Publication, progress: Progress = silent, dry_run: bool = False) -> Sent:
        where = public(self.url.rstrip("/"))
        with Remote.connected(self.url, "sending to") as remote:
            there = self._there(remote, publication, where)
            lock, file = seal(publication, there.id if there else "")
            moving = remote.read(MOVING, 200).decode("ascii", "replace")
            if moving not in ("", lock.id) and not self.replacing:
                raise revisions.ConflictError(
                    f"{where} is between two publications: another one ({revisions.short(moving)}) is being put there, or was cut. Finish that "
                    f"one, or say --replacing {revisions.short(there.id) if there else moving}."
                )
            if there is not None and there.id != lock.id:
                revisions.require(where, there.id, self.replacing)
            items = compare(publication, lock, file, there)
            sent = Sent(where, lock.id, lock.id, items, dry_run)
            if dry_run:
                return sent
            if moving or any(one.action != "keep" for one in items):
                # what an interrupted copying has done to the files there is not known: all of them come again
                kept = set() if moving else {one.path for one in items if one.action == "keep"}
                fresh = [one for one in content(publication) if one.path not in kept]
                _upload(remote, fresh, Counter(progress, "sending", sum(one.size for one in fresh)))
                if _id(self._there(remote, publication, where)) != _id(there):
                    raise revisions.ConflictError(
                        f"{where} was changed while this was sent: nothing was overwritten, publish again."
                    )
                _put_in_place(
                    remote,
                    fresh,
                    file,
                    lock.id,
                    [one.path for one in items if one.action == "remove"],
                    progress,
                )
            revisions.remember(where, lock.id)
            return sent

    def _there(self, remote: "Remote", publication: Publication, where: str) -> Lock | None:
        """The publication at the place; None for an empty one. Raises InputError where something else lies there."""
        text = remote.read(LOCK, locks.LARGEST)
        if text:
            found = locks.parse(text, where)
            if found.name != publication.name:
                raise InputError(
                    f"{where} holds the publication `{found.name}`, not `{publication.name}`: name another place."
                )
            return found
        begun = remote.size(MOVING) is not None
        foreign = [] if begun else remote.some(3)
        if foreign:
            raise InputError(
                f"{where} holds {', '.join(foreign)} and no {LOCK}, so it is no publication: nothing was overwritten; name an empty place."
            )
        return None


def _id(lock: Lock | None) -> str:
    return lock.id if lock is not None else ""


def _upload(remote: "Remote", files: list[Planned], counter: Counter) -> None:
    for file in files:
        counter.file(file.path)
        path = f"{INCOMING}/{file.sha256}"
        if remote.size(path) == file.size:
            counter(file.size)
        else:
            remote.write(path, file, counter)


def _put_in_place(
    remote: "Remote", files: list[Planned], lock: Planned, identity: str, gone: list[str], progress: Progress
) -> None:
    remote.put(MOVING, identity.encode())
    for count, file in enumerate(files):
        progress(f"putting {file.path} in its place", count, len(files))
        remote.copy(f"{INCOMING}/{file.sha256}", file.path)
    for path in gone:
        remote.remove(path)
    with_content = lock.source if isinstance(lock.source, bytes) else lock.source.read_bytes()
    remote.put(LOCK, with_content)
    remote.clear(INCOMING)


class Remote:
    """A folder of a file system, by paths relative to it. Its methods raise what the file system raises (see `connected`)."""

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._fs, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except ImportError as error:
            raise MissingDependencyError(f"{public(url)}: {error}.") from error
        except (ValueError, TypeError) as error:
            raise InputError(f"{public(url)} is no place that can be used: {_line(error)}") from error
        self._root = str(root).rstrip("/")
        if not self._root.strip("/"):
            raise InputError(f"{public(url)} names no folder: add a bucket and a path.")

    @classmethod
    @contextmanager
    def connected(cls, url: str, doing: Literal["sending to", "fetching from"]) -> Iterator["Remote"]:
        """The folder; whatever its file system raises becomes one sentence, SendError or FetchError."""
        try:
            yield cls(url)
        except ZooError:
            raise
        except Exception as error:  # every file system has errors of its own
            if type(error).__name__ == "NoCredentialsError" or isinstance(error, PermissionError):
                raise InputError(
                    f"{doing} {public(url)} is not allowed ({_line(error)}): log in with that service's own tool."
                ) from error
            kind = SendError if doing == "sending to" else FetchError
            raise kind(
                f"{doing} {public(url)} failed ({_line(error)}): run the same command again, what arrived is kept."
            ) from error

    def size(self, path: str) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            found = self._fs.info(self._at(path))
        except FileNotFoundError:
            return None
        return int(found["size"] or 0) if found["type"] == "file" else None

    def read(self, path: str, most: int) -> bytes:
        """A small file; empty where there is none. Raises InputError where it is larger than `most` bytes."""
        if self.size(path) is None:
            return b""
        with self._fs.open(self._at(path), "rb", cache_type="none") as stream:
            found = bytes(stream.read(most + 1))
        if len(found) > most:
            raise InputError(f"{path} there has more than {most:,} bytes: it is not what its name says.")
        return found

    def pieces(self, path: str, start: int) -> Iterator[bytes]:
        """The bytes of a file from `start` on."""
        with self._fs.open(self._at(path), "rb", cache_type="none", block_size=CHUNK) as stream:
            stream.seek(start)
            while piece := stream.read(CHUNK):
                yield bytes(piece)

    def write(self, path: str, file: Planned, moved: Callable[[int], None]) -> None:
        """A planned file under this name, whole or not at all. Raises SendError where it was changed meanwhile."""
        place, part = self._at(path), self._at(f"{path}.part")
        self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)
        with self._fs.open(part, "wb") as stream:
            copy(file, stream.write, moved)
        self._fs.mv(part, place)

    def put(self, path: str, text: bytes) -> None:
        place = self._at(path)
        self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._fs.pipe_file(place, text)

    def copy(self, path: str, to: str) -> None:
        place = self._at(to)
        self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._fs.cp_file(self._at(path), place)

    def remove(self, path: str) -> None:
        if self.size(path) is not None:
            self._fs.rm_file(self._at(path))

    def clear(self, folder: str) -> None:
        if self._fs.exists(self._at(folder)):
            self._fs.rm(self._at(folder), recursive=True)

    def some(self, most: int) -> list[str]:
        """The names of a few entries of the folder, the incoming files left out."""
        try:
            found = self._fs.ls(self._root, detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        names = sorted(str(one).rstrip("/").rpartition("/")[2] for one in found)
        return [name for name in names if name != INCOMING][:most]

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


def _line(error: Any) -> str:
    """The first line of what an error says, without passwords in URLs or control characters."""
    text = str(error).strip().splitlines()
    return public(re.sub(r"[\x00-\x1f\x7f]", " ", text[0]))[:200] if text else type(error).__name__
