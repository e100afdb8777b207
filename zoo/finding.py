"""Which cards are wanted: by text, ranked, and by task, licence, size, input, format and whether they were converted here."""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import msgspec

from registry import catalog, licences
from registry.errors import InputError
from registry.summary import Shape, Summary
from zoo import workspace

Sizes = tuple[tuple[int, int], tuple[int, int]]
"""Least and greatest height, least and greatest width."""
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?i?b?)", re.I)
_SIDE = re.compile(r"(\d+)(?:-(\d+))?")
_WORD = re.compile(r"[a-z0-9]+")
_PIECE = re.compile(r"[a-z]+|[0-9]+")
_SAME_LETTERS = 0.8
"""Share of letters in order that a misspelt word has in common with the one that is meant (difflib's ratio)."""
_NAME_WORDS = 8
_WEIGHTS = {"name": 8.0, "task": 4.0, "words": 3.0, "description": 2.0}
"""What a word found in a part of a card is worth; a whole word counts in full, the beginning of one for 0.7, a close one for 0.4."""


@dataclass(frozen=True)
class Filter:
    """What a card must be; an empty field asks nothing. `formats` are forms of source models, or variants that were converted here."""

    task: str = ""
    license: str = ""
    max_size: int | None = None
    input_size: Sizes | None = None
    format: str = ""
    verified: bool | None = None


@dataclass(frozen=True)
class Found:
    """A card, the variants of it that were converted and verified here, and how well it answers the text (0 where none was asked)."""

    card: Summary
    variants: tuple[str, ...] = ()
    score: float = 0.0


def cards(wanted: Filter, text: str = "") -> list[Found]:
    """The cards that are wanted: by name, or the best answer to `text` first. Raises InputError for a filter that no card could pass."""
    every = catalog.summaries()
    _check(wanted, every)
    here = _converted()
    kept = [one for one in every if _passes(one, wanted, here.get(one.name, ()))]
    scores = _scores(kept, text) if text.strip() else None
    found = [
        Found(one, here.get(one.name, ()), round(scores[one.name], 2) if scores else 0.0)
        for one in kept
        if scores is None or scores[one.name] > 0
    ]
    return sorted(found, key=lambda one: (-one.score, one.card.name))


def document(one: Found) -> dict[str, Any]:
    """A found card as one flat JSON object."""
    return {**msgspec.structs.asdict(one.card), "variants": one.variants, "score": one.score}


def size(option: str, text: str) -> int:
    """`20MB` → bytes, in decimal units as lists show them. Raises InputError."""
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].lower() if match else ""
    if match is None or (unit and not unit.endswith("b") and f"{unit}b" not in _UNITS):
        raise InputError(f"{option} {text}: a size is a number of bytes, kB, MB or GB, like 20MB")
    return int(float(match[1]) * _UNITS[unit if unit in _UNITS else f"{unit}b"])


def input_size(option: str, text: str) -> Sizes:
    """`224`, `240x320` (height, width) or `128-320` → limits of height and width. Raises InputError."""
    sides = [_SIDE.fullmatch(part) for part in re.split("[x\u00d7]", text.lower())]
    if len(sides) not in (1, 2) or None in sides:
        raise InputError(
            f"{option} {text}: an input size is 224, 240x320 (height, width) or a range like 128-320"
        )
    limits = [(int(side[1]), int(side[2] or side[1])) for side in sides if side is not None]
    if any(low > high for low, high in limits):
        raise InputError(f"{option} {text}: a range begins with the smaller number")
    return limits[0], limits[-1]


