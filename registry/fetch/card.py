"""A card's files and source code, brought here and checked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registry.card import Card, Source, Weights
from registry.checksum import Expected
from registry.errors import FetchError
from registry.fetch import archive, assembled, git, huggingface, installed, local, sources
from registry.fetch.network import Network
from registry.fetch.sources import Checkout
from registry.fetch.transfer import TransferError, public
from registry.fetch.unpacked import unpacked
from registry.fetch.weights import fetch_file
from registry.progress import Progress, silent
from registry.store import Store
from registry.types import Blob


@dataclass(frozen=True)
class Fetched:
    """What a card needs, on this disk.

    checkout: the folder of source code, None where the entry is a ready model or of an installed package.
    files: the card's `weights` by their `file` name → a path that can be opened (a folder for those to `unpack`).
    blobs: the same names, and `source` for the checkout → hash, size and where they came from.
    notes: one sentence for everything that is not as the card says (local files).
    """

    checkout: Path | None
    files: dict[str, Path]
    blobs: dict[str, Blob]
    notes: tuple[str, ...]


def fetch(
    card: Card,
    *,
    home: Path,
    weights: Path | None = None,
    source: Path | None = None,
    offline: bool = False,
    verify: bool = False,
    progress: Progress = silent,
    network: Network | None = None,
) -> Fetched:
    """Bring a card's weights and source code here; what is here already is not fetched again.

    `weights` (a file, or a folder that holds them by name) and `source` (a folder) are used in place of the card's own, and noted.
    `offline` never touches the network. `verify` reads all that is here already and fetches anew what is damaged (else sizes
    are trusted). Raises FetchError with every source's reason, InputError for unusable local
    files, MissingDependencyError without git, StorageError on a full disk.
    """
    network = network or Network()
    store = Store(home)
    chosen = local.chosen_files(weights, card.weights) if weights is not None else {}
    needs_source = card.entry.model is None or _inside_source(card, store, chosen)
    if offline:
        _refuse_missing(card, store, chosen, source, needs_source)
    notes: list[str] = []
    files: dict[str, Path] = {}
    blobs: dict[str, Blob] = {}
    checkout: Path | None = None
    if source is None and needs_source and card.source.python is not None:
        blobs["source"] = installed.blob(card.source.python)
    elif source is not None or needs_source:
        found = _source(card, source, store, None if offline else network, progress, verify)
        checkout, blobs["source"] = found.path, found.blob
        if source is not None:
            notes.append(f"source: the local folder {source.name} was used in place of {origin(card.source)}")
    for wanted in card.weights:
        name = wanted.file
        if name in chosen:
            files[name] = chosen[name].absolute()
            blobs[name], note = local.chosen_file(chosen[name], wanted)
            notes.append(note)
        elif wanted.urls:
            blobs[name] = fetch_file(wanted, store, checkout, None if offline else network, progress, verify)
            files[name] = store.named(blobs[name], name)
        else:
            files[name], blobs[name] = local.own_file(wanted)
        if wanted.unpack and (name not in chosen or archive.is_archive(files[name])):
            files[name] = unpacked(files[name], blobs[name], store, progress)
    return Fetched(checkout=checkout, files=files, blobs=blobs, notes=tuple(notes))


def origin(source: Source) -> str:
    """Where a card's source comes from, pinned: `<repository>@<commit>`, an archive's URL, package data or a local folder."""
    if source.git is not None:
        return f"{public(source.git)}@{source.commit}"
    if source.huggingface is not None:
        return f"hf:{source.huggingface}@{source.revision}"
    if source.files is not None:
        return f"{len(source.files)} files@{assembled.identity(source.files)}"
    if source.url is not None:
        return f"{public(source.url)}@{source.sha256}"
    if source.python is not None:
        return f"package {source.python}"
    return (
        f"package data {source.package}"
        if source.package is not None
        else f"local folder {Path(str(source.path)).name}"
    )


def _source(
    card: Card, chosen: Path | None, store: Store, network: Network | None, progress: Progress, verify: bool
) -> Checkout:
    source = card.source
    if chosen is not None:
        return local.folder(chosen, card.entry, f"local folder {chosen.name}")
    if source.package is not None:
        return local.folder(local.packaged(source.package), card.entry, origin(source))
    if source.path is not None:
        return local.folder(Path(source.path), card.entry, origin(source))
    pinned = origin(source)
    found = sources.kept(store, pinned, verify)
    if found is not None:
        return found
    if network is None:
        raise FetchError(
            f"Offline, and the source {pinned} was damaged on the disk: fetch it again without --offline."
        )
    try:
        return sources.keep(store, pinned, _filler(source, store, network, progress), progress)
    except TransferError as error:
        raise FetchError(
            f"The source {pinned} could not be fetched ({error}): get it yourself and give it with --source DIR."
        ) from error


def _filler(source: Source, store: Store, network: Network, progress: Progress) -> Callable[[Path], None]:
    """How an empty folder becomes this source."""
    if source.git is not None:
        url, commit = source.git, str(source.commit)
        return lambda into: git.checkout(url, commit, into, network, progress)
    if source.huggingface is not None:
        repository, revision = source.huggingface, str(source.revision)
        return lambda into: huggingface.snapshot(repository, revision, into, network)
    if source.files is not None:
        parts = source.files
        return lambda into: assembled.fill(parts, into, store, network, progress)
    packed = Weights(file="source archive", urls=(str(source.url),), sha256=source.sha256)
    return lambda into: archive.unpack(
        store.path(fetch_file(packed, store, None, network, progress).sha256), into
    )


def _inside_source(card: Card, store: Store, chosen: dict[str, Path]) -> bool:
    """Is a file wanted that is not here, and can come from within the source's checkout first of all?"""
    wanted = (weights for weights in card.weights if weights.file not in chosen and weights.urls)
    return any(
        weights.urls[0].startswith("source:") and store.find(Expected.of(weights)) is None
        for weights in wanted
    )


def _refuse_missing(
    card: Card, store: Store, chosen: dict[str, Path], source: Path | None, needs_source: bool
) -> None:
    """Name all that would have to be fetched."""
    here = source or (found.path if (found := sources.kept(store, origin(card.source))) else None)
    own = any(part is not None for part in (card.source.path, card.source.package, card.source.python))
    missing = []
    if needs_source and here is None and not own:
        missing.append(f"the source {origin(card.source)} (or give --source DIR)")
    for wanted in card.weights:
        if wanted.file in chosen or not wanted.urls or store.find(Expected.of(wanted)) is not None:
            continue
        inside = [url.removeprefix("source:") for url in wanted.urls if url.startswith("source:")]
        if here is not None and any((here / relative).is_file() for relative in inside):
            continue
        missing.append(f"{wanted.file} (or give --weights FILE)")
    if missing:
        raise FetchError(
            f"Offline, and not here yet: {', '.join(missing)}; run `zoo fetch {card.name}` once without --offline."
        )
