"""What the providers are, and the names that are known of them without a network."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from registry.errors import InputError
from zoo.providers import packages

PACKAGES = ("timm", "torchvision")
"""Providers that are Python packages: an installed one knows all of its names."""


@dataclass(frozen=True)
class Offer:
    """One provider. `names`: how many are known here, None where nobody has asked for them yet or they cannot be listed."""

    provider: str
    form: str
    gives: str
    state: str
    names: int | None = None


_OTHERS = (
    Offer(
        "hf",
        "hf/<org>/<repository>[@<revision>][:<file>]",
        "a model file in a repository of huggingface.co",
        "asks the Hub; names are searched there",
    ),
    Offer(
        "kaggle",
        "kaggle/<owner>/<model>/<framework>/<variation>/<version>",
        "a TensorFlow model of kaggle.com",
        "asks Kaggle; names are searched there",
    ),
    Offer("https", "https://<address>", "a model file, or an archive with one", "asks the address"),
)


def offers() -> list[Offer]:
    """Every provider. Nothing is imported and nothing asked."""
    found = []
    for name in PACKAGES:
        known = packages.kept_names(name)
        state = "not installed: pip install 'zoo[providers]'"
        if importlib.util.find_spec(name) is not None:
            state = f"{name} {metadata.version(name)} is installed"
        form = f"{name}/<model>" + ("[.<weights>]" if name == "timm" else "[@<weights>]")
        gives = "a pretrained PyTorch model of the package"
        found.append(Offer(name, form, gives, state, len(known) if known is not None else None))
    return [*found, *_OTHERS]


def names(provider: str, words: Sequence[str]) -> list[str]:
    """The provider's names that hold every word, as they are written: `timm/resnet18.a1_in1k`.

    Raises InputError for a provider that is none, or whose names cannot be listed, MissingDependencyError where its package is missing.
    """
    if provider not in PACKAGES:
        forms = {one.provider: one for one in _OTHERS}
        if provider in forms:
            raise InputError(
                f"the names of `{provider}` are not known without a network: write {forms[provider].form}"
            )
        raise InputError(f"there is no provider `{provider}`; there are {', '.join((*PACKAGES, *forms))}")
    return [f"{provider}/{one}" for one in _with(packages.names(provider), words)]


def known_names(words: Sequence[str]) -> list[str]:
    """Of the providers whose names were listed before: those with every word. Nothing is imported and nothing asked."""
    found = []
    for provider in PACKAGES:
        found += [f"{provider}/{one}" for one in _with(packages.kept_names(provider) or (), words)]
    return found


def _with(every: Sequence[str], words: Sequence[str]) -> list[str]:
    asked = [word.lower() for text in words for word in text.split()]
    return [one for one in every if all(word in one.lower() for word in asked)]
