"""`zoo card save`: what has no whole checksum is asked of the Hub, or else fetched."""

from pathlib import Path

import msgspec
import pytest

from registry import catalog
from registry.card import Card
from registry.errors import FetchError
from registry.fetch import Network
from registry.progress import silent
from tests.registry.fetch.conftest import make_card
from tests.registry.loopback import Loopback
from tests.zoo.providers import hub
from zoo import freezing, naming

UNKNOWN = {"sha256": None, "size": None, "first_use": True}
MODEL = b"\x08\x08onnx" * 50


@pytest.fixture
def network(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return Network(huggingface=server.url(""), attempts=1, sleep=lambda _: None)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    """A card of a file on a branch of the Hub, as a provider gives it."""
    made = make_card("hf:org/net@main:model.onnx", **UNKNOWN)
    monkeypatch.setattr(naming, "card", lambda _: made)
    return made


def test_the_hub_tells_commit_and_hash(
    server: Loopback, network: Network, card: Card, tmp_path: Path
) -> None:
    hub.repository(server, "org/net", {"model.onnx": MODEL})
    saved = freezing.save("any", tmp_path / "net.yaml", False, silent, network)
    assert saved.pinned == {"model.onnx": hub.sha256(MODEL)}
    frozen = catalog.load_file(tmp_path / "net.yaml")
    (weights,) = frozen.weights
    assert weights.urls == (f"hf:org/net@{hub.COMMIT}:model.onnx",)
    assert (weights.sha256, weights.size, weights.first_use) == (hub.sha256(MODEL), len(MODEL), False)
    assert msgspec.structs.replace(frozen, weights=card.weights, name=card.name) == card
    assert not any("/resolve/" in path for path, _ in server.log)


def test_where_it_tells_no_sha256_the_file_is_fetched(
    server: Loopback, network: Network, card: Card, tmp_path: Path
) -> None:
    hub.repository(server, "org/net", {"model.onnx": MODEL}, large=False)
    server.routes["/org/net/resolve/main/model.onnx"] = server.routes[
        f"/org/net/resolve/{hub.COMMIT}/model.onnx"
    ]
    freezing.save("any", tmp_path / "net.yaml", False, silent, network)
    assert catalog.load_file(tmp_path / "net.yaml").weights[0].sha256 == hub.sha256(MODEL)


def test_a_hub_that_is_not_there_leaves_no_file(network: Network, card: Card, tmp_path: Path) -> None:
    nobody = msgspec.structs.replace(network, huggingface="http://127.0.0.1:9")
    with pytest.raises(FetchError, match="org/net at main: the Hub does not answer"):
        freezing.save("any", tmp_path / "net.yaml", False, silent, nobody)
    assert not (tmp_path / "net.yaml").exists()


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "1e3",
        "0123",
        "1:30",
        "null",
        "~",
        "- a",
        "a: b",
        "#x",
        "ü ²",
        "'",
        '"',
        " lead",
        "x\ny",
        "1_0",
        "2020-01-01",
        "*a",
        "&b",
        "!c",
        "%d",
        "@e",
        "`f",
        "yes",
        ".5",
        "0x1F",
        "",
    ],
)
def test_any_text_reads_back_as_it_is(text: str) -> None:
    made = msgspec.structs.replace(make_card("https://e.org/m.onnx"), description=text, task=text)
    assert catalog.parse(freezing.text(made).encode(), "x.yaml") == made
