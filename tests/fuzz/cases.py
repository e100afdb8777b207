"""Inputs: an honest file or an invented one, as it is and with some edits."""

from collections.abc import Iterator
from random import Random

from hypothesis import strategies as st

from tests.fuzz.targets import Target

VARIANTS = 40
_KINDS = ("set", "insert", "cut", "end", "repeat", "flip", "flip", "number", "number")
Edit = tuple[str, int, int, bytes]
_NUMBERS = (
    0,
    1,
    127,
    128,
    255,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0xFFFFFFFE,
    4,
    8,
    64,
    1 << 20,
)


def edited(seed: bytes, edits: list[Edit]) -> bytes:
    """The seed after each edit: (kind, place, number, bytes); places and numbers are taken modulo what there is."""
    data = bytearray(seed)
    for kind, place, number, content in edits:
        at = place % (len(data) + 1)
        if kind == "set":
            data[at : at + len(content)] = content
        elif kind == "insert":
            data[at:at] = content
        elif kind == "cut":
            del data[at : at + number % 64]
        elif kind == "end":
            del data[at:]
        elif kind == "repeat":
            data[at:at] = data[at : at + number % 512] * (1 + number % 7)
        elif kind == "flip" and at < len(data):
            data[at] ^= 1 << number % 8
        else:
            wide = (1, 2, 4, 8)[number % 4]
            value = _NUMBERS[number % len(_NUMBERS)] % (1 << 8 * wide)
            data[at : at + wide] = value.to_bytes(wide, "little" if number % 3 else "big")
    return bytes(data)


def strategy(target: Target) -> st.SearchStrategy[tuple[bytes, int]]:
    """(what a batch begins from, the seed of its variants): an honest file, or an invented one."""
    honest = st.sampled_from(target.seeds())
    start = honest if target.invented is None else st.one_of(honest, target.invented)
    return st.tuples(start, st.integers(0, 1 << 62))


def batch(start: bytes, seed: int) -> Iterator[bytes]:
    """The start itself, then variants by few edits: small changes of honest files come furthest into a reader.

    Drawn here and not by hypothesis, whose bookkeeping of each draw takes longer than most readers do.
    """
    yield start
    draw = Random(seed)
    for _ in range(VARIANTS):
        edits = [
            (
                draw.choice(_KINDS),
                draw.randrange(1 << 20),
                draw.randrange(1 << 16),
                draw.randbytes(draw.randrange(9)),
            )
            for _ in range(draw.choice((1, 1, 2, 3, 6)))
        ]
        yield edited(start, edits)
