"""What a publication is: named files with their bytes, hashes and reasons, planned whole before anything is written or sent."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from registry.errors import InputError
from zoo import hashing

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
"""In no path of a publication: control characters, and what Windows does not take (learn.microsoft.com, Naming Files)."""


@dataclass(frozen=True)
class Planned:
    """One file. `path` is relative, with `/`; `source` a file on the disk or the bytes themselves; `why` one phrase for people.

    What lies at `source` must have this hash still when it is copied or sent: who does so checks it.
    """

    path: str
    source: Path | bytes
    sha256: str
    size: int
    why: str

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        if self.path != "/".join(parts) or not parts or set(parts) & {"..", ".", "/"}:
            raise InputError(f"{self.path!r} is no path inside a publication")
        if _FORBIDDEN.search(self.path) or self.path != unicodedata.normalize("NFC", self.path):
            raise InputError(f"{self.path!r} holds characters that not every file system takes")


@dataclass(frozen=True)
class Publication:
    """A model, or a collection of several: files in order of path, no path twice (whatever the case of its letters)."""

    name: str
    files: tuple[Planned, ...]

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for one in self.files:
            folded = one.path.casefold()
            if folded in seen:
                raise InputError(
                    f"{self.name}: {one.path} and {seen[folded]} would be one file on some systems"
                )
            seen[folded] = one.path

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(one.size for one in self.files)


def of_bytes(path: str, content: bytes, why: str) -> Planned:
    """A file that is made here."""
    return Planned(path, content, hashlib.sha256(content).hexdigest(), len(content), why)


def of_file(path: str, source: Path, why: str) -> Planned:
    """A file on the disk, read once for its hash."""
    found = hashing.blob(source)
    return Planned(path, source, found.sha256, found.size, why)


def publication(name: str, files: list[Planned]) -> Publication:
    return Publication(name, tuple(sorted(files, key=lambda one: one.path)))
