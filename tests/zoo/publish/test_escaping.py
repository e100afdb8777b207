"""Texts of strangers in a Markdown page: what a renderer makes of them."""

from html.parser import HTMLParser

import pytest

from tests.registry.test_text import HOSTILE
from zoo.publish.escaping import code, link, markdown, plain


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_it_commands_a_terminal(text: str) -> None:
    for shown in (plain(text), markdown(text), code(text), link(text, text)):
        assert shown.isprintable(), ascii(shown)
        shown.encode()


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
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", INJECTIONS)
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    """As a renderer of CommonMark makes of it: a paragraph of text."""
    parser = _rendered(f"a {markdown(text)} b")
    assert parser.tags == ["p"]
    assert parser.text.strip() == f"a {plain(text)} b"


def _rendered(text: str) -> _Tags:
    """As CommonMark with tables and HTML has it."""
    markdown_it = pytest.importorskip("markdown_it")
    parser = _Tags()
    parser.feed(markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    return parser


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "/etc/passwd",
        "https://[bad", "\x01javascript:x", "vbscript:x", "", "https://example.org/a b", 'https://example.org/"onclick="x', "https://x/<script>",
    ],
)  # fmt: skip
def test_links_lead_to_the_web_alone(url: str) -> None:
    assert _rendered(f"a {link('text', url)} b").tags == ["p"]
    assert _rendered(f"a {link(url, url)} b").tags == ["p"]


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=c#d", "http://example.org/a_(b)", "https://example.org/~x"]
)
def test_a_web_address_is_a_link(url: str) -> None:
    for text in ("[text](x)", url):
        parser = _rendered(f"a {link(text, url)} b")
        assert (parser.tags, parser.links) == (["p", "a"], [url])
