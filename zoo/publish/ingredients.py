"""What a rebuild starts from: the very bytes that a lock names, out of the store, from their URLs or from the user."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from registry.card import Card
from registry.checksum import Expected
from registry.errors import InputError
from registry.fetch.tree import tree_blob
from registry.home import home
from registry.progress import Progress
from registry.store import Store
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


@dataclass(frozen=True)
class Offered:
    """What the user gives: files known by their hashes, checkouts in order."""

    files: dict[str, Path]
    checkouts: tuple[Path, ...]


def offered(files: Sequence[Path], checkouts: Sequence[Path], models: Sequence[Model]) -> Offered:
    """The user's files and folders (a SavedModel, or a folder of files), whatever their names.

    Raises InputError for one that is none of the inputs of `models`.
    """
    wanted = {blob.sha256 for model in models for name, blob in model.inputs.items() if name != "source"}
    found: dict[str, Path] = {}
    for path in files:
        if not path.exists():
            raise InputError(f"--weights {path}: there is no such file.")
        parts = [path, *(one for one in sorted(path.iterdir()) if one.is_file())] if path.is_dir() else [path]
        hashes = {hashing.blob(one).sha256: one for one in parts}
        if not wanted & set(hashes):
            listed = ", ".join(
                f"{name} of {model.name} (sha256 {blob.sha256[:12]}…, {blob.origin or 'origin unknown'})"
                for model in models
                for name, blob in model.inputs.items()
                if name != "source"
            )
            raise InputError(
                f"--weights {path} (sha256 {next(iter(hashes))[:12]}…) is not a file that the lock names; it names {listed}."
            )
        found |= hashes
    for checkout in checkouts:
        if not checkout.is_dir():
            raise InputError(f"--source {checkout}: there is no such folder.")
    return Offered(found, tuple(checkouts))


def gather(
    model: Model, given: Offered, access: Access, scratch: Path, progress: Progress, confirm: Confirm
) -> tuple[Given, tuple[str, ...]]:
    """The model's inputs, linked into `scratch`, and a note for a source that is another than the one recorded.

    Raises InputError for weights that are not those of the lock or that only the user can have, FetchError, SourceError where code
    would run that nobody agreed to.
    """
    described = card(model)
    scratch.mkdir(parents=True)
    here = _here(model, given)
    if described is None:
        return Given(model=_model_file(model, here, scratch), access=replace(access, offline=True)), ()
    source = _checkout(model, given) if described.entry.model is None else None
    _require_reachable(described, here, source)
    found = _linked(here, scratch / "here") if here else None
    asked = replace(access, weights=found, source=source)
    fetched = sources.fetch(described, asked, progress)
    if described.entry.model is None:
        sources.require_trust(described, fetched, asked, confirm)
    for name, blob in fetched.blobs.items():
        recorded = model.inputs.get(name)
        if name != "source" and recorded is not None and recorded.sha256 != blob.sha256:
            raise InputError(
                f"{model.name}: {name} from {blob.origin} is not the file that the lock names (sha256 {blob.sha256[:12]}…, recorded "
                f"{recorded.sha256[:12]}… from {recorded.origin or 'an unknown place'}): give that one with --weights."
            )
    then, now = model.inputs.get("source"), fetched.blobs.get("source")
    notes: tuple[str, ...] = ()
    if then and now and then.sha256 != now.sha256:
        notes = (
            f"{model.name}: the source is not the one recorded ({now.sha256[:12]}…, recorded {then.sha256[:12]}…)",
        )
    local = Access(
        weights=_linked(fetched.files, scratch / "weights") if fetched.files else None,
        source=fetched.checkout,
        trust=True,  # agreed to above
        allow_pickle=access.allow_pickle,
        offline=True,
    )
    return Given(access=local), notes


def _here(model: Model, given: Offered) -> dict[str, Path]:
    """Those of the recorded inputs that the user gives or the store has, under their names."""
    store = Store(home())
    found: dict[str, Path] = {}
    for name, blob in model.inputs.items():
        if name == "source":
            continue
        if blob.sha256 in given.files:
            found[name] = given.files[blob.sha256]
        elif store.find(Expected(sha256=blob.sha256)) and store.intact(blob.sha256):
            found[name] = store.path(blob.sha256)
    return found


def _checkout(model: Model, given: Offered) -> Path | None:
    """The given checkout that is the recorded source; else the only one, whatever it is; else none."""
    recorded = model.inputs.get("source")
    same = (one for one in given.checkouts if recorded and tree_blob(one, "").sha256 == recorded.sha256)
    return next(same, given.checkouts[0] if len(given.checkouts) == 1 else None)


def _linked(files: dict[str, Path], folder: Path) -> Path:
    folder.mkdir()
    for name, path in files.items():
        (folder / Path(name).name).symlink_to(path.resolve())
    return folder


def _require_reachable(described: Card, here: dict[str, Path], source: Path | None) -> None:
    """A lock knows no folder of this machine: what its card had on a disk only the user can name. Raises InputError."""
    missing = [one.file for one in described.weights if one.path and one.file not in here]
    if missing:
        raise InputError(
            f"{described.name}: {', '.join(missing)} was a local file and is not in the store: give it with --weights."
        )
    if described.entry.model is None and described.source.path is not None and source is None:
        raise InputError(f"{described.name}: its source was a local folder: give it with --source DIR.")


def _model_file(model: Model, here: dict[str, Path], scratch: Path) -> Path:
    """The user's model file under the name that it had: some readers write it into what they make."""
    recorded = model.inputs.get("model")
    if recorded is None:
        raise InputError(f"The lock names no model file for {model.name}: it cannot be rebuilt.")
    name = Path(recorded.origin.removeprefix("local file ")).name or model.name
    missing = [key for key in model.inputs if key not in here]
    if missing:
        blob = model.inputs[missing[0]]
        raise InputError(
            f"{model.name} was made from {blob.origin or 'a file'} (sha256 {blob.sha256}), which is not in the store: give it with "
            "--weights FILE."
        )
    link = scratch / name
    link.symlink_to(here["model"].resolve())
    if "weights" in here:
        link.with_suffix(".bin").symlink_to(here["weights"].resolve())
    return link
