"""`zoo registry check`: every card of some folders against the schema and what the schema cannot say, without a network."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from registry.card import Card, Data
from registry.card_data import MODEL_SUFFIXES
from registry.card_file import SUFFIXES
from registry.card_reading import Reader, checked
from registry.card_yaml import Lines, Step
from registry.errors import InputError
from registry.pipeline_tags import TAGS
from registry.progress import Progress, silent

_PLACED = re.compile(r"(.*?), line (\d+): (.*)", re.DOTALL)
_NO_SUFFIX = ""
"""A SavedModel's folder."""


class Wrong(msgspec.Struct, frozen=True):
    """One thing that is wrong. `line` is None where the file as a whole is."""

    file: str
    line: int | None
    cause: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.cause}" if self.line is not None else self.cause


class Checked(msgspec.Struct, frozen=True):
    """How many cards were read (bases apart), and everything that is wrong."""

    cards: int
    bases: int
    errors: tuple[Wrong, ...]


def files(places: Iterable[Path]) -> list[Path]:
    """The YAML files that are named, and those in the folders that are named, at any depth. Raises InputError for what is not there."""
    found: dict[Path, None] = {}
    for place in places:
        if place.is_dir():
            found |= dict.fromkeys(sorted(one for suffix in SUFFIXES for one in place.rglob(f"*{suffix}")))
        elif place.is_file():
            found[place] = None
        else:
            raise InputError(f"There is no folder or card {place}.")
    return list(found)


def check(paths: Iterable[Path], progress: Progress = silent) -> Checked:
    """Reads and checks all; goes on after every error."""
    reader = Reader()
    errors: list[Wrong] = []
    named: dict[tuple[Path, str], Path] = {}
    cards = bases = 0
    every = list(paths)
    for done, path in enumerate(every):
        progress("checking cards", done, len(every))
        try:
            data, lines = reader.read(path)
            if path.name.startswith("_"):
                bases += 1
                continue
            cards += 1
            card = checked(data, lines)
        except InputError as error:
            errors.append(_placed(path, str(error)))
            continue
        first = named.setdefault((path.parent, card.name), path)
        found = _wrong(card, path, lines)
        if first != path:
            found.append(f"{lines.at(('name',))}: {first.name} is a card named `{card.name}` already.")
        errors += [_placed(path, sentence) for sentence in found]
    return Checked(cards, bases, tuple(errors))


def _placed(path: Path, sentence: str) -> Wrong:
    """`<file>, line <n>: <cause>` in its parts; the file may be a base's. What names no line is of the card's own file."""
    match = _PLACED.fullmatch(sentence)
    return Wrong(match[1], int(match[2]), match[3]) if match is not None else Wrong(str(path), None, sentence)


def _wrong(card: Card, path: Path, lines: Lines) -> list[str]:
    found: list[tuple[tuple[Step, ...], str]] = []
    if card.name != path.stem:
        found.append(
            (("name",), f"the card is named `{card.name}`, its file `{path.stem}`: they must be the same")
        )
    if card.task not in TAGS:
        close = difflib.get_close_matches(card.task, TAGS, n=1)
        meant = f" (did you mean `{close[0]}`?)" if close else ""
        found.append(
            (("task",), f"`{card.task}` is no task of the Hugging Face Hub{meant}; what has none is `other`")
        )
    for key in ("code", "weights", "dataset"):
        found += _license(("licenses", key), getattr(card.licenses, key))
    for key in ("calibration", "evaluation"):
        part = getattr(card, key)
        if part is not None and part.data is not None:
            found += _license((key, "data", "license"), part.data.license)
            found += _there((key, "data"), part.data, path.parent)
    for index, weights in enumerate(card.weights):
        if weights.path is not None and not (path.parent / Path(weights.path).expanduser()).is_file():
            found.append((("weights", index, "path"), f"there is no file {weights.path} beside the card"))
    found += _model(card)
    return [f"{lines.at(where)}: {cause}." for where, cause in found]


def _model(card: Card) -> list[tuple[tuple[Step, ...], str]]:
    """A ready model must be one that is read here, with its weights beside it where they are a file of their own."""
    model, where = card.entry.model, ("entry", "model")
    if model is None or card.entry.needs is not None:
        return []
    names = [weights.file for weights in card.weights]
    suffix = Path(model).suffix
    if not names and card.source.path is None and card.source.package is None:
        return [(where, f"`{model}` is to be fetched, but there are no `weights`")]
    if suffix not in (*MODEL_SUFFIXES, _NO_SUFFIX):
        return [(where, f"`{model}` is no model file that is read here ({', '.join(MODEL_SUFFIXES)})")]
    weights_file = str(Path(model).with_suffix(".bin"))
    if suffix == ".xml" and model in names and weights_file not in names:
        return [(where, f"`{model}` needs `{weights_file}` among the `weights`")]
    return []


def _license(where: tuple[Step, ...], text: str) -> list[tuple[tuple[Step, ...], str]]:
    """`unknown`, or an SPDX expression as SPDX writes it."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if text == "unknown":
        return []
    try:
        right = str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return [
            (
                where,
                f"`{text}` is no SPDX licence; a text of its own is `LicenseRef-…`, what nobody says `unknown`",
            )
        ]
    return [] if right == text else [(where, f"`{text}` is written `{right}` in SPDX")]


def _there(where: tuple[Step, ...], data: Data, folder: Path) -> list[tuple[tuple[Step, ...], str]]:
    if data.path is None or (folder / Path(data.path).expanduser()).exists():
        return []
    return [((*where, "path"), f"there is no {data.path} beside the card")]
