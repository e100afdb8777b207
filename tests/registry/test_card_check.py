"""`registry check` on cards with one thing wrong, and on all that are shipped."""

from pathlib import Path

import pytest

from registry import card_check
from registry.errors import InputError
from registry.pipeline_tags import TAGS

GOOD = f"""\
schema: 1
name: tiny
task: image-classification
description: a test
licenses: {{code: Apache-2.0, weights: unknown, dataset: LicenseRef-research-only}}
source: {{url: 'https://example.org'}}
weights:
  - {{file: tiny.xml, urls: ['https://example.org/tiny.xml'], sha256: {"0" * 64}}}
  - {{file: tiny.bin, urls: ['https://example.org/tiny.bin'], sha256: {"1" * 64}}}
entry: {{model: tiny.xml}}
"""


def errors(folder: Path, text: str, name: str = "tiny") -> tuple[str, ...]:
    (folder / f"{name}.yaml").write_text(text)
    return card_check.check(card_check.files([folder])).errors


def test_a_card_that_leaves_its_ends_to_the_model_is_right(tmp_path: Path) -> None:
    assert errors(tmp_path, GOOD) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("task: image-classification", "task: image-clasification", "line 3: `image-clasification` is no task of the Hugging Face"),
        ("code: Apache-2.0", "code: Apache 2", "line 5: `Apache 2` is no SPDX licence"),
        ("code: Apache-2.0", "code: apache-2.0", "line 5: `apache-2.0` is written `Apache-2.0` in SPDX"),
        ("name: tiny", "name: other", "line 2: the card is named `other`, its file `tiny`"),
        ("model: tiny.xml", "model: tiny.onnx", "`entry.model` names `tiny.onnx`, which is not a `file` of `weights`"),
        ("tiny.bin", "tiny.dat", "line 10: `tiny.xml` needs `tiny.bin` among the `weights`"),
        (f", sha256: {'0' * 64}", "", "weights from a URL need a checksum"),
        ("tiny.xml", "tiny.caffemodel", "line 10: `tiny.caffemodel` is no model file that is read here"),
        ("schema: 1", "extends: nobody", "line 1: there is no card"),
        ("description: a test", "description: a test\nevaluation: {metric: top1}", "`inputs` are needed, at least one: `evaluation` r"),
        ("{model: tiny.xml}", "{module: net, class: Net}", "`inputs` are needed, at least one: the entry is no ready model"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, said: str, tmp_path: Path) -> None:
    (found,) = errors(tmp_path, GOOD.replace(old, new))
    assert said in found
    assert str(tmp_path / "tiny.yaml") in found


def test_an_entry_that_needs_something_first_may_name_any_file(tmp_path: Path) -> None:
    text = GOOD.replace("tiny.xml", "tiny.meta").replace(
        "{model: tiny.meta}", "{model: tiny.meta, needs: freeze it}"
    )
    assert errors(tmp_path, text) == ()


def test_all_errors_are_found_not_only_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("schema: 2\n")
    (tmp_path / "b.yaml").write_text("]")
    (tmp_path / "tiny.yml").write_text(GOOD)
    found = errors(tmp_path, GOOD)
    assert len(found) == 3
    assert any("tiny.yaml is a card named `tiny` already" in one for one in found)


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder or card"):
        card_check.files([tmp_path / "nowhere"])


def test_the_shipped_cards_are_right() -> None:
    folder = Path(card_check.__file__).parent / "cards"
    found = card_check.check(card_check.files([folder]))
    assert found.errors == ()
    assert found.cards >= 400


def test_the_vocabulary_holds_what_the_hub_serves() -> None:
    """huggingface_hub has a module for each task that its inference API knows."""
    import huggingface_hub.inference._generated.types as types

    known = {path.stem for path in Path(str(types.__file__)).parent.glob("*.py")} - {
        "__init__",
        "base",
        "chat_completion",
    }
    assert known
    assert {name.replace("_", "-") for name in known} <= TAGS
