"""Models in an archive, models in two files, code as single files."""

from pathlib import Path
from typing import Any

import pytest

from registry.card import Card
from registry.errors import FetchError, InputError
from registry.fetch import Network, fetch, origin
from tests.registry.fetch.conftest import as_card, sha256
from tests.registry.fetch.test_archive import tar, zipped
from tests.registry.loopback import Loopback, sends
from zoo import model_files

MEMBERS = {"net_2018/frozen.pb": b"\x0agraph", "net_2018/readme.txt": b"read me"}


def packed(server: Loopback, body: bytes, model: str = "net_2018/frozen.pb") -> Card:
    server.routes["/net.tar.gz"] = sends(body)
    promised = {"sha256": sha256(body), "size": len(body), "unpack": True}
    return as_card(
        source={"url": "https://example.org"},
        entry={"model": model},
        weights=[{"file": "net.tar.gz", "urls": [server.url("/net.tar.gz")], **promised}],
        inputs=[],
        outputs=[],
    )


@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_model_inside_of_an_archive(pack: Any, server: Loopback, network: Network, zoo_home: Path) -> None:
    card = packed(server, pack(**MEMBERS))
    for _ in range(2):  # the second time all is here
        got = fetch(card, home=zoo_home, network=network)
        assert model_files.ready(card, got, zoo_home / "links").read_bytes() == b"\x0agraph"
    assert len(server.log) == 1


def test_a_model_that_is_not_in_the_archive(server: Loopback, network: Network, zoo_home: Path) -> None:
    card = packed(server, tar(**MEMBERS), model="frozen.pb")
    got = fetch(card, home=zoo_home, network=network)
    with pytest.raises(
        InputError, match=r"not in net.tar.gz: there are net_2018/frozen.pb, net_2018/readme.txt"
    ):
        model_files.ready(card, got, zoo_home / "links")


@pytest.mark.parametrize(
    "body", [tar(**{"../out.pb": b"x"}), b"no archive" * 99], ids=["leads out", "no archive"]
)
def test_a_bad_archive_is_refused_and_leaves_nothing(
    body: bytes, server: Loopback, network: Network, zoo_home: Path
) -> None:
    with pytest.raises(FetchError, match=r"net.tar.gz cannot be unpacked"):
        fetch(packed(server, body), home=zoo_home, network=network)
    assert not list(zoo_home.rglob("out.pb"))
    assert not (zoo_home / "unpacked").exists()


def test_a_users_own_file_in_the_place_of_the_archive(
    server: Loopback, network: Network, zoo_home: Path, tmp_path: Path
) -> None:
    card = packed(server, tar(**MEMBERS))
    own = tmp_path / "mine.pb"
    own.write_bytes(b"\x0amine")
    got = fetch(card, home=zoo_home, weights=own, network=network)
    assert model_files.ready(card, got, zoo_home / "links").read_bytes() == b"\x0amine"
    assert not server.log


def test_two_files_of_a_model_lie_beside_each_other(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    parts = {"net.xml": b"<net/>", "net.bin": b"1234"}
    for name, content in parts.items():
        server.routes[f"/{name}"] = sends(content)
    weights = [
        {"file": name, "urls": [server.url(f"/{name}")], "sha256": sha256(content)}
        for name, content in parts.items()
    ]
    card = as_card(
        source={"url": "https://example.org"},
        entry={"model": "net.xml"},
        weights=weights,
        inputs=[],
        outputs=[],
    )
    model = model_files.ready(card, fetch(card, home=zoo_home, network=network), zoo_home / "links")
    assert (model.read_bytes(), model.with_suffix(".bin").read_bytes()) == (b"<net/>", b"1234")


def test_single_files_make_up_a_checkout(server: Loopback, network: Network, zoo_home: Path) -> None:
    content = b"class Net: ...\n"
    server.routes["/raw/net.py"] = sends(content)
    files = [
        {"file": "model/__init__.py", "urls": [server.url("/gone")], "size": 0, "sha256": sha256(b"")},
        {
            "file": "model/net.py",
            "urls": [server.url("/gone"), server.url("/raw/net.py")],
            "sha256": sha256(content),
        },
    ]
    card = as_card(source={"files": files}, entry={"module": "model.net", "class": "Net"})
    got = fetch(card, home=zoo_home, network=network)
    assert got.checkout is not None
    assert (got.checkout / "model" / "net.py").read_bytes() == content
    assert (got.checkout / "model" / "__init__.py").read_bytes() == b""
    assert fetch(card, home=zoo_home, offline=True).checkout == got.checkout
    assert origin(card.source).startswith("2 files@")


def test_a_file_of_the_code_that_is_another_is_refused(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/net.py"] = sends(b"import os\n")
    files = [{"file": "net.py", "urls": [server.url("/net.py")], "sha256": sha256(b"class Net: ...\n")}]
    with pytest.raises(FetchError, match=r"net.py could not be fetched .* its sha256 is .*--source DIR"):
        fetch(
            as_card(source={"files": files}, entry={"module": "net", "class": "Net"}),
            home=zoo_home,
            network=network,
        )
    assert not (zoo_home / "sources").exists()


@pytest.mark.parametrize("file", ["/etc/x.py", "../x.py", "a/../../x.py", "a//x.py", "a\\x.py", "."])
def test_code_stays_in_its_folder(file: str) -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        as_card(
            source={"files": [{"file": file, "urls": ["https://example.org/x"], "sha256": "0" * 64}]},
            entry={"module": "net", "class": "Net"},
        )
