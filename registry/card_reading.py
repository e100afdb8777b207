"""A card out of its file: what it extends is merged in, then all of it is checked against the schema.

A base is a card, or a file whose name begins with `_`, which holds some keys only and is no card itself.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from registry import card_yaml
from registry.card import Card
from registry.card_file import with_suffix
from registry.card_yaml import Lines
from registry.errors import InputError

EXTENDS = "extends"
DEEPEST = 8
"""Longest chain of bases."""
_PATHS = ("source", "weights", "calibration", "evaluation")
"""The keys of a card with a `path` in them."""

Read = tuple[dict[str, Any], Lines]


class Reader:
    """Reads cards; each base file is read once. `within`: the folder that no base may lie outside of."""

    def __init__(self, within: Path | None = None) -> None:
        self._within = within.resolve() if within is not None else None
        self._bases: dict[Path, Read] = {}

    def card(self, path: Path) -> Card:
        """The card in a file, its own `path`s as they stand. Raises InputError naming file, line and key, of a base too."""
        return checked(*self.read(path))

    def read(self, path: Path) -> Read:
        """A file's keys over those of its bases, not yet checked, and where each stands. Raises InputError."""
        return self._whole(path, self._file(path), (path.resolve(),))

    def parse(self, text: bytes, where: str) -> Card:
        """A card from text that extends nothing. Raises InputError."""
        data, lines = _mapping(text, where)
        if EXTENDS in data:
            raise InputError(f"{lines.at((EXTENDS,))}: only a card in a file can extend another one.")
        return checked(data, lines)

    def _whole(self, path: Path, read: Read, chain: tuple[Path, ...]) -> Read:
        """A file's keys over those of all its bases."""
        data, lines = read
        if EXTENDS not in data:
            return data, lines
        base = self._named(path, data[EXTENDS], lines)
        if base in chain:
            circle = " ► ".join(one.name for one in (*chain[chain.index(base) :], base))
            raise InputError(f"{lines.at((EXTENDS,))}: the cards extend each other in a circle ({circle}).")
        if len(chain) > DEEPEST:
            raise InputError(f"{lines.at((EXTENDS,))}: a card extends at most {DEEPEST} others in a row.")
        if base not in self._bases:
            found, places = self._whole(base, self._file(base, lines.at((EXTENDS,))), (*chain, base))
            self._bases[base] = {key: found[key] for key in found if key != "name"}, places
        below, below_lines = self._bases[base]
        own = {key: value for key, value in data.items() if key != EXTENDS}
        if base.parent != path.resolve().parent:
            below = {key: _placed(below[key], base.parent) if key in _PATHS else below[key] for key in below}
        return _merged(below, own, below_lines, lines)

    def _named(self, path: Path, name: Any, lines: Lines) -> Path:
        where = lines.at((EXTENDS,))
        if not isinstance(name, str) or not name:
            raise InputError(f"{where}: `extends` is the name of a card beside this one, or a path to one.")
        file = with_suffix(name)
        base = (path.parent / file).resolve()
        if self._within is not None and not base.is_relative_to(self._within):
            raise InputError(f"{where}: `extends: {name}` leads out of the folder {self._within.name}.")
        if not base.is_file():
            raise InputError(f"{where}: there is no card {base} to extend.")
        return base

    def _file(self, path: Path, asked: str = "") -> Read:
        try:
            text = path.read_bytes()
        except OSError as error:
            named = f"{asked}: the" if asked else "The"
            raise InputError(f"{named} card {path} cannot be read: {error.strerror}.") from error
        return _mapping(text, str(path))


def checked(data: dict[str, Any], lines: Lines) -> Card:
    """The card that the data are. Raises InputError naming file, line, key and what is allowed."""
    try:
        return msgspec.convert(data, Card)
    except msgspec.ValidationError as error:
        from registry import card_errors

        raise card_errors.explain(error, data, lines) from error


def _mapping(text: bytes, where: str) -> Read:
    data, lines = card_yaml.parse(text, where)
    if not isinstance(data, dict):
        raise InputError(f"{where}, line {lines.line}: a card is a mapping of keys, such as `schema: 1`.")
    return data, lines


def _merged(below: Mapping[str, Any], own: Mapping[str, Any], below_lines: Lines, lines: Lines) -> Read:
    """Mappings are merged key by key at any depth; every other value of `own` takes the place of the base's."""
    data, parts = dict(below), dict(below_lines.parts)
    for key, value in own.items():
        old, place = data.get(key), lines.parts[key]
        if isinstance(value, dict) and isinstance(old, dict):
            data[key], parts[key] = _merged(old, value, parts[key], place)
        else:
            data[key], parts[key] = value, place
    return data, Lines(lines.file, lines.line, parts)


def _placed(data: Any, folder: Path) -> Any:
    """A base's data with its relative `path`s made absolute: they start at the base's own folder."""
    if isinstance(data, list):
        return [_placed(value, folder) for value in data]
    if not isinstance(data, dict):
        return data
    return {
        key: str(folder / Path(value).expanduser())
        if key == "path" and isinstance(value, str)
        else _placed(value, folder)
        for key, value in data.items()
    }
