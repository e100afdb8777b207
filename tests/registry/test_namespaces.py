"""Names of cards: qualified, bare, ambiguous, wrong."""

from pathlib import Path

import pytest

from registry import catalog
from registry.errors import InputError
from registry.fetch import registries
from registry.shelves import Shelf
from tests.registry.cards import write


@pytest.fixture
def two(tmp_path: Path) -> None:
    """Two registries, with `both` in each and `only` in one."""
    for name in ("one", "two"):
        write(tmp_path / name / "both.yaml", description=name)
    write(tmp_path / "two" / "only.yaml")
    for name in ("one", "two"):
        registries.add(str(tmp_path / name))


def test_shipped_namespaces() -> None:
    assert catalog.load("omz/face-detection-0200").name == "face-detection-0200"
    assert catalog.load("face-detection-0200") == catalog.load("omz/face-detection-0200")
    assert catalog.qualified("face-detection-0200") == "omz/face-detection-0200"
    assert catalog.qualified("u2netp") == "u2netp"
    assert catalog.provenance("omz/face-detection-0200") == "shipped"


@pytest.mark.usefixtures("two")
def test_a_bare_name_works_where_only_one_card_has_it() -> None:
    assert catalog.load("only") == catalog.load("two/only")
    assert catalog.load("one/both").description == "one"
    with pytest.raises(
        InputError, match="Several cards are named `both`: say which, `one/both` or `two/both`"
    ):
        catalog.load("both")


@pytest.mark.usefixtures("two")
def test_a_shipped_name_stays_what_it_is(tmp_path: Path) -> None:
    write(tmp_path / "one" / "u2netp.yaml", description="another")
    assert catalog.load("u2netp").entry.cls == "U2NETP"
    assert catalog.load("one/u2netp").description == "another"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("omz/face-detection-02000", "`omz/face-detection-0200`"),
        ("face-detection-02000", "`omz/face-detection-0200"),
        ("nowhere/digits", "There is no card named `nowhere/digits`"),
        ("omz/../digits", "There is no card"),
        ("/etc/passwd", "There is no card"),
        ("omz/", "There is no card"),
        ("", "There is no card"),
        ("omz", "There is no card"),
        ("a\0b", "There is no card"),
    ],
)
def test_unknown_names(name: str, said: str) -> None:
    with pytest.raises(InputError, match=r"There is no card") as caught:
        catalog.load(name)
    assert said in str(caught.value)


def test_a_card_is_named_like_its_file(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", name="b")
    with pytest.raises(InputError, match="the card's name is `b`, and its file's is not"):
        catalog.load_from(Shelf("x", tmp_path, "own"), tmp_path / "a.yaml")


def test_a_strangers_card_is_no_link_to_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "a.yaml").symlink_to(write(tmp_path / "a.yaml"))
    catalog.load_from(Shelf("x", tmp_path / "shelf", "own"), tmp_path / "shelf" / "a.yaml")
    with pytest.raises(InputError, match="leads out of the registry"):
        catalog.load_from(Shelf("x", tmp_path / "shelf", "stranger"), tmp_path / "shelf" / "a.yaml")


def test_who_wrote_a_card(tmp_path: Path) -> None:
    assert catalog.provenance(catalog.load_file(write(tmp_path / "mine.yaml"))) == "own"
    stranger = Shelf("x", tmp_path, "stranger")
    assert catalog.provenance(catalog.load_from(stranger, tmp_path / "mine.yaml")) == "stranger"
