"""Texts of strangers (cards, file names, servers, tensors) on their way to a terminal. For Markdown: `zoo.publish.escaping`."""

import re

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1: cursor moves, colours, titles, clipboard
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing, and so the order that is read
    "\u2028\u2029\ud800-\udfff]"  # other newlines; halves of characters, which no terminal can be sent
)


def plain(text: str) -> str:
    """The text with control characters made visible (`\\x1b`): nothing in it can move a cursor, hide text or set a title."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def line(text: str) -> str:
    """The same on one line: white space becomes single spaces."""
    return plain(" ".join(text.split()))


def json_safe(document: str) -> str:
    """JSON text with the control characters that JSON lets through written as `\\u....`: the same document."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
