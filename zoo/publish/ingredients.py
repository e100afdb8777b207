"""What a rebuild starts from: the very bytes that a lock names, out of the store, from their URLs or from the user."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from registry.card import Card
from registry.checksum import Expected
from registry.errors import InputError
from registry.home import home
from registry.progress import Progress
from registry.store import Store
from registry.types import Blob
from zoo import hashing, sources
from zoo.publish.lock import Model
from zoo.publish.recipe import Given
from zoo.request import Access
from zoo.sources import Confirm


def card(model: Model) -> Card | None:
    """The card that the lock holds. Raises InputError where it is none."""
    if not model.card:
        return None
    try:
        return msgspec.convert(model.card, Card)
    except msgspec.ValidationError as error:
        raise InputError(f"The lock's card of {model.name} is not usable: {error}.") from None


def gather(
    model: Model, access: Access, scratch: Path, progress: Progress, confirm: Confirm
) -> tuple[Given, tuple[str, ...]]:
    """The model's inputs, linked into `scratch`, and a note for a source that is another than the one recorded.

    Raises InputError for weights that are not those of the lock or that only the user can have, FetchError, SourceError where code
    would run that nobody agreed to.
    """
    described = card(model)
    scratch.mkdir(parents=True)
    if described is None:
        return Given(model=_model_file(model, access, scratch), access=replace(access, offline=True)), ()
    given = access.weights or _stored(model, scratch / "stored")
    _require_reachable(described, given, access)
    fetched = sources.fetch(described, replace(access, weights=given), progress)
    if described.entry.model is None:
        sources.require_trust(described, fetched, access, confirm)
    for name, blob in fetched.blobs.items():
        recorded = model.inputs.get(name)
        if name != "source" and recorded is not None and recorded.sha256 != blob.sha256:
            raise InputError(_other(model, name, recorded, blob))
    source, now = model.inputs.get("source"), fetched.blobs.get("source")
    notes = (
        (
            f"{model.name}: the source is not the one recorded (its hash is {now.sha256[:12]}, not {source.sha256[:12]})",
        )
        if source and now and source.sha256 != now.sha256
        else ()
    )
    local = Access(
        weights=_linked(fetched.files, scratch / "weights") if fetched.files else None,
        source=fetched.checkout,
        trust=True,  # agreed to above
        allow_pickle=access.allow_pickle,
        offline=True,
    )
    return Given(access=local), notes


def _stored(model: Model, folder: Path) -> Path | None:
    """The weights that the store has by their hashes, under their names; None where it has none."""
    store = Store(home())
    found: dict[str, Path] = {}
    for name, blob in model.inputs.items():
        if name != "source" and store.find(Expected(sha256=blob.sha256)) and store.intact(blob.sha256):
            found[name] = store.path(blob.sha256)
    return _linked(found, folder) if found else None


def _linked(files: dict[str, Path], folder: Path) -> Path:
    folder.mkdir()
    for name, path in files.items():
        (folder / Path(name).name).symlink_to(path.resolve())
    return folder


def _require_reachable(described: Card, given: Path | None, access: Access) -> None:
    """A lock knows no folder of this machine: what its card had on a disk only the user can name. Raises InputError."""
    have = {one.name for one in given.iterdir()} if given is not None and given.is_dir() else set()
    single = given is not None and given.is_file()
    missing = [one.file for one in described.weights if one.path and not single and one.file not in have]
    if missing:
        raise InputError(
            f"{described.name}: {', '.join(missing)} was a local file and is not in the store: give it with --weights."
        )
    if described.entry.model is None and described.source.path is not None and access.source is None:
        raise InputError(f"{described.name}: its source was a local folder: give it with --source DIR.")


def _model_file(model: Model, access: Access, scratch: Path) -> Path:
    """The user's model file under the name that it had: some readers write it into what they make."""
    recorded = model.inputs.get("model")
    if recorded is None:
        raise InputError(f"The lock names no model file for {model.name}: it cannot be rebuilt.")
    name = Path(recorded.origin.removeprefix("local file ")).name or model.name
    given = access.weights
    if given is None:
        stored = _stored(model, scratch / "stored")
        given = stored / "model" if stored is not None and (stored / "model").exists() else None
    if given is None:
        raise InputError(
            f"{model.name} was made from the local file {name} (sha256 {recorded.sha256}): give it with --weights FILE."
        )
    if not given.exists():
        raise InputError(f"--weights {given}: there is no such file.")
    found = hashing.blob(given)
    if found.sha256 != recorded.sha256:
        raise InputError(_other(model, name, recorded, found))
    link = scratch / name
    link.symlink_to(given.resolve())
    beside = given.resolve().with_suffix(".bin")
    if "weights" in model.inputs and beside.is_file():
        link.with_suffix(".bin").symlink_to(beside)
    return link


def _other(model: Model, name: str, recorded: Blob, found: Any) -> str:
    return (
        f"{model.name}: {name} is not the file that the lock names (sha256 {found.sha256[:12]}…, recorded {recorded.sha256[:12]}… "
        f"from {recorded.origin or 'an unknown place'}): give the right one with --weights."
    )
