"""A card's files on this disk, and the user's agreement to run the code among them."""

import re
from collections.abc import Callable

from registry import catalog, trust
from registry.card import Card
from registry.errors import SourceError
from registry.fetch import Fetched, Network
from registry.fetch import fetch as _fetch
from registry.home import home
from registry.progress import Progress
from zoo.request import Access

BUILDERS = {("timm", "create_model"): "timm", ("torchvision.models", "get_model"): "torchvision"}
"""Module and function that build one of a package's own models by its name → the package."""
_MODEL_NAME = re.compile(r"\w[\w.]*")

Confirm = Callable[[str], bool]
"""Asks the user a yes/no question; False where nobody can answer."""


def fetch(card: Card, access: Access, progress: Progress) -> Fetched:
    """The card's code and weights, or the user's own in their place. Raises FetchError, InputError and StorageError."""
    return _fetch(
        card,
        home=home(),
        weights=access.weights,
        source=access.source,
        offline=access.offline,
        progress=progress,
        network=network(card),
    )


def network(card: Card) -> Network:
    """How the network is used for a card: a stranger's leads to no private network, one of the user's own may (docs/threats.md)."""
    return Network(private_hosts=catalog.provenance(card) != "stranger")


def require_usable(card: Card, access: Access) -> None:
    """Raises SourceError where the card itself says that its files are not enough, and the user gives none of his own."""
    if card.entry.needs is not None and access.source is None and access.weights is None:
        raise SourceError(
            f"{card.name} cannot be used as it is fetched: {card.entry.needs}. "
            "Give what you made of it with --source DIR or --weights FILE."
        )


def require_trust(card: Card, fetched: Fetched, access: Access, confirm: Confirm) -> None:
    """Makes sure that the user agreed to run this code: with `--trust`, when asked, or once before for the same commit.

    The project's own packaged code needs no agreement, nor does what an installed package builds by a model's name.
    Raises SourceError where there is none.
    """
    own = access.source is None and card.source.package is not None
    if "source" not in fetched.blobs or own or (access.source is None and _builds_by_name(card)):
        return
    origin, commit = _identity(card, fetched, access)
    if trust.is_trusted(home(), origin, commit):
        return
    what = f"{origin} at {commit[:12]}"
    if not access.trust and not confirm(f"Converting {card.name} runs Python code of {what}. Agree?"):
        raise SourceError(
            f"Converting {card.name} runs code of {what}, and you have not agreed to that yet: look at {fetched.checkout or 'it'}, "
            "then say --trust once."
        )
    trust.grant(home(), origin, commit)


def _builds_by_name(card: Card) -> bool:
    """Does the entry no more than ask an installed package of models, by its own function for that, for one of its models?

    Any other function of an installed package could do anything with what a card gives it.
    """
    entry = card.entry
    return (
        card.source.python is not None
        and BUILDERS.get((entry.module or "", entry.cls or "")) == card.source.python.partition("==")[0]
        and not entry.setup
        and len(entry.args) == 1
        and isinstance(entry.args[0], str)
        and _MODEL_NAME.fullmatch(entry.args[0]) is not None
        and all(isinstance(value, bool | int | float | None) for value in entry.parameters.values())
    )


def _identity(card: Card, fetched: Fetched, access: Access) -> tuple[str, str]:
    """The repository and the commit (for what has none: the hash of its files)."""
    source = card.source
    if access.source is None and source.git is not None and source.commit is not None:
        return source.git, source.commit
    if access.source is None and source.huggingface is not None and source.revision is not None:
        return f"hf:{source.huggingface}", source.revision
    if access.source is None and source.python is not None:
        return f"package {source.python.partition('==')[0]}", source.python.partition("==")[2]
    place = source.url if access.source is None and source.url is not None else str(fetched.checkout)
    return place, fetched.blobs["source"].sha256
