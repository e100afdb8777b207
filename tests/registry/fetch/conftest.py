"""What the fetching tests share: a loopback server, a network that never waits, and small cards."""

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.card import Card
from registry.fetch import Network, addresses
from tests.registry.loopback import Loopback, serving

CONTENT = random.Random(7).randbytes(400_000)
PUBLIC = "127.0.0.2"
"""Stands for a public address: there is no other network in a test."""
MakeCard = Callable[..., Card]


@pytest.fixture
def waits() -> list[float]:
    """The seconds that were (not) slept."""
    return []


@pytest.fixture
def network(waits: list[float]) -> Network:
    return Network(
        sleep=waits.append, backoff=1.0, attempts=3, read_timeout=5.0, connect_timeout=2.0, private_hosts=True
    )


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server at an address that counts as public."""
    real = addresses.kind
    monkeypatch.setattr(addresses, "kind", lambda text: "public" if text == PUBLIC else real(text))
    with serving(PUBLIC) as running:
        yield running


@pytest.fixture
def stranger(network: Network) -> Network:
    return msgspec.structs.replace(network, private_hosts=False)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_card(*urls: str, content: bytes = CONTENT, **weights: Any) -> Card:
    """A card of a ready model `model.onnx` with these URLs."""
    promised = {"sha256": sha256(content), "size": len(content), **weights}
    return as_card(
        source={"url": "https://example.org/model"},
        entry={"model": "model.onnx"},
        weights=[{"file": "model.onnx", "urls": list(urls), **promised}],
    )


def as_card(**parts: Any) -> Card:
    """A card with everything that must be there."""
    given: dict[str, Any] = {
        "schema": 1,
        "name": "tiny",
        "task": "image-classification",
        "description": "a test",
        "licenses": {"code": "unknown", "weights": "unknown"},
        "inputs": [{"name": "x", "shape": [1, 3]}],
        "outputs": [{"name": "y"}],
    }
    return msgspec.convert({**given, **parts}, Card)


def store_is_empty(home: Path) -> bool:
    """Nothing has entered the store, under no name."""
    return not [
        path
        for folder in ("blobs", "files", "aliases")
        for path in (home / folder).rglob("*")
        if path.is_file()
    ]
