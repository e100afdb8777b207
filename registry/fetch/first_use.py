"""A file without a known checksum: its bytes are pinned at the first fetch, and other bytes are refused afterwards."""

import hashlib
from pathlib import Path

from registry import first_seen
from registry.checksum import Expected, digest
from registry.errors import FetchError
from registry.fetch import https, sniff
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError, public
from registry.first_seen import Pin
from registry.progress import Progress
from registry.store import Store
from registry.types import Blob


def fetch(
    url: str, name: str, file: Path, store: Store, network: Network | None, progress: Progress
) -> tuple[Blob, bool]:
    """The blob that `url` gives, and whether it was pinned just now. `file` holds the pins; no `network` is offline.

    Raises FetchError where it cannot be had, or is not what is pinned (nothing is kept of it then); InputError for damaged pins.
    """
    pin = first_seen.read(file).get(url)
    if pin is not None:
        found = store.find(Expected(sha256=pin.sha256, size=pin.size))
        if found is not None:
            return found, False
    if network is None:
        raise FetchError(f"Offline, and not here yet: {name}; fetch it once without --offline.")
    key = f"url-{hashlib.sha256(url.encode()).hexdigest()[:32]}"
    with store.locked(key, progress):
        partial = store.partial(key)
        target = https.Target(name=name, partial=partial, identity=url)
        try:
            https.download(url, target, network, progress)
            cause = sniff.impostor_file(partial, name)
            if cause is not None:
                raise TransferError(cause)
        except TransferError as error:
            raise FetchError(f"{name} could not be fetched ({public(url)}: {error}).") from error
        blob = _pinned(url, name, partial, file, pin, progress, store)
        https.discard(partial)
    return blob, pin is None


def _pinned(
    url: str, name: str, partial: Path, file: Path, pin: Pin | None, progress: Progress, store: Store
) -> Blob:
    found = digest(partial, progress=progress)
    if pin is not None and pin.sha256 != found.sha256:
        https.discard(partial)
        raise FetchError(
            f"{name} is not the file any more that {file} pins: {public(url)} gives sha256 {found.sha256} ({found.size:,} bytes), "
            f"pinned is {pin.sha256} ({pin.size:,} bytes); remove its pin if you trust the other file."
        )
    blob = store.admit(partial, Expected(sha256=found.sha256), public(url), progress)
    if pin is None:
        first_seen.add(file, url, Pin(blob.sha256, blob.size))
    return blob
