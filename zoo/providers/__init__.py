"""Names that need no card file: `timm/…`, `torchvision/…`, `hf/…`, `kaggle/…` and the URLs of models become cards in memory."""

from typing import Protocol

from registry.card import Card

PREFIXES = ("timm/", "torchvision/", "hf/", "kaggle/")


class Provider(Protocol):
    """What a module of this package does. Both raise InputError for a text that names none of its models."""

    def name(self, text: str) -> str:
        """The qualified name of the model that `text` names: its place below the default output folder."""

    def card(self, text: str) -> Card:
        """Its card. Raises MissingDependencyError without the provider's package, FetchError where a network is needed and not there."""


def of(text: str) -> Provider | None:
    """The provider that a name belongs to by its form."""
    return None
