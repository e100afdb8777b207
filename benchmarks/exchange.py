"""Results from machine to machine: JSON Lines with everything, one measurement or score a line."""

import re
from collections.abc import Iterable

import msgspec

from registry.errors import InputError
from registry.types import Measurement, Score

_HASH = re.compile(r"[0-9a-f]{64}")


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: either a measurement or a score."""

    zoo: int
    measurement: Measurement | None = None
    score: Score | None = None


VERSION = 1


def write(measurements: Iterable[Measurement], scores: Iterable[Score]) -> bytes:
    records = [Record(VERSION, measurement=one) for one in measurements] + [
        Record(VERSION, score=one) for one in scores
    ]
    return b"".join(msgspec.json.encode(one) + b"\n" for one in records)


def is_ours(content: bytes) -> bool:
    return content.lstrip().startswith(b'{"zoo":')


def read(content: bytes, name: str) -> tuple[list[Measurement], list[Score]]:
    """What `write` wrote. Raises InputError, with the line, where anything in it is not whole: then nothing of it counts."""
    measurements: list[Measurement] = []
    scores: list[Score] = []
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
            measurements.append(_sound(record.measurement, f"{name}, line {number}"))
        if record.score is not None:
            scores.append(record.score)
    return measurements, scores


def _sound(one: Measurement, where: str) -> Measurement:
    """Refuses what cannot have been measured."""
    if not _HASH.fullmatch(one.sha256):
        raise InputError(f"{where}: {one.sha256!r} is no sha256, so whose result it is is not known")
    if not one.median_ms > 0 or any(not sample.ms > 0 for sample in one.samples):
        raise InputError(f"{where}: a latency of {one.artifact} is not positive")
    return one
