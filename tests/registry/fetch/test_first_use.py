"""Trust on first use: pinned at the first fetch, refused when the bytes differ."""

import json
from pathlib import Path

import pytest

from registry import first_seen
from registry.errors import FetchError, InputError
from registry.fetch import Network, first_use
from registry.first_seen import Pin
from registry.progress import silent
from registry.store import Store
from tests.registry.fetch.conftest import CONTENT, sha256
from tests.registry.loopback import Loopback, file, sends


def get(server: Loopback, network: Network | None, home: Path, pinned: Path) -> tuple[str, bool]:
    blob, first = first_use.fetch(server.url("/m.tar.gz"), "m.tar.gz", pinned, Store(home), network, silent)
    assert Store(home).path(blob.sha256).read_bytes()
    return blob.sha256, first


def test_the_first_fetch_pins_and_the_next_finds_it(
    server: Loopback, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    server.routes["/m.tar.gz"] = file(CONTENT)
    pinned = tmp_path / "pins.json"
    assert get(server, network, zoo_home, pinned) == (sha256(CONTENT), True)
    assert first_seen.read(pinned) == {server.url("/m.tar.gz"): Pin(sha256(CONTENT), len(CONTENT))}
    before = pinned.read_bytes()
    assert get(server, None, zoo_home, pinned) == (sha256(CONTENT), False)
    assert len(server.log) == 1
    assert pinned.read_bytes() == before


def test_on_another_machine_the_pinned_bytes_are_taken(
    server: Loopback, network: Network, tmp_path: Path
) -> None:
    server.routes["/m.tar.gz"] = file(CONTENT)
    get(server, network, tmp_path / "one", tmp_path / "pins.json")
    assert get(server, network, tmp_path / "two", tmp_path / "pins.json") == (sha256(CONTENT), False)


@pytest.mark.parametrize("other", [b"other bytes", CONTENT + b"more", CONTENT[:-1] + b"!"])
def test_other_bytes_are_refused_and_nothing_of_them_is_kept(
    other: bytes, server: Loopback, network: Network, tmp_path: Path
) -> None:
    server.routes["/m.tar.gz"] = file(CONTENT)
    pinned = tmp_path / "pins.json"
    get(server, network, tmp_path / "one", pinned)
    before = pinned.read_bytes()
    server.routes["/m.tar.gz"] = file(other, etag='"v2"')
    with pytest.raises(
        FetchError, match=r"m.tar.gz is not the file any more that .*pins.json pins: .* remove its pin"
    ):
        get(server, network, tmp_path / "two", pinned)
    assert pinned.read_bytes() == before
    kept = [path for path in (tmp_path / "two").rglob("*") if path.is_file() and path.parent.name != "locks"]
    assert not kept


def test_a_cut_download_goes_on(server: Loopback, network: Network, zoo_home: Path, tmp_path: Path) -> None:
    server.routes["/m.tar.gz"] = file(CONTENT, cuts=(100_000, 50_000))
    assert get(server, network, zoo_home, tmp_path / "pins.json") == (sha256(CONTENT), True)


def test_a_page_in_the_place_of_a_file_is_not_pinned(
    server: Loopback, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    server.routes["/m.tar.gz"] = sends(b"<!DOCTYPE html><title>Sign in</title>")
    with pytest.raises(FetchError, match=r"m.tar.gz could not be fetched"):
        get(server, network, zoo_home, tmp_path / "pins.json")
    assert not (tmp_path / "pins.json").exists()


def test_offline_says_what_is_missing(server: Loopback, zoo_home: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"Offline, and not here yet: m.tar.gz"):
        get(server, None, zoo_home, tmp_path / "pins.json")


def test_pins_are_sorted_and_added_to(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    for address in ("https://b", "https://a"):
        first_seen.add(path, address, Pin("0" * 64, 1))
    assert list(json.loads(path.read_text())["pins"]) == ["https://a", "https://b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"version": 1, "pins": {"https://a": {"sha256": "no", "size": 1}}}', "is no file of pins"),
        ('{"version": 1, "pi', "is no file of pins"),
        ('{"version": 9, "pins": {}}', "is of version 9"),
    ],
)
def test_damaged_pins_are_never_overwritten(
    text: str, said: str, server: Loopback, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "pins.json"
    path.write_text(text)
    server.routes["/m.tar.gz"] = file(CONTENT)
    with pytest.raises(InputError, match=said):
        get(server, network, zoo_home, path)
    assert path.read_text() == text
