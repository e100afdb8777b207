"""How many steps of a loop are written out as one iteration of LiteRT's WHILE, by what that costs at run time.

LiteRT prepares a loop's body anew in every run and copies what the body gives into what it takes after every iteration (while.cc); XNNPACK
packs the weights of every operator that reads them. So a step written out more often saves iterations and costs preparation and cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from converters.graph import Node, Value

_START, _ITERATION, _OPERATOR = 16.0, 6.0, 1.0
"""What a loop costs in a run, each iteration, and each operator of the body that is prepared, in tenths of a microsecond (measured in
LiteRT on an x86-64 server core; what counts is how they stand to each other)."""
_BYTES = 5_000
"""So many bytes are copied at the cost of preparing one operator."""
_CACHE = 512 * 1024
"""Bytes of packed weights that one iteration may walk over: more do not stay in a core's cache from one iteration to the next."""
_OPERATORS = 400
"""Operators of one iteration at most."""


@dataclass(frozen=True)
class Load:
    """What a step comes to: its operators, the bytes of its constants, and the bytes that it adds to what is collected."""

    operators: int
    constants: int
    collected: int


def load_of(nodes: Sequence[Node], parts: Sequence[Value]) -> Load:
    """The load of a step of these nodes, whose `parts` are collected. Bodies inside of it count once."""
    held = {
        value: value.array.nbytes for node in nodes for value in node.inputs if value and value.is_constant
    }
    return Load(max(1, len(nodes)), sum(held.values()), sum(_size(part) for part in parts))


def _size(value: Value) -> int:
    count = value.dtype.itemsize
    for extent in value.shape:
        count *= max(1, extent)
    return count


def steps_at_once(count: int, load: Load) -> int:
    """How many of `count` steps one iteration of the outermost loop takes: all, where they are few; several, written out; or so many that
    they are a loop of their own, whose buffer is shorter to copy."""
    most = max(1, min(_CACHE // max(1, load.constants), _OPERATORS // load.operators))
    if count <= most:
        return count
    flat = min(range(1, most + 1), key=lambda size: _flat(count, size, load))
    nested = min(_longer(count, flat, load), key=lambda size: _nested(count, size, flat, load), default=0)
    return nested if nested and _nested(count, nested, flat, load) < _flat(count, flat, load) else flat


def _longer(count: int, inner: int, load: Load) -> range:
    """Multiples of `inner` around the best length of an inner loop, where another one costs what copying its longer buffer does."""
    if not load.collected:
        return range(0)
    once = _START + _ITERATION + inner * load.operators * _OPERATOR + _copied(count, load)
    best = sqrt(once * inner / _copied(1, load))
    first = max(2, round(best / 1.5 / inner)) * inner
    return range(first, min(count // 2, round(1.5 * best)) + 1, inner)


def _copied(count: int, load: Load) -> float:
    """Of one iteration: the buffer of all steps goes into the updated one, and back into what the body takes."""
    return 2 * count * load.collected / _BYTES * _OPERATOR


def _flat(count: int, size: int, load: Load) -> float:
    """A loop of `size` steps an iteration; what is left over stands behind it."""
    written = (size + count % size) * load.operators * _OPERATOR
    return _START + written + count // size * (_ITERATION + _copied(count, load))


def _nested(count: int, size: int, inner: int, load: Load) -> float:
    """A loop over loops of `size` steps, `inner` of them an iteration."""
    return _START + ceil(count / size) * (_flat(size, inner, load) + _ITERATION + _copied(count, load))
