"""What a repository of the Hub holds at one commit."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.errors import FetchError, InputError
from registry.fetch.huggingface import bar
from zoo.publish.copying import opened
from zoo.publish.destination import HubPlace
from zoo.publish.plan import Planned

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Entry:
    """One file. `sha256` of what Git LFS keeps, `git_blob` (SHA-1 over `blob <size>\\0` and the content) of what git keeps itself."""

    size: int
    sha256: str = ""
    git_blob: str = ""


@dataclass(frozen=True)
class Tree:
    """`commit` is empty where there is no such repository or branch yet."""

    api: "HfApi"
    place: HubPlace
    commit: str = ""
    files: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, api: "HfApi", place: HubPlace) -> "Tree":
        """As it is now; empty where the repository or the branch is not there (or not for this login, which the Hub does not tell)."""
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

        try:
            return cls.at(api, place, place.revision)
        except RevisionNotFoundError:
            return cls(api, place)
        except RepositoryNotFoundError as error:
            if type(error) is not RepositoryNotFoundError:  # gated: it is there
                raise
            return cls(api, place)

    @classmethod
    def at(cls, api: "HfApi", place: HubPlace, revision: str) -> "Tree":
        """At a branch, tag or commit. Raises what the client raises (see `hub_errors`)."""
        commit = str(api.model_info(place.repository, revision=revision).sha)
        files = {
            one.path: _entry(one)
            for one in api.list_repo_tree(place.repository, revision=commit, recursive=True)
            if hasattr(one, "blob_id")
        }
        return cls(api, place, commit, files)

    def holds(self, file: Planned) -> bool:
        """Whether this very content lies at this path."""
        entry = self.files.get(file.path)
        if entry is None or entry.size != file.size:
            return False
        return entry.sha256 == file.sha256 if entry.sha256 else entry.git_blob == _git_blob(file)

    def small(self, path: str, most: int) -> bytes:
        """A small file's content. Raises InputError where it has more than `most` bytes."""
        if self.files[path].size > most:
            raise InputError(
                f"{self.place}: {path} has {self.files[path].size:,} bytes, more than it ever needs."
            )
        with tempfile.TemporaryDirectory(prefix="zoo-hub-") as scratch:
            return self.download(path, Path(scratch), most, lambda _: None).read_bytes()

    def download(self, path: str, folder: Path, most: int, told: Callable[[int], None]) -> Path:
        """A file of this commit under its own path in `folder`, which keeps what an interrupted download left. `told` its bytes so far.

        Raises FetchError where it goes on after `most` bytes, and what the client raises.
        """
        from huggingface_hub import hf_hub_download

        def bounded(what: str, done: int = 0, total: int | None = None) -> None:
            if done > most:
                raise FetchError(
                    f"{self.place}: {path} goes on after the {most:,} bytes that it was said to have."
                )
            told(done)

        found = hf_hub_download(
            self.place.repository,
            path,
            revision=self.commit,
            local_dir=folder,
            endpoint=self.api.endpoint,
            tqdm_class=bar("", bounded),
            library_name="zoo",
        )
        return Path(found)


def _entry(found: Any) -> Entry:
    lfs = found.lfs
    return Entry(lfs.size, sha256=lfs.sha256) if lfs else Entry(found.size, git_blob=found.blob_id)


def _git_blob(file: Planned) -> str:
    digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    with opened(file) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
