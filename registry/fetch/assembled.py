"""Source code that is given as single files: each fetched and checked, then put in its place in one folder."""

import hashlib
import shutil
from pathlib import Path

import msgspec

from registry.card import CodeFile, Weights
from registry.disk import storage
from registry.fetch.network import Network
from registry.fetch.weights import fetch_file
from registry.progress import Progress
from registry.store import Store

_OTHERWISE = "get the source code yourself and give its folder with --source DIR"


def identity(files: tuple[CodeFile, ...]) -> str:
    """A hash of where each file goes and of its checksum: the same files are the same source, whoever serves them."""
    listing = sorted((one.file, one.sha256 or one.sha384 or one.git_blob) for one in files)
    return hashlib.sha256(msgspec.json.encode(listing)).hexdigest()


def fill(files: tuple[CodeFile, ...], into: Path, store: Store, network: Network, progress: Progress) -> None:
    """Raises FetchError naming the file that could not be had."""
    for one in files:
        target = into / one.file
        with storage(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if one.size == 0:  # an empty __init__.py: no server need be asked
                target.touch()
                continue
        wanted = Weights(
            file=Path(one.file).name,
            urls=one.urls,
            size=one.size,
            sha256=one.sha256,
            sha384=one.sha384,
            git_blob=one.git_blob,
        )
        blob = fetch_file(wanted, store, None, network, progress, otherwise=_OTHERWISE)
        with storage(target):
            shutil.copyfile(store.path(blob.sha256), target)
