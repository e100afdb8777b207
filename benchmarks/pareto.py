"""The Pareto front: what nothing else beats in everything."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Merits(NamedTuple):
    """What is weighed: bytes and milliseconds (less is better), accuracy (more is better). None: not known."""

    size: int | None
    latency: float | None
    accuracy: float | None


def front(every: Sequence[Merits], faster: Callable[[int, int], bool]) -> set[int]:
    """Positions that no other dominates. One dominates another where it is better in one merit and worse in none.

    Latencies count as different only where `faster(a, b)` says so, since figures within the noise are no merit. A merit takes part
    where at least two know theirs; who then lacks it is left out of the front and beats nobody.
    """
    known = [sum(one[merit] is not None for one in every) for merit in range(3)]
    used = [merit for merit in range(3) if known[merit] > 1 or known[merit] == len(every)]
    whole = [index for index, one in enumerate(every) if all(one[merit] is not None for merit in used)]
    return {b for b in whole if not any(a != b and _dominates(every, a, b, used, faster) for a in whole)}


def _dominates(
    every: Sequence[Merits], a: int, b: int, used: Sequence[int], faster: Callable[[int, int], bool]
) -> bool:
    compared = [_compare(every, a, b, merit, faster) for merit in used]
    return any(one > 0 for one in compared) and all(one >= 0 for one in compared)


def _compare(every: Sequence[Merits], a: int, b: int, merit: int, faster: Callable[[int, int], bool]) -> int:
    """1 where a is better, -1 where b is, 0 where they are alike."""
    if merit == 1:
        return int(faster(a, b)) - int(faster(b, a))
    ours, theirs = every[a][merit], every[b][merit]
    assert ours is not None
    assert theirs is not None
    less = (ours < theirs) - (ours > theirs)
    return less if merit == 0 else -less
