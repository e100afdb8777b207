"""Files whose checksum nobody tells: what came first is what has to come again. And installed packages as sources."""

from importlib import metadata
from pathlib import Path

import pytest

from registry import catalog
from registry.errors import FetchError, InputError, MissingDependencyError
from registry.fetch import Network, fetch, installed
from registry.store import Store
from tests.registry.fetch.conftest import CONTENT, as_card, make_card, sha256
from tests.registry.loopback import Loopback, file

UNKNOWN = {"sha256": None, "size": None, "first_use": True}


def test_the_first_fetch_pins_the_file(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m.onnx"] = file(CONTENT)
    card = make_card(server.url("/m.onnx"), **UNKNOWN)
    got = fetch(card, home=zoo_home, network=network)
    assert got.blobs["model.onnx"].sha256 == sha256(CONTENT)
    asked = len(server.log)
    assert fetch(card, home=zoo_home, network=network, offline=True) == got
    assert len(server.log) == asked


def test_other_bytes_are_refused_later(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m.onnx"] = file(CONTENT)
    card = make_card(server.url("/m.onnx"), **UNKNOWN)
    got = fetch(card, home=zoo_home, network=network)
    Store(zoo_home).remove(got.blobs["model.onnx"].sha256)  # as `zoo cache prune` does
    server.routes["/m.onnx"] = file(CONTENT[::-1])
    with pytest.raises(FetchError, match=f"what came from there first had {sha256(CONTENT)}"):
        fetch(card, home=zoo_home, network=network)
    server.routes["/m.onnx"] = file(CONTENT)
    assert fetch(card, home=zoo_home, network=network) == got


def test_another_address_is_another_file(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/a.onnx"], server.routes["/b.onnx"] = file(CONTENT), file(CONTENT[::-1])
    for path, content in (("/a.onnx", CONTENT), ("/b.onnx", CONTENT[::-1])):
        got = fetch(make_card(server.url(path), **UNKNOWN), home=zoo_home, network=network)
        assert got.blobs["model.onnx"].sha256 == sha256(content)


def test_the_beginning_of_a_hash_is_checked(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m.onnx"] = file(CONTENT)
    start = sha256(CONTENT)[:8]
    wrong = make_card(server.url("/m.onnx"), sha256=None, size=None, sha256_start="0" * 8)
    with pytest.raises(FetchError, match="the card says 00000000…"):
        fetch(wrong, home=zoo_home, network=network)
    right = make_card(server.url("/m.onnx"), sha256=None, size=None, sha256_start=start)
    assert fetch(right, home=zoo_home, network=network).blobs["model.onnx"].sha256.startswith(start)


def test_a_card_without_any_promise_is_refused() -> None:
    text = """{schema: 1, name: x, task: other, description: x, licenses: {code: MIT, weights: MIT}, source: {url: "https://e.org"},
      entry: {model: m.onnx}, weights: [{file: m.onnx, urls: ["https://e.org/m.onnx"]}]}"""
    with pytest.raises(InputError, match="need a checksum"):
        catalog.parse(text.encode(), "x.yaml")


def test_a_local_file_for_unknown_weights_is_noted_as_it_is(zoo_home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(CONTENT)
    card = make_card("https://example.org/m.onnx", **UNKNOWN)
    got = fetch(card, home=zoo_home, weights=tmp_path / "mine.onnx", offline=True)
    assert "the card does not say what it should be" in got.notes[0]


def test_an_installed_package_is_a_source() -> None:
    version = metadata.version("msgspec").partition("+")[0]
    found = installed.blob(f"msgspec=={version}")
    assert found == installed.blob(f"msgspec=={version}")
    assert found.size > 1000
    assert found.origin == f"package msgspec=={version}"


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("no-such-package==1.0", "is not installed: pip install 'no-such-package==1.0'"),
        ("msgspec==0.0.1", "is about msgspec 0.0.1, installed is"),
    ],
)
def test_another_package_than_the_cards(requirement: str, said: str, zoo_home: Path) -> None:
    card = as_card(source={"python": requirement}, entry={"module": "msgspec", "class": "Struct"})
    with pytest.raises(MissingDependencyError, match=said):
        fetch(card, home=zoo_home, offline=True)
