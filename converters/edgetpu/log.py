"""The log of `edgetpu_compiler`: what it says per operator type and status, and its numbers."""

import re
from dataclasses import dataclass

_ROW = re.compile(r"^(?P<op>[A-Z][A-Z0-9_]*)\s+(?P<count>\d+)\s+(?P<status>\S.*?)\s*$")
_VERSION = re.compile(r"Edge TPU Compiler version (?P<version>\S+)")
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SIZES = {
    "on_chip_bytes": "On-chip memory used for caching model parameters",
    "remaining_bytes": "On-chip memory remaining for caching model parameters",
    "streamed_bytes": "Off-chip memory used for streaming uncached model parameters",
}
_NUMBERS = {
    "partitions": "Number of Edge TPU subgraphs",
    "total": "Total number of operations",
    "mapped": "Number of operations that will run on Edge TPU",
}
_REFUSED = re.compile(
    r"^(?:Invalid model:.*|Compilation failed:.*|Internal compiler error.*|Model not quantized|Model could not be parsed)$"
)
_ERROR = re.compile(r"^ERROR: (?P<what>.*)$")
MAPPED = "Mapped to Edge TPU"


@dataclass(frozen=True)
class Status:
    """How many operators of a type share a status."""

    op: str
    count: int
    status: str


@dataclass(frozen=True)
class Log:
    """`version` as the compiler says it; numbers are None where the log lacks them; `failure` is why it made nothing."""

    version: str
    statuses: tuple[Status, ...]
    total: int | None
    mapped: int | None
    partitions: int | None
    on_chip_bytes: int | None
    remaining_bytes: int | None
    streamed_bytes: int | None
    failure: str


def parse(text: str) -> Log:
    """What a log says: the compiler's own output (with `-s`) or its `_edgetpu.log` file, of any version."""
    lines = [line.strip() for line in text.splitlines()]
    found = [_ROW.match(line) for line in lines]
    statuses = tuple(Status(m["op"], int(m["count"]), m["status"]) for m in found if m)
    version = _VERSION.search(text)
    values = {key: _size(text, label) for key, label in _SIZES.items()}
    numbers = {key: _number(text, label) for key, label in _NUMBERS.items()}
    if statuses:
        counted = sum(one.count for one in statuses)
        numbers["total"] = counted if numbers["total"] is None else numbers["total"]
        done = sum(one.count for one in statuses if one.status == MAPPED)
        numbers["mapped"] = done if numbers["mapped"] is None else numbers["mapped"]
    return Log(
        version=version["version"] if version else "",
        statuses=statuses,
        **numbers,
        **values,
        failure=_failure(lines) if not statuses else "",
    )


def _size(text: str, label: str) -> int | None:
    found = re.search(rf"{re.escape(label)}: ([0-9.]+)(B|KiB|MiB|GiB)\b", text)
    return round(float(found[1]) * _UNITS[found[2]]) if found else None


def _number(text: str, label: str) -> int | None:
    found = re.search(rf"{re.escape(label)}: (\d+)", text)
    return int(found[1]) if found else None


def _failure(lines: list[str]) -> str:
    """The lines that say why, joined."""
    errors = [found["what"] for line in lines if (found := _ERROR.match(line))]
    refused = [line for line in lines if _REFUSED.match(line)]
    return "; ".join(dict.fromkeys(errors + refused))
