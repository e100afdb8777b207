"""Which names need no card: what is listed of a provider, and where it shows."""

from importlib import metadata
from importlib.util import find_spec

import pytest

from registry.errors import InputError, MissingDependencyError
from tests.zoo.cli.run import zoo
from zoo.cli import completing
from zoo.providers import offers, packages
from zoo.providers.answer import Answer

NAMES = ("resnet18.a1_in1k", "resnet18.a2_in1k", "vit_tiny_patch16_224.augreg_in21k_ft_in1k")


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An installed timm of three names; what it was asked."""
    asked: list[str] = []

    def answers(package: str, model: str) -> Answer:
        asked.append(f"{package}/{model}")
        return Answer(names=NAMES)

    def version(package: str) -> str:
        if package != "timm":
            raise metadata.PackageNotFoundError(package)
        return "1.2.3"

    monkeypatch.setattr(packages, "_asked", answers)
    monkeypatch.setattr(packages.metadata, "version", version)
    monkeypatch.setattr(offers.importlib.util, "find_spec", lambda name: object() if name == "timm" else None)
    return asked


def test_names_are_asked_for_once_and_found_by_words(timm: list[str]) -> None:
    assert offers.known_names(["resnet"]) == []
    assert offers.names("timm", ["ResNet18", "a2"]) == ["timm/resnet18.a2_in1k"]
    assert offers.names("timm", []) == [f"timm/{one}" for one in NAMES]
    assert offers.known_names(["vit in1k"]) == ["timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k"]
    assert timm == ["timm/"]


def test_every_provider_is_told_with_its_state(timm: list[str]) -> None:
    before = {one.provider: one for one in offers.offers()}
    assert list(before) == ["timm", "torchvision", "hf", "kaggle", "https"]
    assert (before["timm"].state, before["timm"].names) == ("timm 1.2.3 is installed", None)
    assert before["torchvision"].state.startswith("not installed: pip install")
    offers.names("timm", [])
    assert {one.provider: one.names for one in offers.offers()}["timm"] == 3
    assert timm == ["timm/"]


def test_a_shell_is_offered_them(timm: list[str]) -> None:
    assert completing.names("timm/resn") == []
    offers.names("timm", [])
    assert completing.names("timm/resn") == [f"timm/{one}" for one in NAMES[:2]]


def test_what_cannot_be_listed_says_why(timm: list[str]) -> None:
    with pytest.raises(MissingDependencyError, match="torchvision's names needs the package torchvision"):
        offers.names("torchvision", [])
    with pytest.raises(InputError, match=r"write hf/<org>/<repository>"):
        offers.names("hf", [])
    with pytest.raises(InputError, match="no provider `tim`; there are timm, torchvision, hf, kaggle, https"):
        offers.names("tim", [])


def test_every_prefix_of_a_name_is_an_offer() -> None:
    from zoo.providers import PREFIXES

    assert {one.removesuffix("/") for one in PREFIXES} < {one.provider for one in offers.offers()}


@pytest.mark.slow
@pytest.mark.parametrize(("package", "name"), [("timm", "resnet18.a1_in1k"), ("torchvision", "resnet18")])
def test_an_installed_package_lists_its_own(package: str, name: str) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed (zoo[providers])")
    ended = zoo("registry", "providers", package, name.partition(".")[0], "--json")
    assert ended.code == 0, ended.err
    assert f"{package}/{name}" in ended.document
    assert packages.card(ended.document[0]).weights
    searched = zoo("search", name.partition(".")[0])
    assert f"{package}/" in searched.err
    assert str(len(packages.names(package))) in zoo("registry", "providers").out
