"""From msgspec's validation error to one sentence: file, line, key, what is wrong, what is allowed."""

import ast
import difflib
import re
from typing import Any

import msgspec

from registry import card
from registry.card import Card
from registry.card_yaml import Lines, Step
from registry.errors import InputError

_AT = re.compile(r"^(?P<cause>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(?P<index>\d+)\]|\[\.\.\.\]|\.(?P<name>[^.\[]+)")
_QUOTED = re.compile(r"`([^`]*)`|'([^']*)'")
_TYPES = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "null": "nothing",
    "array": "a list", "object": "a mapping",
}  # fmt: skip


def _pattern(annotated: Any) -> str:
    """The regular expression of one of the card's annotated texts."""
    return next(str(meta.pattern) for meta in annotated.__metadata__ if meta.pattern)


_PATTERNS = {
    _pattern(card.Name): "lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit",
    _pattern(card.Sha256): "64 hexadecimal digits in lower case",
    _pattern(card.Sha384): "96 hexadecimal digits in lower case",
    _pattern(card.Sha1): "40 hexadecimal digits in lower case",
    _pattern(card.Sha256Start): "8 to 63 hexadecimal digits in lower case",
    _pattern(card.Installed): "a Python package and its version, like `timm==1.0.31`",
    _pattern(card.FileName): "a file name without a folder",
    _pattern(card.RelativePath): "a path that stays inside of its folder, with `/`",
    _pattern(
        card.Url
    ): "`https://…`, `gdrive:<id>`, `hf:<org>/<repo>@<revision>:<file>` or `source:<path in the source>`",
    card.Call.__annotations__["function"].__metadata__[0].pattern: "`module:function`",
}


def explain(error: msgspec.ValidationError, data: Any, lines: Lines) -> InputError:
    """The sentence for a card's first wrong key. `data` is what was parsed, `lines` where its parts stand."""
    match = _AT.match(str(error))
    assert match is not None  # the pattern matches any text
    cause = match["cause"]
    path = _path(match["path"] or "", data, str(error))
    if cause.startswith("Object contains unknown field"):
        name = _quoted(cause)
        allowed = _field_names(_kind(path))
        return _sentence(lines, (*path, name), f"unknown key `{name}`{_inside(path)}{_hint(name, allowed)}")
    if cause.startswith("Object missing required field"):
        name = _quoted(cause)
        return _sentence(lines, path, f"the key `{name}` is missing in {_shown(path)}")
    if cause.startswith("Invalid enum value"):
        allowed = [str(choice) for choice in _choices(_kind(path))]
        value = _quoted(cause) or cause.rsplit(" ", 1)[-1]
        number = " or a number" if _takes_numbers(path) else ""
        return _sentence(lines, path, f"{_shown(path)} cannot be `{value}`{_hint(value, allowed)}{number}")
    if cause.startswith("Expected "):
        return _sentence(lines, path, f"{_shown(path)}: {_expected(cause)}")
    named = re.match(r"`([a-z_.]+)`", cause)  # a rule between parts names the wrong one first
    if not path and named is not None:
        return _sentence(lines, tuple(named[1].split(".")), cause)
    return _sentence(lines, path, f"{_shown(path)}: {cause}")


def _sentence(lines: Lines, path: tuple[Step, ...], cause: str) -> InputError:
    return InputError(f"{lines.at(path)}: {cause}.")


def _path(text: str, data: Any, message: str) -> tuple[Step, ...]:
    """The steps of an error path. `[...]` (a mapping's value, its key untold) is found by trying each entry."""
    steps: list[Step] = []
    here = data
    for match in _STEP.finditer(text):
        if match["index"] is not None:
            steps.append(int(match["index"]))
        elif match["name"] is not None:
            steps.append(match["name"])
        else:
            steps.append(_culprit(data, tuple(steps), here, message))
        here = here[steps[-1]]
    return tuple(steps)


def _culprit(data: Any, path: tuple[Step, ...], mapping: dict[str, Any], message: str) -> str:
    for key, value in mapping.items():
        try:
            msgspec.convert(_replaced(data, path, {key: value}), Card)
        except msgspec.ValidationError as error:
            if str(error) == message:
                return key
    return next(iter(mapping))


def _replaced(data: Any, path: tuple[Step, ...], value: Any) -> Any:
    if not path:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = _replaced(data[path[0]], path[1:], value)
    return copy


def _shown(path: tuple[Step, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"`{text.removeprefix('.')}`" if text else "the card"


def _inside(path: tuple[Step, ...]) -> str:
    return f" in {_shown(path)}" if path else ""


def _quoted(cause: str) -> str:
    match = _QUOTED.search(cause)
    return next((group for group in match.groups() if group is not None), "") if match else ""


def _hint(value: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(value, allowed, n=1)
    meant = f" (did you mean `{close[0]}`?)" if close else ""
    listed = ", ".join(f"`{name}`" for name in allowed)
    return f"{meant}; allowed: {listed}" if allowed else meant


def _expected(cause: str) -> str:
    """msgspec's `Expected …` in the words of a card: types by their YAML names, and a pattern as what it asks for."""
    pattern = re.search(r"matching regex ('.*')$", cause)
    asked = _PATTERNS.get(ast.literal_eval(pattern[1])) if pattern is not None else None
    if asked is not None:
        return f"expected {asked}"
    wanted = re.sub(r"`([a-z]+)( \| null)?`", lambda match: _TYPES.get(match[1], match[1]), cause)
    return wanted.replace("Expected", "expected", 1)


def _kind(path: tuple[Step, ...]) -> Any:
    """The schema's node at a path (the non-null member of an optional one), or None where there is none."""
    node = _bare(msgspec.inspect.type_info(Card))
    for step in path:
        if isinstance(node, msgspec.inspect.StructType):
            fields = {field.encode_name: field.type for field in node.fields}
            if step not in fields:
                return None
            node = fields[str(step)]
        elif isinstance(node, msgspec.inspect.DictType):
            node = node.value_type
        elif isinstance(node, msgspec.inspect.VarTupleType):
            node = node.item_type
        elif isinstance(node, msgspec.inspect.TupleType):
            node = node.item_types[int(step)]
        else:
            return None
        node = _bare(node)
    return node


def _takes_numbers(path: tuple[Step, ...]) -> bool:
    holder = _kind(path[:-1])
    types = [field.type for field in getattr(holder, "fields", ()) if path and field.encode_name == path[-1]]
    members = getattr(types[0], "types", ()) if types else ()
    return any(isinstance(kind, msgspec.inspect.FloatType) for kind in members)


def _bare(node: Any) -> Any:
    while isinstance(node, msgspec.inspect.Metadata):
        node = node.type
    if isinstance(node, msgspec.inspect.UnionType):
        others = [kind for kind in node.types if not isinstance(kind, msgspec.inspect.NoneType)]
        literal = [kind for kind in others if isinstance(kind, msgspec.inspect.LiteralType)]
        node = _bare((literal or others)[0])
    return node


def _field_names(node: Any) -> list[str]:
    return (
        [field.encode_name for field in node.fields] if isinstance(node, msgspec.inspect.StructType) else []
    )


def _choices(node: Any) -> list[Any]:
    return list(node.values) if isinstance(node, msgspec.inspect.LiteralType) else []
