"""Files of the user's own, of a card's folder and of the package."""

from pathlib import Path

import pytest

from registry import catalog
from registry.errors import FetchError, InputError
from registry.fetch import fetch
from tests.registry.fetch.conftest import CONTENT, as_card, make_card, sha256

URL = "https://example.org/model.onnx"


def test_local_weights_in_their_place(tmp_path: Path, zoo_home: Path) -> None:
    own = tmp_path / "mine.onnx"
    own.write_bytes(CONTENT)
    got = fetch(make_card(URL), home=zoo_home, weights=own, offline=True)
    assert got.files == {"model.onnx": own}
    assert got.blobs["model.onnx"].origin == "local file mine.onnx"
    assert got.notes == (
        f"model.onnx: the local file mine.onnx was used (sha256 {sha256(CONTENT)}), the same as the card's",
    )


def test_other_weights_than_the_cards_are_noted(tmp_path: Path, zoo_home: Path) -> None:
    own = tmp_path / "mine.onnx"
    own.write_bytes(b"other")
    got = fetch(make_card(URL), home=zoo_home, weights=own)
    assert got.blobs["model.onnx"].sha256 == sha256(b"other")
    assert "it is not the card's file: it has 5 bytes, the card says 400,000" in got.notes[0]


def test_a_folder_of_weights(tmp_path: Path, zoo_home: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(CONTENT)
    assert fetch(make_card(URL), home=zoo_home, weights=tmp_path).files["model.onnx"].parent == tmp_path
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(InputError, match=r"the folder does not hold model\.onnx"):
        fetch(make_card(URL), home=zoo_home, weights=tmp_path)


def test_one_file_for_several_goes_by_its_name(tmp_path: Path, zoo_home: Path) -> None:
    (tmp_path / "b.bin").write_bytes(b"b")
    (tmp_path / "a.xml").write_bytes(b"<net/>")
    weights = [{"file": name, "path": str(tmp_path / name)} for name in ("a.xml", "b.bin")]
    card = as_card(source={"url": "https://example.org"}, entry={"model": "a.xml"}, weights=weights)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.bin").write_bytes(b"B")
    got = fetch(card, home=zoo_home, weights=tmp_path / "new" / "b.bin")
    assert got.files == {"a.xml": tmp_path / "a.xml", "b.bin": tmp_path / "new" / "b.bin"}
    (tmp_path / "new" / "b.bin").rename(tmp_path / "new" / "c.bin")
    with pytest.raises(InputError, match=r"the card has a\.xml, b\.bin; give a folder"):
        fetch(card, home=zoo_home, weights=tmp_path / "new" / "c.bin")


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "Git-LFS pointer"),
        (b"<html>", "HTML page"),
        (b"", "is empty"),
    ],
    ids=["lfs", "html", "empty"],
)
def test_what_is_no_model_is_refused(content: bytes, cause: str, tmp_path: Path, zoo_home: Path) -> None:
    own = tmp_path / "mine.onnx"
    own.write_bytes(content)
    with pytest.raises(InputError, match=cause):
        fetch(make_card(URL), home=zoo_home, weights=own)
    with pytest.raises(InputError, match="there is no such file"):
        fetch(make_card(URL), home=zoo_home, weights=tmp_path / "none.onnx")


def test_a_cards_own_file_must_be_the_promised_one(tmp_path: Path, zoo_home: Path) -> None:
    own = tmp_path / "w.onnx"
    own.write_bytes(CONTENT)
    weights = {"file": "model.onnx", "path": str(own), "sha256": sha256(CONTENT)}
    card = as_card(source={"url": "https://example.org"}, entry={"model": "model.onnx"}, weights=[weights])
    assert fetch(card, home=zoo_home, offline=True).files["model.onnx"] == own
    own.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(FetchError, match=r"not what the card names as model\.onnx: its sha256"):
        fetch(card, home=zoo_home)


def test_package_data_needs_neither_network_nor_store(zoo_home: Path) -> None:
    got = fetch(catalog.load("digits"), home=zoo_home, offline=True)
    assert got.checkout is not None
    assert (got.checkout / "digits_net.py").is_file()
    assert got.blobs["digits.pth"].origin == "package data digits/digits.pth"
    assert got.notes == ()
    assert not zoo_home.exists()


@pytest.mark.parametrize("path", ["../card.py", "digits/none"])
def test_package_data_stays_in_the_package(path: str, zoo_home: Path) -> None:
    weights = {"file": "model.onnx", "package": path}
    card = as_card(source={"url": "https://example.org"}, entry={"model": "model.onnx"}, weights=[weights])
    with pytest.raises(InputError, match=r"(The p|P)ackage"):
        fetch(card, home=zoo_home)
