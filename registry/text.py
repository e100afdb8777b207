"""Texts of strangers (cards, file names, servers, tensors) on their way to a terminal, a Markdown page or HTML."""

import re

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1: cursor moves, colours, titles, clipboard
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing, and so the order that is read
    "\u2028\u2029\ud800-\udfff]"  # other newlines; halves of characters, which no terminal can be sent
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~:.$@^=])")


def plain(text: str) -> str:
    """The text with control characters made visible (`\\x1b`): nothing in it can move a cursor, hide text or set a title."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def line(text: str) -> str:
    """The same on one line: white space becomes single spaces."""
    return plain(" ".join(text.split()))


def json_safe(document: str) -> str:
    """JSON text with the control characters that JSON lets through written as `\\u....`: the same document."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def as_html(text: str) -> str:
    """The text as HTML shows it, also within an attribute's quotes: no element, no entity, no handler."""
    import html  # late: all that prints imports this module

    return html.escape(plain(text), quote=True)


def as_markdown(text: str) -> str:
    """The text as Markdown shows it, on one line: no HTML, link, image, table cell, heading or emphasis of its own."""
    return (
        _MARKDOWN.sub(r"\\\1", line(text)).replace("&", "&amp;").replace("\\<", "&lt;").replace("\\>", "&gt;")
    )


def as_link(url: str) -> str:
    """A web address as the target of a link, its odd characters quoted; empty for what is none (`javascript:`, `data:`, a path)."""
    from urllib.parse import quote, urlsplit

    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return quote(parts.geturl(), safe="%/:=&?~#+!,;@-._")
