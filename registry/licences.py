"""Which SPDX licences are permissive, and reading simple licence expressions (SPDX 2.3, annex D)."""

import re
from functools import cache
from importlib.resources import files

PERMISSIVE = "permissive"
_TERM = re.compile(r"\s+(?:OR|AND|WITH)\s+", re.I)


def is_permissive(expression: str) -> bool:
    """May the thing be used, changed and passed on, commercially too, for no more than keeping notices?

    Of `A OR B` one suffices, of `A AND B` both are needed, an exception (`WITH`) only adds permissions. Nested parentheses are not
    read, and what is not read or not on the list is not permissive.
    """
    if "(" in expression:
        return False
    return any(
        all(_bare(term) in permissive() for term in re.split(r"\s+AND\s+", choice, flags=re.I))
        for choice in re.split(r"\s+OR\s+", expression.strip(), flags=re.I)
    )


def names(expression: str, identifier: str) -> bool:
    """Is this licence, or this expression, what a card says, or part of it? Case does not count (SPDX 2.3, annex D.2)."""
    asked = identifier.strip().lower()
    said = expression.strip().lower()
    return asked == said or asked in (
        _bare(term) for term in _TERM.split(said.replace("(", " ").replace(")", " "))
    )


@cache
def permissive() -> frozenset[str]:
    """The list `registry/data/licences/permissive.txt`, in lower case."""
    text = (files("registry") / "data" / "licences" / "permissive.txt").read_text(encoding="utf-8")
    return frozenset(
        line.strip().lower() for line in text.splitlines() if line.strip() and not line.startswith("#")
    )


def _bare(term: str) -> str:
    return re.split(r"\s+WITH\s+", term.strip(), flags=re.I)[0].strip().lower()
