"""A publication goes into a folder of this machine."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from registry.disk import storage
from registry.progress import Progress, silent
from zoo.publish import installing, revisions
from zoo.publish.copying import Counter, has, to_file
from zoo.publish.destination import Sent, compare
from zoo.publish.lock import LOCK, content, seal
from zoo.publish.plan import Planned, Publication


@dataclass(frozen=True)
class Folder:
    """A destination (see `zoo.publish.destination`)."""

    path: Path
    replacing: str = ""

    def send(self, publication: Publication, progress: Progress = silent, dry_run: bool = False) -> Sent:
        place = installing.resolved(self.path)
        if dry_run:
            return replace(self._planned(place, publication)[0], dry_run=True)
        with installing.held(place) as staging:
            sent, lock = self._planned(place, publication)
            if any(one.action != "keep" for one in sent.items):
                kept = {one.path for one in sent.items if one.action == "keep"}
                _stage(publication, lock, staging, place, kept, progress)
                installing.install(staging, place)
            revisions.remember(str(place), sent.id)
        return sent

    def _planned(self, place: Path, publication: Publication) -> tuple[Sent, Planned]:
        """What is to be done, and the file of the lock. Raises InputError, ConflictError where it must not be."""
        there = installing.occupant(place, publication.name)
        lock, file = seal(publication, there.id if there else "")
        if there is not None and there.id != lock.id:
            revisions.require(str(place), there.id, self.replacing)
        items = compare(publication, lock, file, there)
        return Sent(str(place), lock.id, lock.id, items), file


def _stage(
    publication: Publication, lock: Planned, staging: Path, place: Path, kept: set[str], progress: Progress
) -> None:
    """Fills the staging folder, the lock last; what is the same in the folder itself is linked."""
    files = (*content(publication), lock)
    installing.tidy(staging, {one.path for one in files})
    counter = Counter(progress, "writing", sum(one.size for one in files))
    for file in files:
        counter.file(file.path)
        path = staging / file.path
        if file.path != LOCK and (
            has(path, file.sha256, file.size)
            or (file.path in kept and _linked(place / file.path, path, file))
        ):
            counter(file.size)
        else:
            to_file(file, path, counter)


def _linked(present: Path, path: Path, file: Planned) -> bool:
    if not has(present, file.sha256, file.size):
        return False
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        try:
            os.link(present, path)
        except OSError:  # a file system without links
            return False
    return True
