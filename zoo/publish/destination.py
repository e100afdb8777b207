"""Where a publication goes: a folder, a repository of the Hugging Face Hub, or any file system that fsspec knows.

Every destination keeps the same promises. What is there with the right hash is not sent again, so the same command goes on after a cut.
`zoo.lock` is written last: without it files are half a publication. A revision that this machine has not seen is never overwritten.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from registry.errors import InputError
from registry.progress import Progress, silent
from zoo.publish.lock import LOCK, Lock, LockedFile, content
from zoo.publish.plan import Planned, Publication

_HUB = re.compile(r"hf://([\w.-]+/[\w.-]+)(?:@([^\s@:?*\[\\~^]+))?/?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::.+)?://")


@dataclass(frozen=True)
class Item:
    """One file and what is done with it; `size` in bytes, 0 for one that is removed."""

    path: str
    size: int
    why: str
    action: Literal["send", "keep", "remove"]


@dataclass(frozen=True)
class Sent:
    """What was done, or with `dry_run` would be. `revision` is the destination's own: a commit, or the publication's id."""

    where: str
    id: str
    revision: str
    items: tuple[Item, ...]
    dry_run: bool = False

    @property
    def bytes_sent(self) -> int:
        return sum(one.size for one in self.items if one.action == "send")


class Destination(Protocol):
    def send(self, publication: Publication, progress: Progress = silent, dry_run: bool = False) -> Sent:
        """Brings the publication there, with its `zoo.lock`. Raises ConflictError, SendError, InputError, StorageError."""
        ...


@dataclass(frozen=True)
class HubPlace:
    """A model repository of the Hub; `revision` is a branch, tag or commit."""

    repository: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"hf://{self.repository}" + (f"@{self.revision}" if self.revision != "main" else "")


def open(to: str, replacing: str = "") -> Destination:  # noqa: A001
    """The destination that `to` names: `hf://org/repo[@branch]`, an fsspec URL, or a folder.

    `replacing` names the remote revision that may be overwritten though this machine has not seen it. Raises InputError.
    """
    place = parse(to)
    if isinstance(place, HubPlace):
        from zoo.publish.hub import Hub

        return Hub(place, replacing)
    if isinstance(place, Path):
        from zoo.publish.folder import Folder

        return Folder(place, replacing)
    from zoo.publish.bucket import Bucket

    return Bucket(place, replacing)


def parse(text: str) -> HubPlace | Path | str:
    """A Hub repository, a folder of this machine, or an fsspec URL. Raises InputError for what is none."""
    text = text.strip()
    if not text:
        raise InputError(
            "no place is named: a folder, hf://org/repo[@branch], or an fsspec URL such as s3://bucket/path"
        )
    if text.startswith("hf:"):
        match = _HUB.fullmatch(text)
        if match is None or ".." in text:
            raise InputError(
                f"{text} is no repository of the Hub: it is written hf://org/repo or hf://org/repo@branch"
            )
        return HubPlace(match[1], match[2] or "main")
    if text.startswith(("file://", "local://")):
        return Path(text.partition("://")[2]).expanduser()
    return text if _SCHEME.match(text) else Path(text).expanduser()


def compare(publication: Publication, lock: Lock, file: Planned, there: Lock | None) -> tuple[Item, ...]:
    """What is to be sent, kept and removed where a publication with its lock takes the place of what `there` describes."""
    known = there.files if there is not None else {}
    items = [
        Item(path=one.path, size=one.size, why=one.why, action="keep" if _same(one, known) else "send")
        for one in content(publication)
    ]
    gone = [
        Item(path, 0, "in the publication there, not in this one", "remove")
        for path in known
        if path not in lock.files
    ]
    unchanged = there is not None and there.id == lock.id
    return (*items, *gone, Item(LOCK, file.size, file.why, "keep" if unchanged else "send"))


def _same(file: Planned, known: dict[str, LockedFile]) -> bool:
    return file.path in known and known[file.path].sha256 == file.sha256
