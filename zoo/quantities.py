"""Amounts as people type them: bytes and lengths of time."""

import math
import re

from registry.errors import InputError

_BYTES = {"": 1, "B": 1} | {
    f"{prefix}{end}": base**power
    for power, prefix in enumerate("KMGT", start=1)
    for base, ends in ((1000, ("", "B")), (1024, ("I", "IB")))
    for end in ends
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"


def size(text: str, option: str) -> int:
    """`4GB`, `1.5 GiB`, `500M` → bytes; GB is 10⁹ and GiB 2³⁰. Raises InputError for anything else, and for zero."""
    found = re.fullmatch(rf"\s*({_NUMBER})\s*([A-Za-z]*)\s*", text)
    factor = _BYTES.get(found[2].upper()) if found else None
    count = int(float(found[1]) * factor) if found and factor else 0
    if count < 1:
        raise InputError(
            f"{option} {text}: an amount of bytes is a number with a unit, like 500MB, 4GB or 2GiB"
        )
    return count


def seconds(text: str, option: str) -> float:
    """`90s`, `10m`, `1h30m`, `30d`; a bare number is seconds. Raises InputError for anything else, and for zero."""
    parts = re.findall(rf"({_NUMBER})\s*([a-z]?)", text.strip().lower())
    whole = re.fullmatch(rf"(?:(?:{_NUMBER})\s*[smhdw]\s*)+|{_NUMBER}", text.strip().lower())
    total = sum(float(number) * _SECONDS[unit or "s"] for number, unit in parts) if whole else 0.0
    if not 0 < total < math.inf:
        raise InputError(
            f"{option} {text}: a length of time is a number with a unit, like 90s, 10m, 1h30m or 30d"
        )
    return total
