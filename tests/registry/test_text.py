"""Texts of strangers, as they are shown."""

import json
from html.parser import HTMLParser

import pytest

from registry.text import as_html, as_link, as_markdown, json_safe, line, plain

HOSTILE = (
    "\x1b[2J\x1b]0;title\x07", "\x1b]52;c;cm0gLXJm\x07", "\x9b31mred", "a\rb", "\x08\x08\x08", "\u202egnp.exe", "\u2066x\u2069",
    "\x7f", "\x00", "\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\", "\ud800", "a\u2028b",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_it_commands_a_terminal(text: str) -> None:
    for shown in (plain(text), line(text), as_markdown(text), as_html(text)):
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


INJECTIONS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "' onmouseover='alert(1)",
    "[x](javascript:alert(1))", "![x](http://tracker/p.png)", "<a href='javascript:x'>", "&lt;script&gt;", "x | y\n|---|\n| z",
    "\n# heading", "```\ncode", "<!-- -->", "<details open ontoggle=x>", "**bold** _it_", "https://evil.example", "<https://evil.example>",
    "[ref]: http://evil", "$\\href{javascript:x}{y}$", "@everyone",
)  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", INJECTIONS)
def test_html_shows_the_text_and_nothing_else(text: str) -> None:
    for wrapped in (
        f"<p>{as_html(text)}</p>",
        f'<p title="{as_html(text)}"></p>',
        f"<p title='{as_html(text)}'></p>",
    ):
        parser = _Tags()
        parser.feed(wrapped)
        assert parser.tags == ["p"]
    parser = _Tags()
    parser.feed(f"<p>{as_html(text)}</p>")
    assert parser.text == text


@pytest.mark.parametrize("text", INJECTIONS)
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    """As a renderer of CommonMark makes of it: a paragraph of text."""
    markdown_it = pytest.importorskip("markdown_it")
    made = (
        markdown_it.MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(f"a {as_markdown(text)} b")
    )
    parser = _Tags()
    parser.feed(made)
    assert parser.tags == ["p"], made
    assert parser.text.strip() == f"a {line(text)} b"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://example.org/a b)c\"<", "https://example.org/a%20b%29c%22%3C"),
        ("javascript:alert(1)", ""), ("JaVaScRiPt:alert(1)", ""), ("data:text/html,x", ""), ("file:///etc/passwd", ""),
        ("//example.org", ""), ("/etc/passwd", ""), ("https://[bad", ""), ("\x01javascript:x", ""), ("vbscript:x", ""), ("", ""),
    ],
)  # fmt: skip
def test_links_lead_to_the_web_alone(url: str, target: str) -> None:
    assert as_link(url) == target
