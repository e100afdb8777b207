"""Source code that comes as an archive."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from registry.card import Card
from registry.errors import FetchError
from registry.fetch import Network, fetch
from tests.registry.fetch.conftest import as_card, sha256
from tests.registry.loopback import Loopback, sends


def tar(**members: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as opened:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return made.getvalue()


def card(server: Loopback, body: bytes) -> Card:
    server.routes["/code"] = sends(body)
    source = {"url": server.url("/code"), "sha256": sha256(body)}
    return as_card(source=source, entry={"module": "net", "class": "Net"})


@pytest.mark.parametrize("pack", [tar, zipped])
@pytest.mark.parametrize("top", ["", "net-1.0/"])
def test_an_archive_is_unpacked(
    pack: object, top: str, server: Loopback, network: Network, zoo_home: Path
) -> None:
    body = (tar if pack is tar else zipped)(**{f"{top}net.py": b"A = 1\n", f"{top}lib/x.py": b""})
    got = fetch(card(server, body), home=zoo_home, network=network)
    assert got.checkout is not None
    found = sorted(path.relative_to(got.checkout).as_posix() for path in got.checkout.rglob("*.py"))
    assert found == ["lib/x.py", "net.py"]


@pytest.mark.parametrize(
    "body", [tar(**{"../out.py": b"x"}), b"no archive at all" * 10], ids=["leads out", "no archive"]
)
def test_a_bad_archive_is_refused(body: bytes, server: Loopback, network: Network, zoo_home: Path) -> None:
    with pytest.raises(FetchError, match="not an archive that can be unpacked"):
        fetch(card(server, body), home=zoo_home, network=network)
    assert not (zoo_home / "sources").exists()
    assert not list(zoo_home.rglob("out.py"))
