"""`timm/<model>` and `torchvision/<model>[@<weights>]`: cards from the metadata of the installed packages, without a network.

Importing them takes seconds and brings torch, so a child process does it, once for each model and version; the answer is kept under
ZOO_HOME.
"""

import hashlib
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import msgspec

from registry import errors
from registry.card import Card
from registry.catalog import StrangersCard
from registry.disk import write_atomic
from registry.errors import InputError, MissingDependencyError, ZooError
from registry.home import home
from zoo.providers.answer import Answer, converted

_NAME = re.compile(r"\w[\w.-]*(@\w+)?")
_PATIENCE_S = 300
_ALL = ""
"""What is asked for in place of a model: all names."""


def name(text: str) -> str:
    """`timm/resnet18`, checked to be a name. Raises InputError."""
    package, _, model = text.partition("/")
    if not _NAME.fullmatch(model):
        raise InputError(f"`{text}` is no name of {package}'s: like {package}/resnet18.")
    return text


def card(text: str) -> Card:
    """Raises InputError for a model or weights that the package does not know, MissingDependencyError where it is not installed."""
    package, _, model = name(text).partition("/")
    return converted(_answer(package, model, text).card, StrangersCard, text)


def names(package: str) -> tuple[str, ...]:
    """All that it offers, in its own order. Raises MissingDependencyError where it is not installed."""
    return _answer(package, _ALL, f"the list of {package}'s names").names


def kept_names(package: str) -> tuple[str, ...] | None:
    """The same where it was asked for before, of the version that is installed; else None. Imports nothing."""
    try:
        answer = _kept(_place(package, _ALL, metadata.version(package)))
    except metadata.PackageNotFoundError:
        return None
    return answer.names if answer is not None else None


def _answer(package: str, model: str, what: str) -> Answer:
    """The kept answer, or the child's. Raises its error."""
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise MissingDependencyError(
            f"{what} needs the package {package}, which is not installed: pip install 'zoo[providers]'."
        ) from error
    place = _place(package, model, version)
    answer = _kept(place)
    if answer is None:
        answer = _asked(package, model)
        if answer.card or answer.names:
            write_atomic(place, msgspec.json.encode(answer))
    if answer.error:
        kind = getattr(errors, answer.kind, ZooError)
        raise kind(answer.error)
    return answer


def _place(package: str, model: str, version: str) -> Path:
    return home() / "providers" / f"{package}-{_key(package, model, version)}.json"


def _asked(package: str, model: str) -> Answer:
    """The child's answer. Its last line of output counts: the packages may print others."""
    command = [sys.executable, "-m", "zoo.providers.child", package, model]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE_S, check=False
        )
        return msgspec.json.decode((done.stdout.splitlines() or [b""])[-1], type=Answer)
    except subprocess.TimeoutExpired:
        return Answer(
            error=f"Asking {package} about {model or 'its names'} took longer than {_PATIENCE_S} s.",
            kind="ZooError",
        )
    except msgspec.DecodeError:
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
        return Answer(
            error=f"The installed {package} does not work ({said[:200]}): try `{sys.executable} -c 'import {package}'`.",
            kind="MissingDependencyError",
        )


def _kept(place: Path) -> Answer | None:
    try:
        answer = msgspec.json.decode(place.read_bytes(), type=Answer)
        if not answer.names:
            msgspec.convert(answer.card, StrangersCard)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None
    return answer


def _key(package: str, model: str, version: str) -> str:
    """Another version of the package, or of what reads its metadata, gives another card."""
    code = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join([f"{package}/{model}/{version}".encode(), *code])).hexdigest()[:32]
