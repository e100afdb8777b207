"""The packaged index, and how it comes out of the facts."""

import json
from pathlib import Path

import pytest

from registry import indexes
from registry.errors import InputError
from registry.importing import cards_of, write


def test_it_holds_every_folder_and_no_remains_of_a_script() -> None:
    index = indexes.load("pinto")
    assert len(index.entries) == 498
    addresses = [address for one in index.entries for address in (*one.upstream, *one.downloads)]
    assert addresses
    assert not [one for one in addresses if set(one) & set("`$ {}<>\"'") or one.endswith(("&", "id="))]


def test_words_find_entries_in_any_field() -> None:
    index = indexes.load("pinto")
    found = indexes.find(index, "monocular tpu")
    assert found
    assert all("Monocular" in str(one.category) and "TPU" in one.formats for one in found)
    assert indexes.find(index, "") == index.entries
    assert indexes.find(index, "no such thing") == ()


@pytest.mark.parametrize("address", ["pinto/001", "pinto/1", "pinto/001_deeplabv3"])
def test_an_address_leads_to_its_entry(address: str) -> None:
    found = indexes.entry(address)
    assert found is not None
    assert (found.number, found.name) == ("001", "deeplabv3")


def test_other_names_are_of_no_index() -> None:
    assert indexes.entry("u2netp") is None
    assert indexes.entry("omz/pinto") is None
    assert indexes.entry("pinto/") is None


@pytest.mark.parametrize("address", ["pinto/997", "pinto/001_other", "pinto/x"])
def test_an_entry_that_is_not_there(address: str) -> None:
    with pytest.raises(InputError, match="has no entry"):
        indexes.entry(address)
    with pytest.raises(InputError, match="There is no index `other`"):
        indexes.load("other")


def test_junk_of_scripts_is_dropped(tmp_path: Path) -> None:
    junk = [
        "https://drive.google.com/uc?export=download&`echo",
        "https://drive.google.com/uc?export=download&id=${f}",
        "https://drive.google.com/uc?export=download&id=",
    ]
    good = [
        "https://drive.google.com/uc?export=download&id=1AbC",
        "https://s3.example.org/a/resources.tar.gz",
    ]
    folder = {
        "dir": "007_net",
        "category": None,
        "formats": None,
        "licence_file": True,
        "upstream": good[1:] * 2,
        "downloads": junk + good,
    }
    facts = {"source": "PINTO0309/PINTO_model_zoo", "commit": "0" * 40, "models": [folder]}
    imported = cards_of(json.dumps(facts).encode(), "facts.json")
    (path,) = write(imported, tmp_path)
    (entry,) = json.loads(path.read_text())["entries"]
    assert (entry["number"], entry["name"], entry["formats"]) == ("007", "net", [])
    assert (entry["downloads"], entry["upstream"]) == (good, good[1:])
    assert write(imported, tmp_path) == []
