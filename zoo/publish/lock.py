"""`zoo.lock`: what a publication was made from, with what, by which commands, and every file in it by its hash.

    files       path → size and sha256 of every file but the lock itself; `id` is the hash over them
    parent      the `id` (or revision) of what this publication took the place of
    models      for each model its inputs by hash and origin, card, options, tools, commands, and its outputs: the hash as converted
                and, where publishing changed the file (TFLite metadata), as published
    environment Python, platform and packages of the machine that published

It is written last, so that files without it are half a publication. It is derived from the publication's own manifests.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from registry.card import Sha256
from registry.errors import InputError
from registry.types import Artifact, Blob, CalibrationRecord, Manifest, Recovery
from zoo import hashing
from zoo.publish import recipe, surroundings
from zoo.publish.plan import Planned, Publication, of_bytes
from zoo.workspace import MANIFEST, artifact_hash, companions

LOCK = "zoo.lock"
SUMS = "SHA256SUMS"
LARGEST = 64 << 20
"""Bytes of a lock that are read at most; one of 1,000 models with 20 files each has about 10 MB."""
_MOST_FILES = 100_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_PART = r"(?!\.)[^/\\\x00-\x1f\x7f<>:\"|?*]+"
Name = Annotated[str, Meta(pattern=rf"^{_PART}(/{_PART}){{0,4}}$", max_length=255)]
"""Of a publication or a model: it becomes a folder's name; that of a card in a namespace a folder's in a folder."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every record here."""


class LockedFile(_Record, frozen=True):
    """One file of the publication."""

    sha256: Sha256
    size: Annotated[int, Meta(ge=0)]


class Output(_Record, frozen=True):
    """One artifact. `path` is relative to the model's folder; `sha256` as converted, `published` as it lies in the publication."""

    target: str
    path: str
    sha256: Sha256
    published: Sha256
    tools: dict[str, str] = {}
    calibration: CalibrationRecord | None = None
    recovery: Recovery | None = None


class Model(_Record, frozen=True):
    """One model. `folder` is where in the publication its files lie, empty for the publication itself."""

    name: Name
    folder: Annotated[str, Meta(max_length=255)]
    inputs: dict[str, Blob]
    card: dict[str, Any]
    options: dict[str, Any]
    commands: tuple[str, ...]
    outputs: tuple[Output, ...]


class Lock(_Record, frozen=True):
    """The whole document."""

    name: Name
    id: Sha256
    files: dict[str, LockedFile]
    models: tuple[Model, ...] = ()
    parent: str = ""
    environment: surroundings.Environment = surroundings.Environment()
    version: int = 1


def seal(publication: Publication, parent: str = "") -> tuple[Lock, Planned]:
    """The lock of a publication, and the file that it becomes. A lock among the publication's files is left out: this one replaces it.

    Raises InputError for a manifest that is none, or that names artifacts which are not in the publication.
    """
    files = content(publication)
    locked = {one.path: LockedFile(sha256=one.sha256, size=one.size) for one in files}
    models = tuple(
        _model(_manifest(one), one.path.removesuffix(MANIFEST).rstrip("/"), locked)
        for one in files
        if one.path == MANIFEST or one.path.endswith(f"/{MANIFEST}")
    )
    made = Lock(
        name=publication.name,
        id=identity(locked),
        parent=parent,
        environment=surroundings.here(),
        models=models,
        files=locked,
    )
    text = msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"
    return made, of_bytes(
        LOCK, text, "inputs, tools, commands and outputs with their hashes, for zoo rebuild"
    )


def encode(lock: Lock) -> bytes:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(lock), indent=1) + b"\n"


def content(publication: Publication) -> tuple[Planned, ...]:
    """All its files but the lock."""
    return tuple(one for one in publication.files if one.path != LOCK)


def identity(files: dict[str, LockedFile]) -> str:
    """What a publication is, whenever and wherever it was published: the hash over its files' paths and hashes."""
    return hashing.digest({path: one.sha256 for path, one in files.items()})


