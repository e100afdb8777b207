"""One file of a card from its URLs into the store: in order, every failure's reason kept for the final sentence."""

import shutil
from pathlib import Path

from registry.card import Weights
from registry.checksum import Expected
from registry.disk import storage
from registry.errors import FetchError
from registry.fetch import gdrive, https, huggingface, sniff
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError, public
from registry.progress import Progress
from registry.store import Store, WrongContentError
from registry.types import Blob


def fetch_file(
    weights: Weights,
    store: Store,
    checkout: Path | None,
    network: Network | None,
    progress: Progress,
    verify: bool = False,
    otherwise: str = "get the file yourself and give it with --weights FILE",
) -> Blob:
    """The blob of a card's file, fetched where it is not in the store. Raises FetchError naming each URL and why it failed.

    Without a `network` (offline) only the store and the `checkout` are looked into. `verify` reads the stored bytes again.
    `otherwise` is what the user can do where nothing helps.
    """
    expected = store.remembered(Expected.of(weights))
    found = store.use(expected)
    if found is not None and verify and not store.intact(found.sha256):
        found = None
    if found is not None:
        return found
    with store.locked(expected.key, progress):
        found = store.use(expected)  # another process may have fetched it while we waited
        if found is not None:
            return found
        partial = store.partial(expected.key)
        reasons: list[str] = []
        for url in weights.urls:
            target = https.Target(name=weights.file, partial=partial, identity=url, size=weights.size)
            try:
                return _from(url, target, store, expected, checkout, network, progress)
            except (TransferError, WrongContentError) as error:
                reasons.append(public(f"{url}: {error}"))
    raise FetchError(f"{weights.file} could not be fetched ({'; '.join(reasons)}): {otherwise}.")


def _from(
    url: str,
    target: https.Target,
    store: Store,
    expected: Expected,
    checkout: Path | None,
    network: Network | None,
    progress: Progress,
) -> Blob:
    resumed = target.partial.exists()
    _transfer(url, target, checkout, network, progress)
    try:
        return _admitted(target, store, expected, url, progress)
    except WrongContentError:
        if not resumed:
            raise
    _transfer(url, target, checkout, network, progress)  # the part from before may have been of another file
    return _admitted(target, store, expected, url, progress)


def _admitted(target: https.Target, store: Store, expected: Expected, url: str, progress: Progress) -> Blob:
    try:
        if not target.partial.exists():
            raise TransferError("it is empty")
        cause = sniff.impostor_file(target.partial, target.name)
        if cause is not None:
            raise TransferError(cause)
        return store.admit(target.partial, expected, public(url), progress)
    finally:
        https.discard(target.partial)


def _transfer(
    url: str, target: https.Target, checkout: Path | None, network: Network | None, progress: Progress
) -> None:
    scheme, _, rest = url.partition(":")
    if scheme == "source":
        _copy(rest, target, checkout)
    elif network is None:
        raise TransferError("not tried offline")
    elif scheme == "gdrive":
        gdrive.download(rest, target, network, progress)
    elif scheme == "hf":
        huggingface.download(rest, target, network, progress)
    else:
        https.download(url, target, network, progress)


def _copy(relative: str, target: https.Target, checkout: Path | None) -> None:
    """A file out of the source's checkout; its bytes are copied, for the checkout may be the user's own."""
    if checkout is None:
        raise TransferError("this card's source has no checkout to take it from")
    path = (checkout / relative).resolve()
    if not path.is_relative_to(checkout.resolve()) or not path.is_file():
        raise TransferError("the source has no such file")
    https.discard(target.partial)
    with storage(target.partial):
        shutil.copyfile(path, target.partial)
