"""Trust on first use: what an address gave the first time, in a file that its user can commit. Another content is refused from then on."""

from pathlib import Path

import msgspec

from registry.card_data import Sha256
from registry.disk import write_atomic
from registry.errors import InputError

DEFAULT = Path("zoo-pins.json")


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an address gave. `size` in bytes."""

    sha256: Sha256
    size: int


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    pins: dict[str, Pin]


def read(path: Path) -> dict[str, Pin]:
    """The pins of a file by address; none where there is no file. Raises InputError for one that is damaged or of another version."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"The pins {path} cannot be read: {error.strerror}.") from error
    try:
        found = msgspec.json.decode(text, type=_File)
    except msgspec.DecodeError as error:
        raise InputError(
            f"{path} is no file of pins ({error}): bring it back from version control, or name another with --pins."
        ) from error
    if found.version != 1:
        raise InputError(
            f"{path} is of version {found.version}, which another version of this program wrote."
        )
    return found.pins


def add(path: Path, address: str, pin: Pin) -> None:
    """Adds one, the others as they are; sorted, one a few lines, so that differences are easy to read. Raises InputError, StorageError."""
    pins = read(path) | {address: pin}
    text = msgspec.json.format(msgspec.json.encode(_File(1, dict(sorted(pins.items())))), indent=2)
    write_atomic(path, text + b"\n")
