"""What lies on this machine already: the user's own files, a card's local path, package data."""

from pathlib import Path

from registry.card import Entry, Weights
from registry.checksum import Expected, digest
from registry.errors import FetchError, InputError
from registry.fetch import sniff
from registry.fetch.sources import Checkout
from registry.fetch.tree import tree_blob
from registry.types import Blob


def packaged(relative: str) -> Path:
    """A file or folder shipped with the package; `relative` to `registry/data`. Raises InputError where it is not there."""
    from registry.samples import packaged as find  # brings numpy along

    path = find(relative)
    if not path.exists():
        raise InputError(f"The package has no data `{relative}`.")
    return path


def own_file(weights: Weights) -> tuple[Path, Blob]:
    """A card's weights at a `path` or in the package, their checksums checked. Raises FetchError."""
    if weights.package is not None:
        path, origin = packaged(weights.package), f"package data {weights.package}"
    else:
        path, origin = Path(str(weights.path)), f"local file {Path(str(weights.path)).name}"
    found = _readable(path, weights, FetchError)
    cause = Expected.of(weights).mismatch(found_digests := digest(path, Expected.of(weights)))
    if cause is not None:
        raise FetchError(f"{path} is not what the card names as {weights.file}: {cause}.")
    return found, Blob(sha256=found_digests.sha256, size=found_digests.size, origin=origin)


def chosen_files(choice: Path, wanted: tuple[Weights, ...]) -> dict[str, Path]:
    """Which of the user's files stands for which of the card's: one file for one, or a folder that holds some by name."""
    if not choice.exists():
        raise InputError(f"--weights {choice}: there is no such file.")
    if choice.is_dir():
        found = {
            weights.file: choice / weights.file for weights in wanted if (choice / weights.file).is_file()
        }
        if not found:
            listed = ", ".join(weights.file for weights in wanted) or "any file: the card has no weights"
            raise InputError(f"--weights {choice}: the folder does not hold {listed}.")
        return found
    if len(wanted) == 1:
        return {wanted[0].file: choice}
    named = [weights.file for weights in wanted if weights.file == choice.name]
    if named:
        return {named[0]: choice}
    listed = ", ".join(weights.file for weights in wanted) or "no weights"
    raise InputError(
        f"--weights {choice}: the card has {listed}; give a folder that holds them by these names."
    )


def chosen_file(path: Path, weights: Weights) -> tuple[Blob, str]:
    """What the user's file is, and a note that says so. Another content than the card's is allowed; no model at all is not."""
    _readable(path, weights, InputError)
    found = digest(path, Expected.of(weights))
    cause = Expected.of(weights).mismatch(found)
    blob = Blob(sha256=found.sha256, size=found.size, origin=f"local file {path.name}")
    note = f"{weights.file}: the local file {path.name} was used (sha256 {found.sha256})"
    if cause:
        return blob, f"{note}; it is not the card's file: {cause}"
    return blob, note + (
        ", and the card does not say what it should be" if weights.first_use else ", the same as the card's"
    )


def folder(path: Path, entry: Entry, origin: str) -> Checkout:
    """A folder of source code on this machine. Raises InputError where it is none, or the entry's module is not in it."""
    if not path.is_dir():
        raise InputError(f"The source {path} is not a folder: name a checkout of the repository.")
    if entry.module is not None:
        module = path.joinpath(*entry.module.split("."))
        if not module.is_dir() and not list(module.parent.glob(f"{module.name}.*")):
            raise InputError(
                f"The source {path} has no module {entry.module}: name the folder that a checkout begins at."
            )
    return Checkout(path.resolve(), tree_blob(path, origin))


def _readable(path: Path, weights: Weights, error: type[FetchError] | type[InputError]) -> Path:
    if not path.is_file():
        raise error(f"The file {path}, named for {weights.file}, is not there.")
    try:
        cause = sniff.impostor_file(path, path.name)
    except OSError as refused:
        raise error(f"{path} cannot be read: {refused.strerror}.") from refused
    if cause is not None:
        raise error(f"{path} is not usable as {weights.file}: {cause}.")
    return path
