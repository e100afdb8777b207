"""YAML as cards use it: the core schema of YAML 1.2 (plain JSON data), with the line of every value.

Read as a stream of events, so that an alias, a duplicate key or a nesting bomb is refused where it stands, before it grows.
"""

import re
from typing import Any

import msgspec
import yaml

from registry.errors import InputError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 32
_MAX_BYTES = 1 << 20
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,3})?")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}

Step = str | int


class Lines(msgspec.Struct, frozen=True):
    """Where a value stands: its file, its own line, and those of its parts (a key's line for a mapping)."""

    file: str
    line: int
    parts: dict[Step, "Lines"] = {}

    def at(self, path: tuple[Step, ...]) -> str:
        """`<file>, line <n>` of the value at `path`, or of the nearest value around it that is there."""
        here = self
        for step in path:
            if step not in here.parts:
                break
            here = here.parts[step]
        return f"{here.file}, line {here.line}"


def parse(text: bytes, where: str) -> tuple[Any, Lines]:
    """The data of a YAML document and the line of each part.

    Raises InputError naming `where` and the line for what is not YAML, duplicate keys, aliases, tags, keys that are not
    text, more than one document, and nesting deeper than 32.
    """
    if len(text) > _MAX_BYTES:
        raise InputError(f"{where} has {len(text):,} bytes: a card has at most {_MAX_BYTES:,}.")
    try:
        return _Composer(text.decode("utf-8-sig"), where).document()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where} is not UTF-8 text (byte {error.start}): a card is a YAML text file."
        ) from error
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        cause = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(f"{where}{line}: this is not YAML ({cause}).") from error
    except yaml.YAMLError as error:
        raise InputError(f"{where}: this is not YAML ({str(error).splitlines()[0]}).") from error


class _Composer:
    def __init__(self, text: str, where: str) -> None:
        self._events = yaml.parse(text, Loader=_Loader)
        self._where = where

    def document(self) -> tuple[Any, Lines]:
        next(self._events)  # the stream's start
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            raise InputError(f"{self._where} is empty: a card begins with `schema: 1`.")
        value, lines = self._value(next(self._events), depth=0)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._error(after, "a second document begins here: one file holds one card")
        return value, lines

    def _value(self, event: Any, depth: int) -> tuple[Any, Lines]:
        if isinstance(event, yaml.AliasEvent):
            raise self._error(
                event, f"the alias *{event.anchor} is not allowed in a card: write the value out"
            )
        if depth > _MAX_DEPTH:
            raise self._error(event, f"nested deeper than {_MAX_DEPTH}")
        if getattr(event, "tag", None) not in (None, "!", "tag:yaml.org,2002:str"):
            raise self._error(event, f"the tag {event.tag} is not allowed in a card")
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            unquoted = event.style in (None, "") and event.tag is None
            return (plain(event.value) if unquoted else event.value), Lines(self._where, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(line, depth)
        return self._mapping(line, depth)

    def _sequence(self, line: int, depth: int) -> tuple[list[Any], Lines]:
        values: list[Any] = []
        parts: dict[Step, Lines] = {}
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value, parts[len(values)] = self._value(event, depth + 1)
            values.append(value)
        return values, Lines(self._where, line, parts)

    def _mapping(self, line: int, depth: int) -> tuple[dict[str, Any], Lines]:
        values: dict[str, Any] = {}
        parts: dict[Step, Lines] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._value(event, depth + 1)  # names an alias as what it is
                raise self._error(event, "a key must be text")
            key = event.value
            if key in values:
                raise self._error(event, f"the key `{key}` is given twice (first in line {parts[key].line})")
            values[key], lines = self._value(next(self._events), depth + 1)
            mark: Any = event.start_mark
            parts[key] = Lines(self._where, mark.line + 1, lines.parts)
        return values, Lines(self._where, line, parts)

    def _error(self, event: Any, cause: str) -> InputError:
        return InputError(f"{self._where}, line {event.start_mark.line + 1}: {cause}.")


def plain(text: str) -> Any:
    """A plain scalar by the core schema; a number too long for one (an unquoted hash) stays text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and len(text) < 32:
        return float(text)
    return text