def _check(wanted: Filter, every: list[Summary]) -> None:
    """A filter with a typing error is one that no card could pass: say so in place of an empty list."""
    from zoo.targets import TARGETS

    known = {
        "--task": (wanted.task, {one.task for one in every if one.task}),
        "--format": (
            wanted.format,
            {one.format for one in every if one.format} | {one.name for one in TARGETS},
        ),
    }
    for option, (asked, choices) in known.items():
        if asked and asked not in choices:
            close = get_close_matches(asked, choices, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise InputError(
                f"{option} {asked}: no card has that{hint}; there are {', '.join(sorted(choices))}"
            )


def _passes(one: Summary, wanted: Filter, variants: tuple[str, ...]) -> bool:
    if one.error:
        return wanted == Filter()
    return (
        (not wanted.task or one.task == wanted.task)
        and (not wanted.license or _licensed(one, wanted.license))
        and (wanted.max_size is None or (one.size is not None and one.size <= wanted.max_size))
        and (wanted.input_size is None or any(_within(shape, wanted.input_size) for shape in one.inputs))
        and (not wanted.format or wanted.format == one.format or wanted.format in variants)
        and (wanted.verified is None or wanted.verified == bool(variants))
    )


def _licensed(one: Summary, asked: str) -> bool:
    """`permissive` is asked of the weights, and of the code where the model is made by some; an id or `unknown` of the weights."""
    if asked.lower() == licences.PERMISSIVE:
        code = one.format != "pytorch" or licences.is_permissive(one.code_license)
        return code and licences.is_permissive(one.license)
    return licences.names(one.license, asked)


def _within(shape: Shape, limits: Sizes) -> bool:
    image = shape.image
    return image is not None and all(
        low <= side <= high for side, (low, high) in zip(image, limits, strict=True)
    )


def _converted() -> dict[str, tuple[str, ...]]:
    """Name → the variants whose files are there and whose every check was passed."""
    found = {}
    for name, manifest in workspace.conversions():
        folder = workspace.default_folder(name)
        found[name] = tuple(
            one.target
            for one in manifest.artifacts
            if one.checks and all(check.passed for check in one.checks) and (folder / one.path).exists()
        )
    return found


def _scores(every: list[Summary], text: str) -> dict[str, float]:
    """How well each card answers: every word of the text must be in it somehow, and is worth what its best place is."""
    asked = _WORD.findall(_plain(text))
    parts = {one.name: {part: _words(getattr(one, part)) for part in _WEIGHTS} for one in every}
    vocabulary = {word for card in parts.values() for words in card.values() for word in words}
    total = {one.name: 0.0 for one in every}
    for word in asked:
        worth = _worth(word, vocabulary)
        for name, card in parts.items():
            best = max(
                (_WEIGHTS[part] * worth.get(found, 0.0) for part, words in card.items() for found in words),
                default=0.0,
            )
            total[name] = total[name] + best if best and total[name] >= 0 else -1.0
    whole = text.strip().lower()
    for name in total:
        if total[name] > 0 and whole in (name, name.rpartition("/")[2]):
            total[name] += 100.0
    return total


def _words(text: str) -> set[str]:
    """The words of a part: as they stand, the letters and numbers they are made of, and a short part without its separators."""
    whole = _WORD.findall(_plain(text))
    pieces = [piece for word in whole for piece in _PIECE.findall(word)]
    return {*whole, *pieces, *(["".join(whole)] if len(whole) <= _NAME_WORDS else [])}


def _plain(text: str) -> str:
    """In lower case, with superscripts and the like as plain letters (`U²` is `u2`)."""
    return unicodedata.normalize("NFKC", text).lower()


def _worth(word: str, vocabulary: set[str]) -> dict[str, float]:
    """Words of the cards that `word` may mean → how much they count. Misspelt ones are looked for where no word begins like it."""
    worth = {one: 0.7 for one in vocabulary if len(word) > 1 and one.startswith(word)}
    if len(word) > 3:
        worth |= {one: 0.4 for one in vocabulary if one not in worth and word in one}
        for one in get_close_matches(word, vocabulary, n=20, cutoff=_SAME_LETTERS):
            worth.setdefault(one, 0.4)
    if word in vocabulary:
        worth[word] = 1.0
    return worth
