"""Results from machine to machine: JSON Lines with everything, one measurement, score or failure a line."""

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from benchmarks.results import Failure
from registry.errors import InputError
from registry.types import Measurement, Score

_HASH = re.compile(r"[0-9a-f]{64}")


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: a measurement, a score, or what could not be measured."""

    zoo: int
    measurement: Measurement | None = None
    score: Score | None = None
    failure: Failure | None = None


VERSION = 1


class Found(NamedTuple):
    """What a file holds."""

    measurements: list[Measurement]
    scores: list[Score]
    failures: list[Failure]


def write(
    measurements: Iterable[Measurement], scores: Iterable[Score], failures: Iterable[Failure] = ()
) -> bytes:
    records = [
        *(Record(VERSION, measurement=one) for one in measurements),
        *(Record(VERSION, score=one) for one in scores),
        *(Record(VERSION, failure=one) for one in failures),
    ]
    return b"".join(msgspec.json.encode(one) + b"\n" for one in records)


def is_ours(content: bytes) -> bool:
    return content.lstrip().startswith(b'{"zoo":')


def read(content: bytes, name: str) -> Found:
    """What `write` wrote. Raises InputError, with the line, where anything in it is not whole: then nothing of it counts."""
    found = Found([], [], [])
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line, type=Record)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(
                f"{name}, line {number}: no result, or one that is cut off ({error}); export it again"
            ) from None
        if record.zoo > VERSION:
            raise InputError(f"{name}, line {number}: written by a newer zoo: import it with that one")
        if record.measurement is not None:
            found.measurements.append(_sound(record.measurement, f"{name}, line {number}"))
        if record.score is not None:
            found.scores.append(record.score)
        if record.failure is not None:
            found.failures.append(_known(record.failure, f"{name}, line {number}"))
    return found


_Whose = TypeVar("_Whose", Measurement, Failure)


def _known(one: _Whose, where: str) -> _Whose:
    if not _HASH.fullmatch(one.sha256):
        raise InputError(f"{where}: {one.sha256!r} is no sha256, so whose result it is is not known")
    return one


def _sound(one: Measurement, where: str) -> Measurement:
    """Refuses what cannot have been measured."""
    _known(one, where)
    if not one.median_ms > 0 or any(not sample.ms > 0 for sample in one.samples):
        raise InputError(f"{where}: a latency of {one.artifact} is not positive")
    return one
