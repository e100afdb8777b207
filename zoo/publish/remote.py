"""A folder of any file system that fsspec knows, with its errors in words."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from registry.errors import FetchError, InputError, MissingDependencyError, ZooError
from registry.fetch.transfer import public
from zoo.publish.copying import CHUNK, copy
from zoo.publish.plan import Planned
from zoo.publish.revisions import SendError

INCOMING = ".zoo-incoming"
"""Where files wait until all are there."""
MOVING = f"{INCOMING}/moving"
"""There while they are put in their places; holds the id of the publication that they belong to."""


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
