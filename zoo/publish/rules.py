"""What a licence expression allows, by the table of `registry.licences`."""

from typing import Any

from registry import licences
from registry.licences import Rule as Rule

ORDER: tuple[Rule, ...] = (
    "permissive",
    "share_alike",
    "copyleft",
    "nc",
    "terms",
    "unknown",
    "nd",
    "proprietary",
)
"""From what asks least to what forbids: of `A OR B` the earlier counts, of `A AND B` the later."""
UNKNOWN = "unknown"
_NOTHING_SAID = ("", UNKNOWN, "other", "none", "noassertion")


def rule(expression: str) -> Rule:
    """The rule of an SPDX expression (`MIT OR GPL-3.0-only`, `Apache-2.0 WITH LLVM-exception`); `unknown` where it cannot be read."""
    parsed = _parsed(expression)
    return "unknown" if parsed is None else _of_tree(parsed)


def identifiers(expression: str) -> tuple[str, ...]:
    """The licences of an expression, in order; none where it cannot be read or says nothing."""
    parsed = _parsed(expression)
    return () if parsed is None else tuple(dict.fromkeys(str(one) for one in parsed.literals))


def hugging_face(expression: str) -> str:
    """The Hub's name for it: of one licence its own, `unknown`, or `other` for what the Hub has no name for."""
    if expression.strip().casefold() in _NOTHING_SAID:
        return UNKNOWN
    found = expression.strip().casefold()
    found = licences.table().aliases.get(found, found)
    return found if found in licences.table().hugging_face else "other"


def link(identifier: str) -> str:
    """Where the text of an SPDX licence stands; empty for what is none."""
    plain = identifier.split(" ")[0]
    if plain.startswith("LicenseRef-") or rule(plain) == "unknown" or plain.casefold() == plain:
        return ""
    return f"https://spdx.org/licenses/{plain}.html"


def _parsed(expression: str) -> Any:
    """The boolean tree of an expression; None of what is none."""
    if expression.strip().casefold() in _NOTHING_SAID:
        return None
    from license_expression import ExpressionError, ExpressionParseError, Licensing

    try:
        return Licensing().parse(expression)
    except (ExpressionError, ExpressionParseError):
        return None


def _of_tree(tree: Any) -> Rule:
    parts = [_of_tree(part) for part in getattr(tree, "args", ()) if not isinstance(part, str)]
    if parts and type(tree).__name__ in ("OR", "AND"):
        choose = min if type(tree).__name__ == "OR" else max
        return choose(parts, key=ORDER.index)
    return licences.rule(str(tree))
