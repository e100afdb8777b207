"""The Hugging Face Hub's protocol, spoken by a loopback server."""

from pathlib import Path

import msgspec
import pytest

from registry.errors import FetchError
from registry.fetch import Network, fetch
from registry.fetch.huggingface import split
from tests.registry.fetch.conftest import CONTENT, as_card, make_card, sha256, store_is_empty
from tests.registry.loopback import Loopback, Request, Route, sends

COMMIT = "c" * 40
HF = f"hf:org/repo@{COMMIT}:onnx/model.onnx"
FILE = f"/org/repo/resolve/{COMMIT}/onnx/model.onnx"


@pytest.fixture
def hub(server: Loopback, network: Network, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    return msgspec.structs.replace(network, huggingface=server.url(""))


def serves(content: bytes) -> Route:
    """A file as the Hub serves it."""

    def route(request: Request) -> None:
        headers = {"ETag": f'"{sha256(content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        request.reply(200, content, headers)

    return route


def error(code: str, status: int) -> Route:
    return sends(b"", {"X-Error-Code": code, "X-Repo-Commit": COMMIT}, status)


def test_addresses() -> None:
    assert split("org/repo@v1.0:onnx/model.onnx") == ("org/repo", "v1.0", "onnx/model.onnx")


def test_a_file_of_the_hub_lands_in_the_store(server: Loopback, hub: Network, zoo_home: Path) -> None:
    server.routes[FILE] = serves(CONTENT)
    got = fetch(make_card(HF), home=zoo_home, network=hub)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert got.blobs["model.onnx"].origin == HF
    assert not list((zoo_home / "partial").iterdir())


def test_a_pointer_or_another_file_is_refused(server: Loopback, hub: Network, zoo_home: Path) -> None:
    server.routes[FILE] = serves(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(FetchError, match="Git-LFS pointer"):
        fetch(make_card(HF), home=zoo_home, network=hub)
    server.routes[FILE] = serves(bytes(len(CONTENT)))
    with pytest.raises(FetchError, match="its sha256 is"):
        fetch(make_card(HF), home=zoo_home, network=hub)
    assert store_is_empty(zoo_home)


@pytest.mark.parametrize(
    ("route", "cause"),
    [
        (error("RepoNotFound", 404), "the repository is not there, or it is private"),
        (error("RevisionNotFound", 404), "that revision is not there"),
        (error("EntryNotFound", 404), "that file is not in the repository"),
        (error("GatedRepo", 403), "the repository is gated"),
    ],
    ids=["repository", "revision", "file", "gated"],
)
def test_its_errors_are_named(
    route: Route, cause: str, server: Loopback, hub: Network, zoo_home: Path
) -> None:
    server.routes[FILE] = route
    with pytest.raises(FetchError, match=cause):
        fetch(make_card(HF), home=zoo_home, network=hub)


def test_nobody_there(network: Network, zoo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the library's own retries
    nobody = msgspec.structs.replace(network, huggingface="http://127.0.0.1:9")
    with pytest.raises(FetchError, match="the Hub does not answer"):
        fetch(make_card(HF), home=zoo_home, network=nobody)


def test_code_of_a_repository_as_the_source(server: Loopback, hub: Network, zoo_home: Path) -> None:
    siblings = [{"rfilename": "net.py"}, {"rfilename": "weights.bin"}]
    tree = [{"type": "file", "path": name["rfilename"], "oid": "0" * 40, "size": 10} for name in siblings]
    info = {
        "id": "org/repo",
        "sha": COMMIT,
        "siblings": siblings,
        "private": False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
    }
    json_ = {"Content-Type": "application/json"}
    for path in (f"/api/models/org/repo/revision/{COMMIT}", "/api/models/org/repo"):
        server.routes[path] = sends(msgspec.json.encode(info), json_)
    server.routes[f"/api/models/org/repo/tree/{COMMIT}"] = sends(msgspec.json.encode(tree), json_)
    server.routes[f"/org/repo/resolve/{COMMIT}/net.py"] = serves(b"class Net:\n    pass\n")
    card = as_card(
        source={"huggingface": "org/repo", "revision": COMMIT}, entry={"module": "net", "class": "Net"}
    )
    got = fetch(card, home=zoo_home, network=hub)
    assert got.checkout is not None
    assert [path.name for path in got.checkout.iterdir()] == ["net.py"]
    assert got.blobs["source"].origin == f"hf:org/repo@{COMMIT}"
    again = fetch(card, home=zoo_home, network=hub, offline=True)
    assert again == got
