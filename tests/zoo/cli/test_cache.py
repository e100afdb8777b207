"""`zoo cache` as a user runs it."""

import hashlib
import json
from pathlib import Path

from registry.checksum import Expected
from registry.store import Store
from tests.zoo import cards
from tests.zoo.cli.run import modules_after, zoo

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def fetched(home: Path) -> Store:
    store = Store(home)
    staged = store.partial("staged")
    staged.write_bytes(CONTENT)
    store.admit(staged, Expected(sha256=SHA256), "https://example.org/w")
    return store


def card(folder: Path) -> Path:
    weights = [{"file": "w.onnx", "urls": ["https://example.org/w"], "sha256": SHA256}]
    source = {"url": "https://example.org"}
    return cards.write(folder / "mine.yaml", weights=weights, entry={"model": "w.onnx"}, source=source)


def test_an_empty_home_is_shown() -> None:
    ended = zoo("cache", "show", "--json")
    assert (ended.code, ended.document["size"]) == (0, 0)
    assert zoo("cache", "list", "--json").document == []
    assert zoo("cache", "prune", "--json").document["removed"] == []
    assert zoo("cache", "verify").code == 0


def test_show_and_list_say_what_is_there(zoo_home: Path) -> None:
    fetched(zoo_home)
    shown = zoo("cache", "show")
    assert str(zoo_home) in shown.out
    (entry,) = zoo("cache", "list", "--json").document
    assert (entry["kind"], entry["key"], entry["origin"]) == ("blob", SHA256, "https://example.org/w")
    assert zoo("cache", "list", "--kind", "export", "--json").document == []
    assert "there are blob, checkout" in zoo("cache", "list", "--kind", "junk").failed(2)


def test_list_names_the_cards_of_the_catalogue(zoo_home: Path) -> None:
    wanted = next(one for one in zoo("info", "u2netp", "--json").document["weights"])
    path = zoo_home / "blobs" / wanted["sha256"][:2] / wanted["sha256"]
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    path.with_name(f"{path.name}.json").write_text(json.dumps({"sha256": wanted["sha256"], "size": 1}))
    (entry,) = zoo("cache", "list", "--json").document
    assert entry["used_by"] == ["u2netp"]


def test_pin_by_card_prune_unpin(zoo_home: Path, tmp_path: Path) -> None:
    store = fetched(zoo_home)
    mine = card(tmp_path)
    assert zoo("cache", "pin", mine, "--json").document["keys"][0] == f"sha256-{SHA256}"
    kept = zoo("cache", "prune", "--max-size", "1B", "--json")
    assert kept.code == 1
    assert [one["reason"] for one in kept.document["kept"]] == ["pinned"]
    assert store.find(Expected(sha256=SHA256)) is not None
    assert zoo("cache", "unpin", mine).code == 0
    assert "is not pinned" in zoo("cache", "unpin", "mine").failed(2)
    gone = zoo("cache", "prune", "--max-size", "1B")
    assert gone.code == 0
    assert "removed" in gone.out
    assert store.find(Expected(sha256=SHA256)) is None


def test_a_damaged_blob_is_said_and_the_exit_code_says_it(zoo_home: Path) -> None:
    store = fetched(zoo_home)
    store.path(SHA256).chmod(0o644)
    store.path(SHA256).write_bytes(b"WEIGHTS")
    ended = zoo("cache", "verify")
    assert ended.code == 1
    assert "1 damaged" in ended.out
    assert "fetch it again" in ended.out
    assert zoo("cache", "verify").code == 0


def test_bad_usage_is_one_sentence(zoo_home: Path) -> None:
    assert "--older-than soon" in zoo("cache", "prune", "--older-than", "soon").failed(2)
    assert "--max-size much" in zoo("cache", "prune", "--max-size", "much").failed(2)
    assert "There is no card named" in zoo("cache", "pin", "no-such-card").failed(2)
    assert "keeps nothing" in zoo("cache", "pin", "digits").failed(2)


def test_help_imports_nothing_heavy() -> None:
    _, modules = modules_after("cache", "--help")
    assert modules & {"torch", "tensorflow", "openvino", "numpy", "requests", "filelock"} == set()
