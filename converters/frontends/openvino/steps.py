"""Something done step by step: a WHILE over a counter, or the steps written out. What each step gives is collected along an axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32
from converters.graph import Value, constant
from converters.ops.builder import Builder
from converters.ops.closure import while_loop

_MOST = 2**31 - 1


@dataclass(frozen=True)
class Done:
    """What a step comes to: the state for the next one, the parts to be collected, and whether to go on (bool of one element; None:
    always)."""

    state: Sequence[Value]
    parts: Sequence[Value] = ()
    goes_on: Value | None = None


@dataclass(frozen=True)
class Collect:
    """A step's part joins the others' along `axis`, behind them or (reverse) before them."""

    axis: int
    reverse: bool = False


Step = Callable[[Context, Value, tuple[Value, ...]], Done]
"""(context, the step's number as int32 [1], state) → what it comes to."""


def pick(context: Context, x: Value, at: Value, axis: int = 0) -> Value:
    """x's part number `at` (int32 [1]) along `axis`, which stays with the size 1."""
    if at.data is None:
        return context.build("GATHER", x, at, axis=axis)
    begin = [0] * x.rank
    begin[axis] = int(at.data[0])
    size = [1 if i == axis else n for i, n in enumerate(x.shape)]
    return context.build("SLICE", x, int32(begin), int32(size))


def from_the_end(context: Context, number: Value, count: int) -> Value:
    """count - 1 - number."""
    last = int32([count - 1])
    return constant(last - number.data) if number.data is not None else context.build("SUB", last, number)


def in_steps(
    context: Context,
    count: int | Value | None,
    state: Sequence[Value],
    step: Step,
    collects: Sequence[Collect] = (),
    goes_on: Value | None = None,
) -> tuple[list[Value], list[Value]]:
    """(the state after the last step, the collected parts) of at most `count` steps, as long as `goes_on` and then the steps say so.

    `count` is an integer, a value of one, or None: no limit. Raises NotExpressibleError.
    """
    probe = step(_into(context, context.build.inner()), Value("", (1,), np.dtype(np.int32)), tuple(state))
    asks = [flag for flag in (goes_on, probe.goes_on) if flag is not None]
    if any(flag.data is not None and not flag.data.all() for flag in asks):
        raise NotExpressibleError("its condition is constantly false")
    always = all(flag.is_constant for flag in asks)
    if count is None and always:
        raise NotExpressibleError("it never ends")
    fixed = count if isinstance(count, int) and always else None
    if fixed is not None and (fixed <= 1 or context.unroll_loops):
        return _written_out(context, fixed, state, step, collects, probe.parts)
    flags = [] if always else [goes_on if goes_on is not None else constant(np.array([True]))]
    return _looped(context, count, fixed, list(state), step, collects, probe.parts, flags)


def _into(context: Context, build: Builder) -> Context:
    return replace(context, build=build)


def _written_out(
    context: Context,
    count: int,
    state: Sequence[Value],
    step: Step,
    collects: Sequence[Collect],
    parts: Sequence[Value],
) -> tuple[list[Value], list[Value]]:
    now = list(state)
    steps: list[Sequence[Value]] = []
    for number in range(count):
        done = step(context, constant(int32([number])), tuple(now))
        now = list(done.state)
        steps.append(done.parts)
    return now, [
        _joined(context, [parts[i] for parts in steps], collect, part)
        for i, (collect, part) in enumerate(zip(collects, parts, strict=True))
    ]


def _joined(context: Context, parts: list[Value], collect: Collect, part: Value) -> Value:
    if not parts:
        return constant(
            np.zeros([0 if i == collect.axis else n for i, n in enumerate(part.shape)], part.dtype)
        )
    ordered = parts[::-1] if collect.reverse else parts
    return ordered[0] if len(ordered) == 1 else context.build("CONCATENATION", *ordered, axis=collect.axis)


def _looped(
    context: Context,
    count: int | Value | None,
    fixed: int | None,
    state: list[Value],
    step: Step,
    collects: Sequence[Collect],
    parts: Sequence[Value],
    flags: list[Value],
) -> tuple[list[Value], list[Value]]:
    b = context.build
    limit = _limit(b, count)
    flags = [b.reshape(flag, (1,)) for flag in flags]
    if any(-1 in part.shape for part in parts):
        raise NotExpressibleError("what its steps give, and it collects, has a shape that only the run knows")
    buffers = [constant(_room(part, collect, fixed)) for part, collect in zip(parts, collects, strict=True)]
    middle = 1 + len(flags)

    def condition(build: Builder, now: tuple[Value, ...]) -> Value:
        asked = [now[1]] if flags else []
        if limit is not None:
            asked.insert(0, build("LESS", now[0], limit))
        return asked[0] if len(asked) == 1 else build("LOGICAL_AND", *asked)

    def body(build: Builder, now: tuple[Value, ...]) -> list[Value]:
        inside = _into(context, build)
        before, held = now[middle : middle + len(state)], now[middle + len(state) :]
        done = step(inside, now[0], before)
        more = [
            _collected(inside, buffer, part, now[0], collect, fixed)
            for buffer, part, collect in zip(held, done.parts, collects, strict=True)
        ]
        flag = done.goes_on if done.goes_on is not None else constant(np.array([True]))
        on = [build.reshape(flag, (1,))] if flags else []
        return [build("ADD", now[0], int32([1])), *on, *done.state, *more]

    ends = while_loop(b, [constant(int32([0])), *flags, *state, *buffers], condition, body)
    found = ends[middle + len(state) :]
    if fixed is None:
        found = tuple(
            _without_first(b, value, part, collect)
            for value, part, collect in zip(found, parts, collects, strict=True)
        )
    return list(ends[middle : middle + len(state)]), list(found)


def _limit(build: Builder, count: int | Value | None) -> Value | None:
    if count is None:
        return None
    if isinstance(count, int):
        return constant(int32([count]))
    short = count
    if count.dtype == np.int64:
        short = build.cast(build("MINIMUM", count, np.asarray(_MOST, np.int64)), np.int32)
    return build.reshape(short, (1,))


def _room(part: Value, collect: Collect, count: int | None) -> np.ndarray[Any, Any]:
    """Where a known number of parts is written; one part, to be cut off again, where they are joined one by one (a tensor of LiteRT's
    WHILE may grow, but not from nothing)."""
    factor = 1 if count is None else count
    return np.zeros([n * factor if i == collect.axis else n for i, n in enumerate(part.shape)], part.dtype)


def _collected(
    context: Context, buffer: Value, part: Value, number: Value, collect: Collect, count: int | None
) -> Value:
    b, axis = context.build, collect.axis
    if count is None:
        return b("CONCATENATION", *((part, buffer) if collect.reverse else (buffer, part)), axis=axis)
    place = from_the_end(context, number, count) if collect.reverse else number
    if part.shape[axis] != 1:
        place = b("MUL", place, int32([part.shape[axis]]))
    before, after = np.zeros(axis, np.int32), np.zeros(part.rank - axis - 1, np.int32)
    ends = [
        place if isinstance(end, str) else end
        for end in (before, "", after)
        if isinstance(end, str) or end.size
    ]
    start = place if len(ends) == 1 else b("CONCATENATION", *ends, axis=0)
    return b("DYNAMIC_UPDATE_SLICE", buffer, part, start)


def _without_first(build: Builder, value: Value, part: Value, collect: Collect) -> Value:
    begin = [part.shape[i] if i == collect.axis and not collect.reverse else 0 for i in range(part.rank)]
    if not collect.reverse:
        return build("SLICE", value, int32(begin), int32([-1] * part.rank))
    end = [-part.shape[i] if i == collect.axis else 0 for i in range(part.rank)]
    mask = sum(1 << i for i in range(part.rank) if i != collect.axis)
    ones = int32([1] * part.rank)
    return build("STRIDED_SLICE", value, int32(begin), int32(end), ones, end_mask=mask)
