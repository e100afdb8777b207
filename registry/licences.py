"""What licences allow, by the one table of them, and reading simple licence expressions (SPDX 2.3, annex D)."""

import fnmatch
import re
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Rule = Literal["permissive", "share_alike", "copyleft", "nc", "terms", "unknown", "nd", "proprietary"]
PERMISSIVE = "permissive"
_TERM = re.compile(r"\s+(?:OR|AND|WITH)\s+", re.I)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: Rule
    source: str
    ids: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`registry/data/licences/licences.yaml`, which says what each part is."""

    rules: tuple[_Entry, ...]
    hugging_face: dict[str, str | None]
    spelled: tuple[str, ...]
    aliases: dict[str, str]


@cache
def table() -> Table:
    from registry.card_yaml import parse  # late: most lists are not asked about licences

    file = files("registry") / "data" / "licences" / "licences.yaml"
    return msgspec.convert(parse(file.read_bytes(), file.name)[0], Table)


@cache
def rule(identifier: str) -> Rule:
    """The rule of one licence; an exception (`WITH …`) only ever adds a permission, so it does not count."""
    plain = identifier.split(" ")[0].removesuffix("+").casefold()
    for entry in table().rules:
        if any(fnmatch.fnmatchcase(plain, one.casefold()) for one in entry.ids):
            return entry.rule
    return "unknown"


@cache
def spelled() -> dict[str, str]:
    """Lower case, or a hub's name → the SPDX identifier in SPDX's spelling."""
    known = {hub: spdx for hub, spdx in table().hugging_face.items() if spdx is not None}
    return known | {spdx.lower(): spdx for spdx in (*known.values(), *table().spelled)}


def is_permissive(expression: str) -> bool:
    """May the thing be used, changed and passed on, commercially too, for no more than keeping notices?

    Of `A OR B` one suffices, of `A AND B` both are needed, an exception (`WITH`) only adds permissions. Nested parentheses are not
    read, and what is not read or not in the table is not permissive.
    """
    if "(" in expression:
        return False
    return any(
        all(rule(_bare(term)) == PERMISSIVE for term in re.split(r"\s+AND\s+", choice, flags=re.I))
        for choice in re.split(r"\s+OR\s+", expression.strip(), flags=re.I)
    )


def names(expression: str, identifier: str) -> bool:
    """Is this licence, or this expression, what a card says, or part of it? Case does not count (SPDX 2.3, annex D.2)."""
    asked = identifier.strip().lower()
    said = expression.strip().lower()
    return asked == said or asked in (
        _bare(term) for term in _TERM.split(said.replace("(", " ").replace(")", " "))
    )


def _bare(term: str) -> str:
    return re.split(r"\s+WITH\s+", term.strip(), flags=re.I)[0].strip().lower()
