"""Hashes of files and folders: how the workspace knows that something is what it was."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from registry.types import Blob


def blob(path: Path, origin: str = "local file") -> Blob:
    """The hash and size of a file, or of a folder: there over its files' names and hashes, in order of name."""
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.is_file())
        return combine(((str(one.relative_to(path)), blob(one)) for one in files), origin)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return Blob(sha256=digest.hexdigest(), size=path.stat().st_size, origin=origin)


def code(folder: Path, origin: str = "local folder") -> Blob:
    """The hash over the Python files of a folder: what makes a checkout the same code."""
    files = sorted(one for one in folder.rglob("*.py") if ".git" not in one.parts)
    return combine(((str(one.relative_to(folder)), blob(one)) for one in files), origin)


def blobs(paths: Iterable[Path]) -> list[Blob]:
    """The hashes of many files at once (hashing releases the interpreter lock)."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(blob, paths))


def digest(document: object) -> str:
    """The hash of a JSON document, whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()


def combine(parts: Iterable[tuple[str, Blob]], origin: str = "") -> Blob:
    """The hash and size of a folder from those of its files, given in order of path."""
    total, whole = 0, hashlib.sha256()
    for name, one in parts:
        total += one.size
        whole.update(f"{name}\0{one.sha256}\n".encode())
    return Blob(sha256=whole.hexdigest(), size=total, origin=origin)
