"""Texts and names of a stranger's model as literals and identifiers of a program: nothing in them can end the literal, or the listing."""

import keyword
import re
from collections.abc import Iterable
from typing import Literal

Language = Literal["python", "kotlin", "cpp"]
_ESCAPED = {"python": "\\x{:02x}", "kotlin": "\\u{:04x}", "cpp": "\\{:03o}"}
"""How a byte is written: octal in C++, whose hexadecimal escapes go on as far as there are digits."""
_WIDE = {"python": "\\U{:08x}", "kotlin": "", "cpp": "\\U{:08x}"}
_PLAIN = re.compile(r"[A-Za-z0-9 _.,:;/()\[\]{}+\-*=<>!?@#%&|~^']")
_RESERVED = {
    *keyword.kwlist,
    "fun",
    "val",
    "var",
    "object",
    "int",
    "float",
    "double",
    "auto",
    "struct",
    "new",
    "this",
    "when",
    "model",
    "tensor",
    "interpreter",
    "resolver",
    "inputs",
    "outputs",
    "answers",
}


def text(value: str, language: Language) -> str:
    """A string literal in double quotes, in ASCII, without backticks, so that a listing in Markdown cannot be left."""
    return f'"{"".join(_escape(character, language) for character in value)}"'


def identifier(name: str) -> str:
    """A name in any of the languages that recalls this one."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "value"
    plain = f"_{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if plain in _RESERVED else plain


def identifiers(names: Iterable[str]) -> list[str]:
    """The same for several, each another."""
    found: list[str] = []
    for name in names:
        plain, number = identifier(name), 2
        candidate = plain
        while candidate in found:
            candidate, number = f"{plain}_{number}", number + 1
        found.append(candidate)
    return found


def number(value: float) -> str:
    """The shortest text that is this number in every language: `0.485`, `255.0`, `1e-05`."""
    return repr(float(value))


def shifted(by: int) -> str:
    """` + 3`, ` - 128`, or nothing."""
    return f" {'+' if by > 0 else '-'} {abs(by)}" if by else ""


def comment(value: str) -> str:
    """A text in a line of comment: one line, without backticks or what is no letter."""
    return " ".join("".join(one if one.isprintable() and one != "`" else " " for one in value).split())


def _escape(character: str, language: Language) -> str:
    if _PLAIN.fullmatch(character):
        return character
    code = ord(character)
    if code < 128:
        return _ESCAPED[language].format(code)
    if language != "kotlin":
        return _WIDE[language].format(code)
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
