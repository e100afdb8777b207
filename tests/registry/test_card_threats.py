"""Cards that somebody made to do harm."""

from pathlib import Path

import pytest

from registry import catalog
from registry.errors import InputError

HONEST = """schema: 1
name: tiny
task: image-classification
description: a test
licenses: {code: MIT, weights: unknown}
source: {git: "https://example.org/r", commit: 0123456789abcdef0123456789abcdef01234567}
weights: [{file: w.pth, urls: ["https://example.org/w.pth"], sha256: %s}]
entry: {module: net, class: Net}
inputs: [{name: x, shape: [1, 3]}]
outputs: [{name: y}]
""" % ("0" * 64)


def test_the_honest_card_loads() -> None:
    assert catalog.parse(HONEST.encode(), "card.yaml").name == "tiny"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: tiny", "name: ../../tiny"), ("name: tiny", "name: /tmp/tiny"), ("name: tiny", 'name: "a\\e[2Jb"'),
        ("name: tiny", "name: -rf"), ("file: w.pth", 'file: "w.pth\\n"'), ("file: w.pth", 'file: "\\e[2J"'),
        ("name: tiny", "name: .."), ("name: tiny", 'name: "tiny\\n"'), ("name: tiny", f"name: {'a' * 200}"),
        ("file: w.pth", "file: ../w.pth"),
        ("file: w.pth", "file: /etc/passwd"), ("file: w.pth", "file: .."), ("file: w.pth", 'file: "a\\0b"'), ("file: w.pth", "file: a\\b"),
        ("https://example.org/w.pth", "file:///etc/passwd"), ("https://example.org/w.pth", "ftp://example.org/w"),
        ("https://example.org/w.pth", "source:/etc/passwd"), ('"https://example.org/r"', '"--upload-pack=touch x"'),
        ("class: Net", "class: !!python/object/apply:os.system [id]"), ("shape: [1, 3]", "shape: [1, -3]"),
    ],
)  # fmt: skip
def test_hostile_names_paths_and_tags_are_refused(old: str, new: str) -> None:
    assert old in HONEST
    with pytest.raises(InputError, match=r"card.yaml"):
        catalog.parse(HONEST.replace(old, new).encode(), "card.yaml")


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "a: &a {b: *a}\n",
        "[" * 5000,
        "{a: " * 5000,
        "- " * 5000,
        "? " * 500 + "a",
        "<<: &a {x: 1}\n",
        "x" * (2 << 20),
        "name: " + "9" * 100_000,
        "\ufeff" * 100 + "a: 1",
        "a: 1\n---\na: 2\n",
    ],
    ids=[
        "aliases",
        "itself",
        "lists",
        "mappings",
        "items",
        "keys",
        "merge",
        "megabytes",
        "digits",
        "marks",
        "two",
    ],
)
def test_yaml_bombs_are_refused_where_they_stand(bomb: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"card.yaml"):
        catalog.parse(bomb.encode(), "card.yaml")
