"""Checksums: what a card promises about a file, and what the file really is."""

import hashlib
from pathlib import Path

import msgspec

from registry.card import Weights
from registry.progress import Progress, silent

_CHUNK = 1 << 20


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's bytes are; an empty text was not asked for.

    `git_blob` is git's object id: SHA-1 of `blob <size>\\0` and the content (gitformat-pack).
    """

    size: int
    sha256: str
    sha384: str = ""
    git_blob: str = ""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a card promises about a file; None is not promised."""

    size: int | None = None
    sha256: str | None = None
    sha384: str | None = None
    git_blob: str | None = None
    sha256_start: str | None = None
    """The first digits of the sha256."""
    first_use: str | None = None
    """The hash of where they come from, where no whole checksum is promised: what came from there first is what has to come again."""

    @classmethod
    def of(cls, weights: Weights) -> "Expected":
        """The promises of a card's weights."""
        whole = weights.sha256 or weights.sha384 or weights.git_blob
        place = hashlib.sha256(weights.urls[0].encode()).hexdigest() if weights.urls and not whole else None
        return cls(
            size=weights.size,
            sha256=weights.sha256,
            sha384=weights.sha384,
            git_blob=weights.git_blob,
            sha256_start=weights.sha256_start,
            first_use=place,
        )

    @property
    def key(self) -> str:
        """A name for these bytes that is fit for a file; raises ValueError where no checksum is promised."""
        for kind in ("sha256", "sha384", "git_blob", "first_use"):
            value = getattr(self, kind)
            if value is not None:
                return f"{kind}-{value}"
        raise ValueError("no checksum is promised")

    def mismatch(self, found: Digests) -> str | None:
        """How the file differs from the promise, or None where it keeps it."""
        if self.size is not None and self.size != found.size:
            return f"it has {found.size:,} bytes, the card says {self.size:,}"
        for kind in ("sha256", "sha384", "git_blob"):
            promised = getattr(self, kind)
            if promised is not None and promised != getattr(found, kind):
                who = "what came from there first had" if self.first_use else "the card says"
                return f"its {kind} is {getattr(found, kind)}, {who} {promised}"
        if self.sha256_start is not None and not found.sha256.startswith(self.sha256_start):
            return f"its sha256 is {found.sha256}, the card says {self.sha256_start}…"
        return None


def digest(path: Path, expected: Expected | None = None, progress: Progress = silent) -> Digests:
    """The sha256 of a file and whatever else is promised of it, in one reading."""
    size = path.stat().st_size
    hashing = {"sha256": hashlib.sha256()}
    if expected is not None and expected.sha384 is not None:
        hashing["sha384"] = hashlib.sha384()
    if expected is not None and expected.git_blob is not None:
        hashing["git_blob"] = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    done = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            for each in hashing.values():
                each.update(chunk)
            done += len(chunk)
            progress(f"checking {path.name}", done, size)
    return Digests(size=done, **{kind: each.hexdigest() for kind, each in hashing.items()})
