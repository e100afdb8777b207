"""A folder of source code as one hash."""

import hashlib
import os
from pathlib import Path

from registry.types import Blob

_SKIPPED = {".git", "__pycache__"}
_WHOLE = 8 << 20
"""Files above this many bytes (figures, data, weights) go in by their size alone: code is never so long."""


def tree_blob(folder: Path, origin: str) -> Blob:
    """The sha256 over every file's relative path and content, and the sum of their sizes in bytes.

    `.git` and `__pycache__` do not count, so a checkout has the hash of its files; links count by what they name.
    """
    total, listing = 0, hashlib.sha256()
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            path = Path(root, name)
            if name in _SKIPPED or name.endswith(".pyc"):
                continue
            content, size = _content(path)
            total += size
            listing.update(
                f"{path.relative_to(folder).as_posix()}\0{content}\n".encode("utf-8", "surrogateescape")
            )
    return Blob(sha256=listing.hexdigest(), size=total, origin=origin)


def _content(path: Path) -> tuple[str, int]:
    if path.is_symlink():
        return f"link:{path.readlink()}", 0
    size = path.stat().st_size
    if size > _WHOLE or not path.is_file():
        return f"size:{size}", size
    return hashlib.sha256(path.read_bytes()).hexdigest(), size
