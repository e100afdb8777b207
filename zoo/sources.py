"""A card's files on this disk, and the user's agreement to run the code among them."""

from collections.abc import Callable

from registry import trust
from registry.card import Card
from registry.errors import SourceError
from registry.fetch import Fetched, Network
from registry.fetch import fetch as _fetch
from registry.home import home
from registry.progress import Progress
from zoo.request import Access

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
        network=Network(private_hosts=not access.stranger),
    )


def require_trust(card: Card, fetched: Fetched, access: Access, confirm: Confirm) -> None:
    """Makes sure that the user agreed to run this code: with `--trust`, when asked, or once before for the same commit.

    The project's own packaged code needs no agreement. Raises SourceError where there is none.
    """
    if fetched.checkout is None or (card.source.package is not None and access.source is None):
        return
    origin, commit = _identity(card, fetched, access)
    if trust.is_trusted(home(), origin, commit):
        return
    what = f"{origin} at {commit[:12]}"
    if not access.trust and not confirm(f"Converting {card.name} runs Python code of {what}. Agree?"):
        raise SourceError(
            f"Converting {card.name} runs code of {what}, and you have not agreed to that yet: look at {fetched.checkout}, "
            "then say --trust once."
        )
    trust.grant(home(), origin, commit)


def _identity(card: Card, fetched: Fetched, access: Access) -> tuple[str, str]:
    """The repository and the commit (for what has none: the hash of its files)."""
    source = card.source
    if access.source is None and source.git is not None and source.commit is not None:
        return source.git, source.commit
    if access.source is None and source.huggingface is not None and source.revision is not None:
        return f"hf:{source.huggingface}", source.revision
    place = source.url if access.source is None and source.url is not None else str(fetched.checkout)
    return place, fetched.blobs["source"].sha256
