"""The output folder: artifacts, their manifest, and nothing half made.

Every artifact is made in a staging folder inside the output folder (the same file system, so a rename is atomic), checked there, and
only then renamed to its place; the manifest is rewritten after each one, so a killed run goes on where it stopped. A lock keeps two
processes apart. Errors: StorageError where the folder cannot be used.
"""

import glob
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from registry.errors import InputError, StorageError
from registry.types import Artifact, Blob, Manifest
from zoo import hashing

MANIFEST = "manifest.json"
_STAGING = ".zoo-staging"
_LOCK = ".zoo-lock"


MODELS = Path("zoo_models")
"""Where conversions go by default, each into a folder of its name."""
_DEEPEST = 5
"""Parts of a folder's name below it at most: `hf/<org>/<repository>/<model>` and one to spare."""


def default_folder(name: str) -> Path:
    """Where the artifacts of a card (qualified name) or a model file (stem) go by default."""
    return MODELS / name


def conversions() -> Iterator[tuple[str, Manifest]]:
    """Everything converted into default folders, in order: the name of the folder below `MODELS`, and its manifest."""
    places = {
        path for depth in range(1, _DEEPEST + 1) for path in MODELS.glob("/".join(["*"] * depth + [MANIFEST]))
    }
    for path in sorted(places):
        try:
            yield path.parent.relative_to(MODELS).as_posix(), read_manifest(path.parent)
        except (InputError, OSError):
            continue


def folder_of(name: str) -> Path:
    """Where the artifacts of a name lie: in its own folder, else in the only pulled collection that has them."""
    own = default_folder(name)
    inside = [] if (own / MANIFEST).is_file() else list(own.parent.glob(f"*/{glob.escape(name)}/{MANIFEST}"))
    return inside[0].parent if len(inside) == 1 else own


@dataclass(frozen=True)
class Workspace:
    """An output folder this process has to itself."""

    folder: Path

    @property
    def staging(self) -> Path:
        return self.folder / _STAGING

    def manifest(self) -> Manifest | None:
        """What an earlier run left; None where there is none that can be read (it will be written anew)."""
        try:
            return read_manifest(self.folder)
        except InputError:
            return None

    def publish(self, staged: Sequence[Path], manifest: Manifest) -> None:
        """Renames staged files and folders to their places, over older ones, and the manifest that describes them after.

        The manifest is written before anything is renamed, so a disk that is full by then leaves everything as it was.
        """
        described = self.staging / MANIFEST
        with described.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        for path in staged:
            self._rename(path)
        described.replace(self.folder / MANIFEST)

    def _rename(self, staged: Path) -> None:
        place = self.folder / staged.name
        if place.is_dir() and not place.is_symlink():
            old = self.staging / f"old-{staged.name}"
            place.replace(old)
            staged.replace(place)
            shutil.rmtree(old)
        else:
            staged.replace(place)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an output folder. Raises InputError where it is missing or is none."""
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise InputError(f"{folder} holds no {MANIFEST}: convert something into it first") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a manifest of this version ({error}); convert again") from None


@contextmanager
def open_workspace(folder: Path) -> Iterator[Workspace]:
    """The output folder, made where needed, locked, with the remains of a killed run swept away.

    On the way out the staging folder goes; so does the output folder itself where nothing was put in it.
    """
    import filelock

    made = _make(folder)
    lock = filelock.FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=1)  # a killed run may still be on its way out
    except filelock.Timeout:
        raise StorageError(
            f"another zoo process is writing to {folder}; wait for it or choose another --out"
        ) from None
    except OSError as error:
        raise _unusable(folder, error) from None
    workspace = Workspace(folder)
    try:
        shutil.rmtree(workspace.staging, ignore_errors=True)
        try:
            workspace.staging.mkdir()
        except OSError as error:
            raise _unusable(folder, error) from None
        yield workspace
    finally:
        shutil.rmtree(workspace.staging, ignore_errors=True)
        if made and [one.name for one in folder.iterdir()] == [_LOCK]:
            (folder / _LOCK).unlink(missing_ok=True)
        lock.release()
        _remove_empty(made)


def intact(folder: Path, artifacts: list[Artifact]) -> list[Artifact]:
    """Those artifacts whose files are still exactly what the manifest says."""
    there = [one for one in artifacts if (folder / one.path).exists()]
    files = [[folder / one.path, *companions(folder / one.path)] for one in there]
    found = hashing.blobs([path for group in files for path in group if path.exists()])
    kept, position = [], 0
    for artifact, group in zip(there, files, strict=True):
        count = sum(path.exists() for path in group)
        if count == len(group) and artifact_hash(found[position : position + count]) == artifact.sha256:
            kept.append(artifact)
        position += count
    return kept


def companions(path: Path) -> list[Path]:
    """Files that belong to an artifact besides the one its path names: an IR's weights, a Keras JSON's weights."""
    if path.suffix == ".xml":
        return [path.with_suffix(".bin")]
    if path.suffix == ".json":
        return [path.with_suffix(".weights.h5")]
    return []


def artifact_hash(parts: list[Blob]) -> str:
    """One file's own hash; of several, the hash over their hashes."""
    return parts[0].sha256 if len(parts) == 1 else hashing.digest([one.sha256 for one in parts])


def _make(folder: Path) -> list[Path]:
    """Makes the folder; returns the folders made, innermost first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from None
    return missing


def _remove_empty(made: list[Path]) -> None:
    for folder in made:
        try:
            folder.rmdir()
        except OSError:
            return


def _unusable(folder: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"the output folder {folder} cannot be used ({reason}); choose another with --out")
