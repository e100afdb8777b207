"""`hf/…`: what the Hub says of a repository becomes a card, pinned before anything is fetched."""

import msgspec
import pytest

from registry import catalog
from registry.card import Card
from registry.errors import FetchError, InputError
from registry.fetch import Network, fetch
from registry.home import home
from tests.registry.loopback import Loopback
from tests.zoo.providers import hub
from zoo.providers import huggingface

MODEL = b"\x08\x08onnx" * 50


@pytest.fixture
def network(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the library's own retries
    return Network(huggingface=server.url(""), attempts=1, sleep=lambda _: None)


def test_a_repository_with_one_model(server: Loopback, network: Network) -> None:
    hub.repository(
        server,
        "org/Net-S",
        {"README.md": b"x", "onnx/model.onnx": MODEL},
        cardData={"license": "apache-2.0"},
        pipeline_tag="depth-estimation",
    )
    card = huggingface.card("hf/org/Net-S", network)
    assert (card.name, card.task, card.licenses.weights) == ("net-s", "depth-estimation", "Apache-2.0")
    (weights,) = card.weights
    assert weights.urls == (f"hf:org/Net-S@{hub.COMMIT}:onnx/model.onnx",)
    assert (weights.file, weights.size, weights.sha256) == ("model.onnx", len(MODEL), hub.sha256(MODEL))
    assert (card.entry.model, card.inputs) == ("model.onnx", ())
    assert catalog.provenance(card) == "stranger"
    got = fetch(card, home=home(), network=network)
    assert got.files["model.onnx"].read_bytes() == MODEL


def test_small_files_are_pinned_by_gits_hash(server: Loopback, network: Network) -> None:
    hub.repository(server, "org/net", {"net.tflite": MODEL}, large=False)
    card = huggingface.card("hf/org/net", network)
    assert (card.weights[0].sha256, card.weights[0].git_blob) == (None, hub.git_blob(MODEL))
    assert (card.name, card.task, card.licenses.weights) == ("net", "other", "unknown")


def test_a_revision_and_a_file(server: Loopback, network: Network) -> None:
    hub.repository(server, "org/net", {"a.onnx": MODEL, "b.onnx": MODEL + b"b"}, revision="v1.0")
    card = huggingface.card("hf/org/net@v1.0:b.onnx", network)
    assert card.weights[0].urls == (f"hf:org/net@{hub.COMMIT}:b.onnx",)
    assert (card.name, huggingface.name("hf/org/net@v1.0:b.onnx")) == ("b", "hf/org/net/b")


@pytest.mark.parametrize(
    ("files", "chosen", "expected"),
    [
        (
            ["m.onnx", "m.onnx_data", "m.onnx_data_1", "other.bin"],
            "m.onnx",
            ["m.onnx", "m.onnx_data", "m.onnx_data_1"],
        ),
        (["m.onnx", "m.onnx.data"], "m.onnx", ["m.onnx", "m.onnx.data"]),
        (["ir/m.xml", "ir/m.bin", "m.bin"], "ir/m.xml", ["m.xml", "m.bin"]),
        (["m.onnx", "x.onnx_data"], "m.onnx", ["m.onnx"]),
    ],
)
def test_what_belongs_to_a_model_comes_with_it(
    server: Loopback, network: Network, files: list[str], chosen: str, expected: list[str]
) -> None:
    hub.repository(server, "org/net", {name: name.encode() for name in files})
    card = huggingface.card(f"hf/org/net:{chosen}", network)
    assert [one.file for one in card.weights] == expected


@pytest.mark.parametrize(
    ("text", "files", "said"),
    [
        ("hf/org/net", ["a.onnx", "b.onnx"], "several model files: say which, hf/org/net:a.onnx"),
        ("hf/org/net", ["model.safetensors", "config.json"], "holds no model file that can be converted"),
        ("hf/org/net:c.onnx", ["a.onnx"], "c.onnx is not in the repository; there are a.onnx"),
        ("hf/org/net:config.json", ["config.json", "a.onnx"], "config.json is no model file"),
    ],
)
def test_what_is_not_there(
    server: Loopback, network: Network, text: str, files: list[str], said: str
) -> None:
    hub.repository(server, "org/net", dict.fromkeys(files, b"x"))
    with pytest.raises(InputError, match=said):
        huggingface.card(text, network)


def test_a_repository_of_timm_is_named_as_such(server: Loopback, network: Network) -> None:
    hub.repository(server, "timm/net.a1", {"model.safetensors": b"x"}, library_name="timm")
    with pytest.raises(InputError, match=r"say timm/net\.a1"):
        huggingface.card("hf/timm/net.a1", network)


def test_the_hubs_refusals_are_named(server: Loopback, network: Network) -> None:
    hub.missing(server, "org/none", "RepoNotFound")
    with pytest.raises(FetchError, match="the repository is not there, or it is private"):
        huggingface.card("hf/org/none", network)


def test_what_was_asked_once_answers_when_the_hub_does_not(server: Loopback, network: Network) -> None:
    hub.repository(server, "org/net", {"a.onnx": MODEL})
    first = huggingface.card("hf/org/net", network)
    asked = len(server.log)
    pinned = huggingface.card(f"hf/org/net@{hub.COMMIT}", network)
    nobody = msgspec.structs.replace(network, huggingface="http://127.0.0.1:9")
    assert huggingface.card("hf/org/net", nobody) == first
    assert huggingface.card(f"hf/org/net@{hub.COMMIT}", nobody) == pinned
    assert len(server.log) == asked + 1
    with pytest.raises(FetchError, match="the Hub does not answer"):
        huggingface.card("hf/org/another", nobody)


@pytest.mark.parametrize(
    "text",
    ["hf/", "hf/org", "hf/org/", "hf/a b/c", "hf/org/net:", "hf/org/net:../../etc/x.onnx", "hf/org/net@"],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(InputError, match="is no model of the Hugging Face Hub"):
        huggingface.name(text)


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ({"license": "mit"}, "MIT"),
        ({"license": "cc-by-nc-sa-4.0"}, "CC-BY-NC-SA-4.0"),
        ({"license": "other", "license_name": "llama 3!"}, "LicenseRef-llama-3-"),
        ({"license": "other"}, "unknown"),
        ({"license": ["mit", "gpl-3.0"]}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_licences(server: Loopback, network: Network, said: dict[str, object], licence: str) -> None:
    hub.repository(server, "org/net", {"a.onnx": MODEL}, cardData=said)
    card: Card = huggingface.card("hf/org/net", network)
    assert card.licenses.weights == licence
