"""Which revision of a publication this machine has seen last at a place: what has been seen may be replaced, nothing else.

Kept under ZOO_HOME, one small file a place; `zoo publish` and `zoo pull` write it.
"""

import hashlib
from pathlib import Path

import msgspec

from registry.disk import write_atomic
from registry.errors import ZooError
from registry.home import home

_SHOWN = 12
"""Hex digits of a revision in a sentence, and the fewest that name one."""


class ConflictError(ZooError):
    """Somebody else's revision lies where a publication should go."""

    exit_code = 3


class SendError(ZooError):
    """A publication could not be sent whole. What arrived is used by the next try."""

    exit_code = 3


class _Seen(msgspec.Struct, frozen=True):
    where: str
    revision: str


def seen(where: str) -> str:
    """The revision seen there last; empty for a place that this machine does not know."""
    try:
        return msgspec.json.decode(_file(where).read_bytes(), type=_Seen).revision
    except (OSError, msgspec.DecodeError):
        return ""


def remember(where: str, revision: str) -> None:
    """Note what lies there now. Raises StorageError."""
    write_atomic(_file(where), msgspec.json.encode(_Seen(where, revision)))


def require(where: str, there: str, replacing: str) -> None:
    """Make sure that the revision `there` was seen by this machine, or is the one that the user names (`replacing`, 12 digits or more).

    Raises ConflictError where it is another one: it may be newer than all that is known here.
    """
    named = len(replacing) >= _SHOWN and there.startswith(replacing)
    if named or (not replacing and there == seen(where)):
        return
    known = "another one was named" if replacing else "this machine has not seen it"
    raise ConflictError(
        f"{where} holds revision {short(there)}, and {known}: nothing was overwritten. Look at it (`zoo pull {where}`), then publish "
        f"again, or say --replacing {short(there)}."
    )


def short(revision: str) -> str:
    return revision[:_SHOWN]


def _file(where: str) -> Path:
    return home() / "publications" / f"{hashlib.sha256(where.encode()).hexdigest()[:32]}.json"
