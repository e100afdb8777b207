"""Names that need no card file: `timm/…`, `torchvision/…`, `hf/…`, `kaggle/…` and the URLs of models become cards in memory."""

from importlib import import_module
from typing import Protocol, cast

from registry.card import Card

_MODULES = {
    "timm": "zoo.providers.packages",
    "torchvision": "zoo.providers.packages",
    "hf": "zoo.providers.huggingface",
    "kaggle": "zoo.providers.urls",
    "https:": "zoo.providers.urls",
    "http:": "zoo.providers.urls",
}
"""What stands before the first `/` of a name → the module that knows it."""

PREFIXES = ("timm/", "torchvision/", "hf/", "kaggle/")


class Provider(Protocol):
    """What a module of this package does. Both raise InputError for a text that names none of its models."""

    def name(self, text: str) -> str:
        """The qualified name of the model that `text` names: its place below the default output folder. Nothing is asked for it."""

    def card(self, text: str) -> Card:
        """Its card. Raises MissingDependencyError without the provider's package, FetchError where a network is needed and not there."""


def of(text: str) -> Provider | None:
    """The provider that a name belongs to by its form."""
    module = _MODULES.get(text.partition("/")[0]) if "/" in text else None
    return cast(Provider, import_module(module)) if module else None