def parse(content: bytes, where: str) -> Lock:
    """A lock that somebody else wrote. Raises InputError where it is none, contradicts itself or names paths outside of its folder."""
    try:
        found = msgspec.json.decode(content, type=Lock)
        hostile = _has_controls(msgspec.json.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}: its {LOCK} cannot be read ({error}).") from None
    if hostile:
        raise InputError(f"{where}: its {LOCK} holds control characters, which no lock has.")
    if found.version != 1:
        raise InputError(f"{where}: its {LOCK} is of version {found.version}, this zoo reads version 1.")
    if len(found.files) > _MOST_FILES:
        raise InputError(f"{where}: its {LOCK} lists {len(found.files):,} files, more than {_MOST_FILES:,}.")
    try:
        expected(found)
    except InputError as error:
        raise InputError(f"{where}: its {LOCK} is not usable: {error}.") from None
    if identity(found.files) != found.id:
        raise InputError(
            f"{where}: its {LOCK} was changed after it was written (its id does not fit its files)."
        )
    for model in found.models:
        for output in model.outputs:
            if published_hash(_inside(model.folder, output.path), found.files) != output.published:
                raise InputError(
                    f"{where}: its {LOCK} contradicts itself on {output.target} of {model.name}."
                )
    return found


def _has_controls(document: Any) -> bool:
    """Whether a text anywhere in a JSON document could steer a terminal."""
    if isinstance(document, str):
        return _CONTROL.search(document) is not None
    if isinstance(document, dict):
        return any(_has_controls(key) or _has_controls(value) for key, value in document.items())
    return isinstance(document, list) and any(map(_has_controls, document))


def _inside(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path


def expected(lock: Lock) -> Publication:
    """The files that a lock lists, as a publication without content. Raises InputError for a path that is none (see `plan`)."""
    files = tuple(
        Planned(path, b"", one.sha256, one.size, "listed in the lock") for path, one in lock.files.items()
    )
    paths = set(lock.files)
    for path in paths:
        parts = path.split("/")
        if parts[-1] == LOCK or any(part == ".git" or part.startswith(".zoo") for part in parts):
            raise InputError(f"{path!r} is not a name that a file of a publication has")
        if any(len(part.encode()) > 255 or part != part.rstrip(" .") for part in parts):
            raise InputError(f"{path!r} holds a name that not every file system takes")
        above = next((up for n in range(1, len(parts)) if (up := "/".join(parts[:n])) in paths), None)
        if above is not None:
            raise InputError(f"{above!r} is a file and a folder at once")
    return Publication(lock.name, files)


def published_hash(path: str, files: dict[str, LockedFile]) -> str | None:
    """The hash of an artifact by the files of a publication, as `zoo.workspace` counts it; None where they are not all there.

    `path` is that of a file (companions count with it) or of a folder.
    """
    if path in files:
        parts = [path, *(one.as_posix() for one in companions(Path(path)))]
        if any(part not in files for part in parts):
            return None
        return artifact_hash([_blob(files[part]) for part in parts])
    inside = {
        PurePosixPath(key).relative_to(path): one for key, one in files.items() if key.startswith(f"{path}/")
    }
    parts_inside = ((str(key), _blob(inside[key])) for key in sorted(inside))
    return hashing.combine(parts_inside).sha256 if inside else None


def _blob(file: LockedFile) -> Blob:
    return Blob(sha256=file.sha256, size=file.size)


def _manifest(file: Planned) -> Manifest:
    content = file.source if isinstance(file.source, bytes) else file.source.read_bytes()
    try:
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file.path} is not a manifest of this version ({error}); convert again") from None


def _model(manifest: Manifest, folder: str, files: dict[str, LockedFile]) -> Model:
    outputs = tuple(_output(one, folder, files) for one in manifest.artifacts)
    plain = [(one.target, one.calibration) for one in outputs if one.recovery is None]
    asked = recipe.recipes(manifest, plain)
    return Model(
        name=manifest.name,
        folder=folder,
        inputs=manifest.inputs,
        card=manifest.card,
        options=manifest.options,
        commands=(
            *(recipe.command(one) for one in asked),
            *(
                recipe.recovering(manifest, one.recovery, one.calibration)
                for one in outputs
                if one.recovery is not None
            ),
        ),
        outputs=outputs,
    )


def _output(artifact: Artifact, folder: str, files: dict[str, LockedFile]) -> Output:
    path = _inside(folder, artifact.path)
    published = published_hash(path, files)
    if published is None:
        raise InputError(f"{path} is in the manifest and not in the publication")
    return Output(
        target=artifact.target,
        path=artifact.path,
        sha256=artifact.built or artifact.sha256,
        published=published,
        tools=artifact.tools,
        calibration=artifact.calibration,
        recovery=artifact.recovery,
    )
