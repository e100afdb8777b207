"""Model files that come in an archive: unpacked once, beside the store, by the archive's hash."""

from pathlib import Path

from registry.disk import storage
from registry.errors import FetchError
from registry.fetch import archive
from registry.fetch.sources import remove
from registry.fetch.transfer import TransferError
from registry.progress import Progress
from registry.store import Store
from registry.types import Blob


def unpacked(packed: Path, blob: Blob, store: Store, progress: Progress) -> Path:
    """The folder `unpacked/<sha256>` with all that the archive holds, there whole or not at all.

    Raises FetchError for what is no archive or a dangerous one, StorageError.
    """
    folder = store.home / "unpacked" / blob.sha256
    if folder.is_dir():
        return folder
    with store.locked(f"unpack-{blob.sha256}", progress):
        if folder.is_dir():
            return folder
        staged = store.partial(f"unpack-{blob.sha256}")
        with storage(staged):
            remove(staged)  # what a killed process left
            staged.mkdir()
        progress(f"unpacking {packed.name}")
        try:
            archive.unpack(packed, staged, lift=False)
            with storage(folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
                staged.rename(folder)
        except TransferError as error:
            raise FetchError(f"{packed.name} cannot be unpacked: {error}.") from error
        finally:
            remove(staged)
    return folder
