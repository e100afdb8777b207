"""The content-addressed store: bytes known by their sha256, entered whole and checked or not at all.

blobs/ab/<sha256>        the bytes, read-only          blobs/ab/<sha256>.json   their Blob record
aliases/<kind>-<hash>    a sha384, a git blob hash, or the hash of an address that tells none → sha256
files/<sha256>/<name>    the same bytes under a name (a hard link, or a copy where links do not work)
partial/<key>            what is still on its way      locks/<key>              one process at a time

A record's time of change is when its blob was last used (`use`).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from registry.checksum import Expected, digest
from registry.disk import mark_used, storage, sync, write_atomic
from registry.errors import FetchError
from registry.holding import hold
from registry.progress import Progress, silent
from registry.types import Blob


class WrongContentError(FetchError):
    """The bytes are not the promised ones. The message is a cause (`its sha256 is …`), not a sentence."""


class Store:
    """The store under one home folder. Methods that write raise StorageError on a full disk or a missing permission."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def find(self, expected: Expected) -> Blob | None:
        """The blob with these checksums, if it is here with its recorded size (cheap: its bytes are not read)."""
        sha256 = expected.sha256 or self._aliased(expected)
        if sha256 is None:
            return None
        try:
            blob = msgspec.json.decode(self._record(sha256).read_bytes(), type=Blob)
            size = self.path(sha256).stat().st_size
        except (OSError, msgspec.DecodeError):
            return None
        right = size == blob.size and expected.size in (None, size)
        return blob if right else None

    def use(self, expected: Expected) -> Blob | None:
        """`find`, for whoever goes on to read the bytes: they stay while this process lives, and the time is noted."""
        found = self.find(expected)
        if found is None:
            return None
        hold(self.home, found.sha256)
        mark_used(self._record(found.sha256))
        return self.find(expected)  # it may have been removed just before it was held

    def remembered(self, expected: Expected) -> Expected:
        """With the sha256 of what was fetched first, where that is what is promised and it was fetched before."""
        sha256 = self._aliased(expected) if expected.first_use and not expected.sha256 else None
        return msgspec.structs.replace(expected, sha256=sha256) if sha256 else expected

    def path(self, sha256: str) -> Path:
        """Where a blob's bytes lie (whether they do or not)."""
        return self.home / "blobs" / sha256[:2] / sha256

    def partial(self, key: str) -> Path:
        """Where bytes are gathered before they are checked."""
        folder = self.home / "partial"
        with storage(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder / key

    @contextmanager
    def locked(self, key: str, progress: Progress = silent) -> Iterator[None]:
        """Hold `key` against every other process; the lock dies with its process."""
        from filelock import FileLock, Timeout

        folder = self.home / "locks"
        with storage(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / key)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                progress("waiting for another zoo process that fetches the same")
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def free(self, key: str) -> Iterator[bool]:
        """Whether no process has `key` locked; none can lock it while this lasts."""
        from filelock import FileLock, Timeout

        folder = self.home / "locks"
        with storage(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / key)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                yield False
                return
        try:
            yield True
        finally:
            lock.release()

    def admit(self, staged: Path, expected: Expected, origin: str, progress: Progress = silent) -> Blob:
        """Move a file of `partial` into the store once its checksums are right.

        Raises WrongContentError where they are not; the staged file is gone then, and nothing has entered the store.
        """
        found = digest(staged, expected, progress)
        cause = expected.mismatch(found)
        if cause is not None:
            staged.unlink()
            raise WrongContentError(cause)
        blob = Blob(sha256=found.sha256, size=found.size, origin=origin)
        final = self.path(found.sha256)
        with storage(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            staged.chmod(0o444)
            sync(staged)
            write_atomic(self._record(found.sha256), msgspec.json.encode(blob))
            staged.replace(final)
            sync(final.parent)
        for kind in ("sha384", "git_blob", "first_use"):
            value = getattr(expected, kind)
            if value is not None:
                write_atomic(self.home / "aliases" / f"{kind}-{value}", found.sha256.encode())
        return blob

    def named(self, blob: Blob, name: str) -> Path:
        """The blob's bytes as a file of this name: some readers go by the suffix."""
        hold(self.home, blob.sha256)
        final = self.home / "files" / blob.sha256 / name
        bytes_ = self.path(blob.sha256)
        if final.exists() and final.stat().st_size == blob.size:
            return final
        with storage(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            staged = final.with_name(f".{name}.{os.getpid()}")
            staged.unlink(missing_ok=True)
            try:
                try:
                    os.link(bytes_, staged)
                except OSError:  # another file system, or one without links
                    shutil.copyfile(bytes_, staged)
                    staged.chmod(0o444)
                staged.replace(final)
            finally:
                staged.unlink(missing_ok=True)  # renaming onto a link of itself leaves both
        return final

    def verify(self, sha256: str) -> Blob:
        """Read a blob's bytes and check them. A damaged one is removed, so that it is fetched again; raises FetchError."""
        path = self.path(sha256)
        if not path.exists():
            raise FetchError(f"{sha256} is not in the store {self.home}: fetch it first.")
        found = digest(path)
        if found.sha256 != sha256:
            with storage(path):
                path.unlink()
                shutil.rmtree(self.home / "files" / sha256, ignore_errors=True)
            raise FetchError(f"{path} was damaged on the disk and has been removed: fetch it again.")
        blob = self.find(Expected(sha256=sha256))
        if blob is None:  # the record is lost, the bytes are right
            blob = Blob(sha256=sha256, size=found.size)
            write_atomic(self._record(sha256), msgspec.json.encode(blob))
        return blob

    def intact(self, sha256: str) -> bool:
        """Are the stored bytes what they should be? Where not they are gone now."""
        try:
            self.verify(sha256)
        except FetchError:
            return False
        return True

    def files(self, sha256: str) -> list[Path]:
        """All that belongs to a blob: its bytes, its record, and its files of other names."""
        named = self.home / "files" / sha256
        found = [
            self.path(sha256),
            self._record(sha256),
            *(sorted(named.iterdir()) if named.is_dir() else ()),
        ]
        return [path for path in found if path.exists()]

    def remove(self, sha256: str) -> None:
        """Forget a blob and remove its bytes; what an address gave first is remembered.

        Whether anybody uses it is the caller's business (`registry.holding`).
        """
        with storage(self.home):
            for alias in (self.home / "aliases").glob("*"):
                if not alias.name.startswith("first_use-") and alias.read_text().strip() == sha256:
                    alias.unlink(missing_ok=True)
            self._record(sha256).unlink(missing_ok=True)  # first: a blob without a record is none
            shutil.rmtree(self.home / "files" / sha256, ignore_errors=True)
            self.path(sha256).unlink(missing_ok=True)

    def blobs(self) -> list[Blob]:
        """All that is in the store, by sha256."""
        records = sorted((self.home / "blobs").glob("??/*.json"))
        found = (self.find(Expected(sha256=record.stem)) for record in records)
        return [blob for blob in found if blob is not None]

    def _record(self, sha256: str) -> Path:
        return self.path(sha256).with_name(f"{sha256}.json")

    def _aliased(self, expected: Expected) -> str | None:
        try:
            return (self.home / "aliases" / expected.key).read_text().strip()
        except (OSError, ValueError):
            return None
