"""Cards that extend others: what is merged, where errors are said to stand, what is refused."""

from pathlib import Path

import pytest

from registry import catalog
from registry.card_reading import DEEPEST, Reader
from registry.errors import InputError

BASE = """\
schema: 1
task: image-classification
description: of the family
licenses: {code: MIT, weights: unknown}
source: {path: code}
entry: {module: net, class: Net, parameters: {width: 1.0, depth: 3}}
inputs:
  - {name: image, shape: [1, 3, 8, 8]}
outputs:
  - {name: logits}
"""


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_keys_are_merged_at_any_depth_and_lists_are_replaced(tmp_path: Path) -> None:
    write(
        tmp_path,
        _base=BASE,
        wide="extends: _base\nname: wide\nlicenses: {weights: Apache-2.0}\nentry: {parameters: {width: 2.0}}\n"
        "inputs:\n  - {name: x, shape: [1, 3, 16, 16]}\n",
    )
    card = catalog.load_file(tmp_path / "wide.yaml")
    assert (card.licenses.code, card.licenses.weights) == ("MIT", "Apache-2.0")
    assert card.entry.parameters == {"width": 2.0, "depth": 3}
    assert [one.name for one in card.inputs] == ["x"]
    assert card.description == "of the family"


def test_null_takes_a_key_of_the_base_away(tmp_path: Path) -> None:
    url = "https://example.org/page"
    write(
        tmp_path,
        _base=BASE,
        ready=f"extends: _base\nname: ready\nsource: {{path: null, url: '{url}'}}\nentry: {{module: null, class: null, model: m.onnx}}\n"
        f"weights: [{{file: m.onnx, urls: ['{url}'], sha256: {'0' * 64}}}]\n",
    )
    card = catalog.load_file(tmp_path / "ready.yaml")
    assert (card.source.url, card.source.path, card.entry.model) == (url, None, "m.onnx")


def test_bases_have_bases_and_may_lie_in_another_folder(tmp_path: Path) -> None:
    write(
        tmp_path / "family", _base=BASE, middle="extends: _base\nname: middle\ndescription: the middle one\n"
    )
    write(tmp_path / "mine", leaf="extends: ../family/middle.yaml\nname: leaf\n")
    card = catalog.load_file(tmp_path / "mine" / "leaf.yaml")
    assert (card.name, card.description) == ("leaf", "the middle one")
    assert card.source.path == str(tmp_path / "family" / "code"), "a base's path starts at the base's folder"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a": "extends: _base\nname: a\ntaks: x\n"}, "a.yaml, line 3: unknown key `taks`"),
        ({"_base": BASE.replace("class: Net", "clas: Net"), "a": "extends: _base\nname: a\n"}, "_base.yaml, line 6: unknown key `clas`"),
        ({"a": "extends: _base\n"}, "a.yaml, line 1: the key `name` is missing"),
        ({"a": "extends: nobody\nname: a\n"}, "a.yaml, line 1: there is no card"),
        ({"a": "extends: a\nname: a\n"}, "a.yaml, line 1: the cards extend each other in a circle (a.yaml ► a.yaml)"),
        ({"a": "name: a\nextends: b\n", "b": "extends: a\nname: b\n"}, "b.yaml, line 1: the cards extend each other in a circle (a.yaml ►"),
        ({"a": "extends: [b]\nname: a\n"}, "a.yaml, line 1: `extends` is the name of a card"),
        ({"a": "extends: _base\nname: a\n", "_base": "- 1\n"}, "_base.yaml, line 1: a card is a mapping"),
    ],
)  # fmt: skip
def test_errors_stand_where_they_are(files: dict[str, str], said: str, tmp_path: Path) -> None:
    write(tmp_path, **{"_base": BASE, **files})
    with pytest.raises(InputError) as caught:
        catalog.load_file(tmp_path / "a.yaml")
    assert said in str(caught.value), str(caught.value)


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    write(tmp_path, c0=BASE + "name: c0\n")
    write(tmp_path, **{f"c{n}": f"extends: c{n - 1}\nname: c{n}\n" for n in range(1, DEEPEST + 3)})
    assert catalog.load_file(tmp_path / f"c{DEEPEST}.yaml").name == f"c{DEEPEST}"
    with pytest.raises(InputError, match=f"extends at most {DEEPEST} others in a row"):
        catalog.load_file(tmp_path / f"c{DEEPEST + 1}.yaml")


def test_a_base_outside_of_the_folder_can_be_refused(tmp_path: Path) -> None:
    write(tmp_path, _base=BASE)
    write(tmp_path / "registry", card="extends: ../_base.yaml\nname: card\n")
    assert Reader().card(tmp_path / "registry" / "card.yaml").name == "card"
    with pytest.raises(InputError, match="leads out of the folder registry"):
        Reader(within=tmp_path / "registry").card(tmp_path / "registry" / "card.yaml")


def test_a_text_without_a_file_extends_nothing() -> None:
    with pytest.raises(InputError, match="line 2: only a card in a file can extend another one"):
        catalog.parse(b"name: a\nextends: b\n", "a text")
