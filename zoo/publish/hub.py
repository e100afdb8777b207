"""A publication goes to a model repository of the Hugging Face Hub, through the Hub's own client.

Large files are sent one after the other, each once: what the Hub has by its sha256 it does not take again, so a cut loses one file at
most. Then everything becomes visible in one commit on top of the very commit that was looked at (`parent_commit`); where another one came
first the Hub refuses. They go by the Git LFS protocol, which every Hub speaks and which tells how far each file is. The login is the
Hub's own (`hf auth login`, HF_TOKEN).
"""

import io
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from registry.errors import InputError
from registry.progress import Progress, silent
from zoo.publish import lock as locks
from zoo.publish import revisions
from zoo.publish.copying import Counter, check
from zoo.publish.destination import HubPlace, Item, Sent
from zoo.publish.hub_errors import talking
from zoo.publish.hub_tree import Tree
from zoo.publish.lock import LOCK, Lock, content, seal
from zoo.publish.plan import Planned, Publication
from zoo.publish.revisions import SendError

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

_MADE_BY_HUB = {".gitattributes"}
"""What a repository holds that is as good as empty."""
_IN_MEMORY = 1 << 20
"""Files up to so many bytes stay in memory until the commit, larger ones are read from the disk."""


@dataclass(frozen=True)
class Hub:
    """A destination (see `zoo.publish.destination`)."""

    place: HubPlace
    replacing: str = ""

    def send(self, publication: Publication, progress: Progress = silent, dry_run: bool = False) -> Sent:
        from huggingface_hub import HfApi

        where = str(self.place)
        api = HfApi(library_name="zoo")
        with talking(where, sending=True):
            tree = Tree.read(api, self.place)
            there = _publication(tree, publication.name, where)
            lock, file = seal(publication, there.id if there else "")
            items = _compare(publication, lock, file, there, tree)
            fresh = any(one.action != "keep" for one in items)
            if fresh and set(tree.files) - _MADE_BY_HUB:
                revisions.require(where, tree.commit, self.replacing)
            if fresh and not dry_run:
                if not tree.commit:
                    tree = self._begin(api)
                actions = {one.path: one.action for one in items}
                files = [one for one in (*content(publication), file) if actions[one.path] == "send"]
                gone = [path for path, action in actions.items() if action == "remove"]
                title = f"{publication.name} {revisions.short(lock.id)}"
                tree = Tree.at(api, self.place, self._commit(api, tree.commit, title, files, gone, progress))
                _require_whole(tree, publication, where)
            if not dry_run:
                revisions.remember(where, tree.commit)
            return Sent(where, lock.id, tree.commit, items, dry_run)

    def _begin(self, api: "HfApi") -> Tree:
        """Makes what is missing of repository and branch."""
        api.create_repo(self.place.repository, exist_ok=True)
        if self.place.revision != "main":
            api.create_branch(self.place.repository, branch=self.place.revision, exist_ok=True)
        return Tree.read(api, self.place)

    def _commit(
        self, api: "HfApi", parent: str, title: str, files: list[Planned], gone: list[str], progress: Progress
    ) -> str:
        """Sends the files and makes the commit; its hash."""
        from huggingface_hub import CommitOperationDelete

        counter = Counter(progress, "sending", sum(one.size for one in files))
        with ExitStack() as streams:
            additions = [self._addition(api, one, counter, streams) for one in files]
            progress(f"committing to {self.place}")
            done = api.create_commit(
                self.place.repository,
                [*additions, *(CommitOperationDelete(path) for path in gone)],
                commit_message=title,
                commit_description="Published by zoo; zoo.lock says from what, with what and how.",
                revision=self.place.revision,
                parent_commit=parent or None,
            )
        return str(done.oid)

    def _addition(
        self, api: "HfApi", file: Planned, counter: Counter, streams: ExitStack
    ) -> "CommitOperationAdd":
        """One file, sent already where it is large in the Hub's eyes."""
        from huggingface_hub import CommitOperationAdd

        counter.file(file.path)
        stream = streams.enter_context(_open(file))
        added = CommitOperationAdd(file.path, stream)  # reads it once, for its hash
        if isinstance(stream, _Told):
            stream.told = counter.at
        check(file, added.upload_info.sha256.hex())
        api.preupload_lfs_files(
            self.place.repository, [added], revision=self.place.revision, free_memory=True
        )
        if added.path_or_fileobj is not stream:  # sent, and let go
            stream.close()
        counter.at(file.size)
        return added


def _publication(tree: Tree, name: str, where: str) -> Lock | None:
    """What the repository holds; None for an empty one. Raises InputError where it is something else."""
    if LOCK in tree.files:
        found = locks.parse(tree.small(LOCK, locks.LARGEST), where)
        if found.name != name:
            raise InputError(
                f"{where} holds the publication `{found.name}`, not `{name}`: name another repository."
            )
        return found
    foreign = sorted(set(tree.files) - _MADE_BY_HUB)
    if foreign:
        raise InputError(
            f"{where} holds {', '.join(foreign[:3])} and no {LOCK}, so it is no publication: nothing was overwritten; name an empty "
            "repository or another branch."
        )
    return None


def _compare(
    publication: Publication, lock: Lock, file: Planned, there: Lock | None, tree: Tree
) -> tuple[Item, ...]:
    """By what the repository holds itself: its lock may be older than an edit on its page."""
    items = [
        Item(one.path, one.size, one.why, "keep" if tree.holds(one) else "send")
        for one in content(publication)
    ]
    gone = [
        Item(path, 0, "in the publication there, not in this one", "remove")
        for path in (there.files if there else ())
        if path not in lock.files and path in tree.files
    ]
    same = there is not None and there.id == lock.id
    return (*items, *gone, Item(LOCK, file.size, file.why, "keep" if same else "send"))


def _require_whole(tree: Tree, publication: Publication, where: str) -> None:
    """A .gitignore of the repository makes the Hub leave files out without a word."""
    missing = [one.path for one in content(publication) if not tree.holds(one)]
    if missing:
        raise SendError(
            f"{where}: the Hub did not take {', '.join(missing[:3])}: look for a .gitignore in the repository, then publish again."
        )


class _Told(io.BufferedReader):
    """A file that tells `told` how far it has been read, in bytes."""

    told: Callable[[int], None] | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if self.told is not None:
            self.told(self.tell())
        return piece


def _open(file: Planned) -> BinaryIO:
    """The content as a stream: given a path, the client would send it by Xet, which the fewest other Hubs speak."""
    if isinstance(file.source, bytes):
        return io.BytesIO(file.source)
    if file.size <= _IN_MEMORY:
        return io.BytesIO(file.source.read_bytes())
    return _Told(io.FileIO(file.source))
