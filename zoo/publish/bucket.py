"""A publication goes to any file system that fsspec knows: object stores, servers, memory.

No such place can exchange folders, and few can compare and swap. So files go to `.zoo-incoming/<sha256>` first, where a cut leaves them for
the next try; when all are there they are copied to their places within the store itself, and the lock is written over the last one.
`.zoo-incoming/moving` stands there for as long as that copying takes: who finds it knows that the files are between two publications.
The revision that is replaced is read again just before; two who publish in the very same moment are not told apart.
"""

from dataclasses import dataclass

from registry.errors import InputError
from registry.fetch.transfer import public
from registry.progress import Progress, silent
from zoo.publish import lock as locks
from zoo.publish import revisions
from zoo.publish.copying import Counter
from zoo.publish.destination import Sent, compare
from zoo.publish.lock import LOCK, Lock, content, seal
from zoo.publish.plan import Planned, Publication
from zoo.publish.remote import INCOMING, MOVING, Remote


@dataclass(frozen=True)
class Bucket:
    """A destination (see `zoo.publish.destination`). `url` is fsspec's: its credentials come from its own configuration."""

    url: str
    replacing: str = ""

    def send(self, publication: Publication, progress: Progress = silent, dry_run: bool = False) -> Sent:
        where = public(self.url.rstrip("/"))
        with Remote.connected(self.url, "sending to") as remote:
            there = self._there(remote, publication, where)
            lock, file = seal(publication, there.id if there else "")
            moving = remote.read(MOVING, 200).decode("ascii", "replace")
            self._require(where, there, moving, lock.id)
            items = compare(publication, lock, file, there)
            sent = Sent(where, lock.id, lock.id, items, dry_run)
            if dry_run:
                return sent
            # an interrupted copying of another publication may have changed any file: all come again then
            trusted = moving in ("", lock.id)
            if not trusted or any(one.action != "keep" for one in items):
                kept = {one.path for one in items if one.action == "keep" and trusted}
                fresh = [one for one in content(publication) if one.path not in kept]
                _upload(remote, fresh, Counter(progress, "sending", sum(one.size for one in fresh)))
                if _id(self._there(remote, publication, where)) != _id(there):
                    raise revisions.ConflictError(
                        f"{where} was changed while this was sent: nothing was overwritten, publish again."
                    )
                gone = [one.path for one in items if one.action == "remove"]
                revisions.remember(_half(where), lock.id)
                _put_in_place(remote, fresh, file, lock.id, gone, progress)
            remote.clear(INCOMING)
            revisions.remember(where, lock.id)
            return sent

    def _require(self, where: str, there: Lock | None, moving: str, ours: str) -> None:
        """Raises ConflictError where what lies there, or is on its way there, may be newer than all that this machine knows."""
        if moving not in ("", ours):
            revisions.require(_half(where), moving, self.replacing)
        elif there is not None and there.id != ours:
            revisions.require(where, there.id, self.replacing)

    def _there(self, remote: "Remote", publication: Publication, where: str) -> Lock | None:
        """The publication at the place; None for an empty one. Raises InputError where something else lies there."""
        text = remote.read(LOCK, locks.LARGEST)
        if text:
            found = locks.parse(text, where)
            if found.name != publication.name:
                raise InputError(
                    f"{where} holds the publication `{found.name}`, not `{publication.name}`: name another place."
                )
            return found
        begun = remote.size(MOVING) is not None
        foreign = [] if begun else remote.some(3)
        if foreign:
            raise InputError(
                f"{where} holds {', '.join(foreign)} and no {LOCK}, so it is no publication: nothing was overwritten; name an empty place."
            )
        return None


def _half(where: str) -> str:
    return f"{where} (half of it)"


def _id(lock: Lock | None) -> str:
    return lock.id if lock is not None else ""


def _upload(remote: "Remote", files: list[Planned], counter: Counter) -> None:
    for file in files:
        counter.file(file.path)
        path = f"{INCOMING}/{file.sha256}"
        if remote.size(path) == file.size:
            counter(file.size)
        else:
            remote.write(path, file, counter)


def _put_in_place(
    remote: "Remote", files: list[Planned], lock: Planned, identity: str, gone: list[str], progress: Progress
) -> None:
    remote.put(MOVING, identity.encode())
    for count, file in enumerate(files):
        progress(f"putting {file.path} in its place", count, len(files))
        remote.copy(f"{INCOMING}/{file.sha256}", file.path)
    for path in gone:
        remote.remove(path)
    text = lock.source if isinstance(lock.source, bytes) else lock.source.read_bytes()
    remote.put(LOCK, text)
