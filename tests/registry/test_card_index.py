"""The index: as current as the files, however they change, and never in the way."""

import os
from pathlib import Path

import pytest

from registry import card_index, catalog, shelves
from registry.card import Card
from registry.errors import InputError
from registry.shelves import Shelf
from tests.registry.cards import write


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    folder = tmp_path / "cards"
    for name in ("a", "b", "sub/c"):
        age(write(folder / f"{name}.yaml"))
    return Shelf("own", folder, "own")


def age(path: Path, seconds: float = 100) -> Path:
    """As if it had been written that long ago: within one tick of a clock no change shows."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are really read."""
    names: list[str] = []
    load = catalog.load_from

    def counting(shelf: Shelf, path: Path) -> Card:
        names.append(path.name)
        return load(shelf, path)

    monkeypatch.setattr(catalog, "load_from", counting)
    return names


def test_the_shipped_index_is_that_of_the_shipped_cards() -> None:
    """Where not: python -m registry.card_index."""
    assert (shelves.shipped().folder / card_index.PACKAGED).read_bytes() == card_index.packaged_index()
    assert not [one for one in card_index.summaries(shelves.shipped()) if one.error]


def test_shipped_cards_are_listed_without_being_read(read: list[str]) -> None:
    assert len(catalog.summaries()) > 400
    assert read == []


def test_a_card_is_read_once(shelf: Shelf, read: list[str]) -> None:
    first = card_index.summaries(shelf)
    assert [one.name for one in first] == ["own/a", "own/b", "own/sub/c"]
    assert {one.provenance for one in first} == {"own"}
    assert sorted(read) == ["a.yaml", "b.yaml", "c.yaml"]
    assert card_index.summaries(shelf) == first
    assert len(read) == 3


def test_what_changes_is_read_again(shelf: Shelf, read: list[str]) -> None:
    card_index.summaries(shelf)
    read.clear()
    age(write(shelf.folder / "a.yaml", description="Something else."), 50)
    (shelf.folder / "b.yaml").unlink()
    age(write(shelf.folder / "d.yaml"))
    found = {one.name: one.description for one in card_index.summaries(shelf)}
    assert found == {"own/a": "Something else.", "own/d": "A test.", "own/sub/c": "A test."}
    assert sorted(read) == ["a.yaml", "d.yaml"]


def test_the_same_size_at_another_time_is_a_change(shelf: Shelf) -> None:
    card_index.summaries(shelf)
    age(write(shelf.folder / "a.yaml", description="A tost."), 50)
    assert card_index.summaries(shelf)[0].description == "A tost."


def test_a_change_within_the_tick_in_which_it_was_read_is_seen(shelf: Shelf) -> None:
    path = write(shelf.folder / "a.yaml", description="A tost.")
    future = path.stat().st_mtime + 3600  # the clock does not move on between reading and changing
    os.utime(path, (future, future))
    card_index.summaries(shelf)
    write(shelf.folder / "a.yaml", description="A tast.")
    os.utime(path, (future, future))
    assert card_index.summaries(shelf)[0].description == "A tast."


def test_a_changed_base_changes_its_cards(shelf: Shelf) -> None:
    base = write(shelf.folder / "_base.yaml", name="base")
    age(base)
    (shelf.folder / "e.yaml").write_text("extends: _base\nname: e\n")
    age(shelf.folder / "e.yaml")
    assert [one.name for one in card_index.summaries(shelf)] == ["own/a", "own/b", "own/e", "own/sub/c"]
    age(write(base, name="base", task="image-segmentation"), 50)
    assert card_index.summaries(shelf)[2].task == "image-segmentation"
    base.unlink()
    assert "no card" in card_index.summaries(shelf)[2].error
    age(write(base, name="base", task="image-segmentation"), 60)
    assert card_index.summaries(shelf)[2].error == ""


def test_a_wrong_card_hides_no_other(shelf: Shelf, tmp_path: Path) -> None:
    (shelf.folder / "b.yaml").write_text("schema: 1\nnome: b\n")
    found = card_index.summaries(shelf)
    assert [bool(one.error) for one in found] == [False, True, False]
    assert found[1].error.startswith("b.yaml, line 2: unknown key `nome`")
    assert str(tmp_path) not in found[1].error
    with pytest.raises(InputError, match="unknown key `nome`"):
        catalog.load_from(shelf, shelf.folder / "b.yaml")


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"reader": 3}', b"[]"])
def test_a_damaged_index_is_made_anew(shelf: Shelf, zoo_home: Path, read: list[str], damage: bytes) -> None:
    first = card_index.summaries(shelf)
    (index,) = (zoo_home / "index").iterdir()
    index.write_bytes(damage)
    read.clear()
    assert card_index.summaries(shelf) == first
    assert len(read) == 3
    assert card_index.summaries(shelf) == first
    assert len(read) == 3


def test_a_home_that_cannot_be_written_is_no_obstacle(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file" / "home"))
    assert len(card_index.summaries(shelf)) == 3


def test_what_is_no_card_by_its_name_is_passed_over(shelf: Shelf) -> None:
    for name in ("_base.yaml", ".hidden.yaml", "Upper.yaml", "notes.md", "deep/er/than/that.yaml"):
        (shelf.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shelf.folder / name).write_text("x: 1\n")
    (shelf.folder / "folder.yaml").mkdir()
    assert list(shelf.stamps()) == ["a.yaml", "b.yaml", "sub/c.yaml"]
