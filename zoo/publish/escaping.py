"""Texts of strangers in Markdown: nothing in them is markup, HTML, a line of its own, or a terminal's command."""

import html
import re
import unicodedata
from typing import Any

from zoo.report import Table

_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LISTS = re.compile(r"^(\s*)([-+](?=[\s-]|$)|[=>#]|\d+[.)](?=\s|$))")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:@!$&*+,;=%-]+(?:[/?#][A-Za-z0-9._~:/?#@!$&*+,;=%()-]*)?")


def plain(text: str) -> str:
    """One line without control characters, invisible ones, or what turns the direction of writing (UAX #9)."""
    kept = (one if unicodedata.category(one)[0] not in "CZ" or one == " " else " " for one in text)
    return " ".join("".join(kept).split())


def steady(document: Any) -> Any:
    """A JSON document whose texts keep their lines and lose whatever could steer a terminal or turn the direction of writing."""
    if isinstance(document, str):
        return _STEERING.sub("", document)
    if isinstance(document, dict):
        return {steady(key): steady(value) for key, value in document.items()}
    return [steady(one) for one in document] if isinstance(document, list) else document


def markdown(text: str) -> str:
    """A text that Markdown shows as it is (CommonMark 0.31, backslash escapes and entities), in one line."""
    safe = _MARKUP.sub(r"\\\1", html.escape(plain(text), quote=False))
    safe = re.sub(r"(?i)(https?|ftp|mailto|www)([:.])", lambda match: f"{match[1]}&#{ord(match[2])};", safe)
    return _LISTS.sub(lambda match: f"{match[1]}{match[2][:-1]}\\{match[2][-1]}", safe)


def code(text: str) -> str:
    """The same as a span of code: backticks cannot be escaped in one, so they go; a bar would end a table's cell."""
    safe = plain(text).replace("`", "'").replace("|", "\\|")
    return f"`{safe}`" if safe else ""


def link(text: str, url: str) -> str:
    """A link where the address is one of the web, else the two as text."""
    if _LINK.fullmatch(url) and text == url:
        return f"<{url}>"
    if _LINK.fullmatch(url):
        return f"[{markdown(text)}](<{url}>)" if ")" in url or "(" in url else f"[{markdown(text)}]({url})"
    return markdown(text if text == url else f"{text} ({url})")


def table(found: Table, raw: tuple[int, ...] = ()) -> list[str]:
    """A Markdown table; the cells of the `raw` columns are Markdown already."""
    lines = [_row([markdown(one) for one in found.columns])]
    lines.append(_row(["--:" if found.is_numeric(index) else "---" for index in range(len(found.columns))]))
    for row in found.rows:
        lines.append(_row([cell if index in raw else markdown(cell) for index, cell in enumerate(row)]))
    return lines


def listing(language: str, content: str) -> list[str]:
    """A fenced block that its content cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *content.rstrip("\n").split("\n"), fence]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
