"""Which models are asked for."""

from pathlib import Path

import pytest

from registry import catalog
from registry.errors import InputError
from tests.zoo import cards
from zoo.batch import entries


def test_a_list_has_comments_names_and_paths_beside_it(tmp_path: Path) -> None:
    card = cards.write(tmp_path / "mine.yaml", entry={"model": "m.onnx"})
    (tmp_path / "list.txt").write_text("# all\n\ndigits  # the small one\nmine.yaml\ndigits\n")
    found = entries.gather((), False, None, tmp_path / "list.txt")
    assert [(one.name, one.text) for one in found] == [("digits", "digits"), ("mine", str(card))]
    assert all(one.card is not None for one in found)


@pytest.mark.parametrize(
    ("name", "text"), [("l.yaml", "- digits\n- u2netp\n"), ("l.json", '["digits", "u2netp"]')]
)
def test_a_document_is_a_list_of_texts(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert [one.name for one in entries.gather((), False, None, tmp_path / name)] == ["digits", "u2netp"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("l.yaml", b"name: digits\n", "is no list of models"),
        ("l.yaml", b"- digits\n- 3\n", "line 2: a card's name or path is needed"),
        ("l.json", b"[", "this is not YAML"),
        ("l.txt", b"# nothing\n", "names no model"),
        ("l.txt", b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_bad_list_is_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        entries.gather((), False, None, tmp_path / name)


def test_two_cards_of_one_name_collide(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = cards.write(tmp_path / "digits.yaml", entry={"model": "m.onnx"})
    two = cards.write(tmp_path / "other" / "digits.yaml", entry={"model": "n.onnx"})
    with pytest.raises(InputError, match="both called `digits`"):
        entries.gather((str(one), str(two)), False, None, None)
    with pytest.raises(InputError, match="both called `digits`"):
        entries.gather(("digits", str(one)), False, None, None)


def test_a_bad_card_is_an_entry_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("schema: 1\nname: [\n")
    found = entries.gather((str(tmp_path / "bad.yaml"), "digits"), False, None, None)
    assert [one.name for one in found] == [str(tmp_path / "bad.yaml"), "digits"]
    assert "bad.yaml" in str(found[0].error)
    assert found[1].error is None


def test_all_and_by_task() -> None:
    every = entries.gather((), True, None, None)
    assert [one.text for one in every] == [one.name for one in catalog.summaries()]
    task = catalog.summaries()[0].task
    some = entries.gather((), False, task, None)
    assert some
    assert all(one.card is not None and one.card.task == task for one in some)
