"""`zoo pull`: a publication comes back, every file checked, and is put in its place whole or not at all."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from registry.disk import write_atomic
from registry.errors import FetchError, InputError, StorageError
from registry.progress import Progress, silent
from registry.types import Manifest
from zoo import workspace
from zoo.publish import installing, revisions
from zoo.publish.copying import Counter, has
from zoo.publish.lock import LOCK, SUMS, Lock, Model, encode, expected, published_hash
from zoo.publish.origin import Origin, opened
from zoo.publish.plan import Planned
from zoo.workspace import MANIFEST

_SCRATCH = ".zoo-arriving"
"""In the staging folder: what an interrupted transfer left of a file."""
_SUM = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True)
class Pulled:
    """What was brought. `fetched` counts the files that came over the line this time; `models` maps a name to its folder."""

    where: str
    revision: str
    id: str
    folder: Path
    models: dict[str, Path]
    files: int
    fetched: int
    size: int


def pull(text: str, out: Path | None = None, progress: Progress = silent) -> Pulled:
    """Brings the publication at `text` into `out` (by default `zoo_models/NAME`).

    A folder that holds an older pull of the same, unchanged, is brought up to date. Raises InputError where the folder holds anything
    else or there is no publication, FetchError for a file that is not what lock, sums and manifest say, StorageError.
    """
    with opened(text) as origin:
        lock = origin.lock
        place = installing.resolved(out if out is not None else workspace.default_folder(_name(lock)))
        with installing.held(place) as staging:
            there = _replaceable(place, lock)
            if there is not None and there.id == lock.id:
                fetched = 0
            else:
                fetched = _bring(origin, staging, progress)
                try:
                    _verify(staging, lock, origin.where)
                except FetchError:
                    shutil.rmtree(staging)
                    raise
                installing.install(staging, place)
        revisions.remember(_pulled_into(place), lock.id)
        revisions.remember(origin.where, origin.revision)
        models = {one.name: place / one.folder for one in lock.models}
        size = sum(one.size for one in lock.files.values())
        return Pulled(origin.where, origin.revision, lock.id, place, models, len(lock.files), fetched, size)


def _name(lock: Lock) -> str:
    """A single model goes where its conversion would lie."""
    return lock.models[0].name if len(lock.models) == 1 and not lock.models[0].folder else lock.name


def _pulled_into(place: Path) -> str:
    return f"pulled into {place}"


def _replaceable(place: Path, lock: Lock) -> Lock | None:
    """What lies there. Raises InputError where it did not come by a pull."""
    there = installing.occupant(place, lock.name)
    if there is not None and there.id not in (lock.id, revisions.seen(_pulled_into(place))):
        raise InputError(
            f"{place} holds a publication that was not pulled ({revisions.short(there.id)}): nothing was overwritten; name another --out."
        )
    return there


def _bring(origin: Origin, staging: Path, progress: Progress) -> int:
    """Fills the staging folder, the lock last; how many files came over the line."""
    lock = origin.lock
    files = expected(lock).files
    _require_announced(origin, files)
    installing.tidy(staging, set(lock.files), kept_folder=_SCRATCH)
    missing = [one for one in files if not has(staging / one.path, one.sha256, one.size)]
    needed, free = sum(one.size for one in missing), shutil.disk_usage(staging).free
    if needed > free:
        raise StorageError(
            f"{origin.where} has {needed:,} bytes to bring, {staging.parent} has room for {free:,}: name another --out."
        )
    counter = Counter(progress, "fetching", needed)
    for file in missing:
        counter.file(file.path)
        path = staging / file.path
        path.unlink(missing_ok=True)
        origin.fetch(file, path, staging / _SCRATCH, counter.at)
        counter.at(file.size)
    shutil.rmtree(staging / _SCRATCH, ignore_errors=True)
    write_atomic(staging / LOCK, encode(lock))
    return len(missing)


def _require_announced(origin: Origin, files: tuple[Planned, ...]) -> None:
    """Before anything is fetched: every file is there, and as long as the lock says."""
    for file in files:
        size = origin.size(file.path)
        if size is None:
            raise FetchError(
                f"{origin.where}: {file.path} is in the lock and not there: the publication is not whole."
            )
        if size != file.size:
            raise FetchError(
                f"{origin.where}: {file.path} has {size:,} bytes, the lock says {file.size:,}: nothing was fetched."
            )


def _verify(staging: Path, lock: Lock, where: str) -> None:
    """Sums and manifests against the lock; the files have been hashed against it as they came. Raises FetchError."""
    if SUMS in lock.files:
        named = dict(_sums((staging / SUMS).read_text("utf-8", "replace"), where))
        rest = {path: one.sha256 for path, one in lock.files.items() if path != SUMS}
        different = sorted(path for path in {*named, *rest} - {LOCK} if named.get(path) != rest.get(path))
        if different:
            raise FetchError(
                f"{where}: {SUMS} and {LOCK} do not agree on {', '.join(different[:3])}: nothing was kept."
            )
    for model in lock.models:
        _verify_manifest(staging, lock, model, where)


def _sums(text: str, where: str) -> Iterator[tuple[str, str]]:
    """Path and sha256 of each line, as `sha256sum` writes them."""
    for line in text.splitlines():
        match = _SUM.fullmatch(line)
        if match is None:
            raise FetchError(
                f"{where}: {SUMS} holds a line that is no sum ({line[:80]!r}): nothing was kept."
            )
        yield match[2], match[1]


def _verify_manifest(staging: Path, lock: Lock, model: Model, where: str) -> None:
    """The artifacts that the manifest names are the files of the lock."""
    start = f"{model.folder}/" if model.folder else ""
    path = f"{start}{MANIFEST}"
    if path not in lock.files:
        raise FetchError(f"{where}: {path} is missing: nothing was kept.")
    try:
        manifest = msgspec.json.decode((staging / path).read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FetchError(f"{where}: {path} cannot be read ({error}): nothing was kept.") from None
    outputs = {one.path: one for one in model.outputs}
    for artifact in manifest.artifacts:
        output, found = outputs.get(artifact.path), published_hash(f"{start}{artifact.path}", lock.files)
        if output is None or found is None or not found == artifact.sha256 == output.published:
            raise FetchError(f"{where}: {path} and {LOCK} do not agree on {artifact.path}: nothing was kept.")
    if manifest.name != model.name:
        raise FetchError(
            f"{where}: {path} is of {manifest.name}, {LOCK} says {model.name}: nothing was kept."
        )
