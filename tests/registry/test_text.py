"""Texts of strangers, as they are shown."""

import json

import pytest

from registry.text import json_safe, line, plain

HOSTILE = (
    "\x1b[2J\x1b]0;title\x07", "\x1b]52;c;cm0gLXJm\x07", "\x9b31mred", "a\rb", "\x08\x08\x08", "\u202egnp.exe", "\u2066x\u2069",
    "\x7f", "\x00", "\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\", "\ud800", "a\u2028b",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_it_commands_a_terminal(text: str) -> None:
    for shown in (plain(text), line(text)):
        assert all(character.isprintable() or character in "\n\t" for character in shown), ascii(shown)
        shown.encode()


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "Größe 3 → 模型 👍\n\tzweite Zeile"
    assert plain(text) == text
    assert line(text) == "Größe 3 → 模型 👍 zweite Zeile"


@pytest.mark.parametrize("text", HOSTILE)
def test_json_stays_the_same_document(text: str) -> None:
    document = json.dumps({text: [text, "ü"]}, ensure_ascii=False)
    safe = json_safe(document)
    assert all(character.isprintable() or character == "\n" for character in safe)
    assert json.loads(safe) == {text: [text, "ü"]}
