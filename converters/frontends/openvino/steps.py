"""Something done step by step: a WHILE over a counter, or the steps written out. What each step gives is collected along an axis.

How many steps are written out as one iteration is decided in pace.py; a sequence of few steps is one, and needs no loop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32
from converters.frontends.openvino.pace import load_of, steps_at_once
from converters.frontends.openvino.scanning import Collect, Scan, scanned
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


Step = Callable[[Context, Value, tuple[Value, ...], tuple[Value, ...]], Done]
"""(context, the step's number as int32 [1], state, its parts of what is scanned) → what it comes to."""


@dataclass(frozen=True)
class _Work:
    """What is done in each step, and its parts that are collected, as a probe of one found them."""

    step: Step
    collects: Sequence[Collect]
    scans: Sequence[Scan]
    parts: Sequence[Value]


def in_steps(
    context: Context,
    count: int | Value | None,
    state: Sequence[Value],
    step: Step,
    collects: Sequence[Collect] = (),
    goes_on: Value | None = None,
    scans: Sequence[Scan] = (),
) -> tuple[list[Value], list[Value]]:
    """(the state after the last step, the collected parts) of at most `count` steps, as long as `goes_on` and then the steps say so.

    `count` is an integer, a value of one, or None: no limit. Raises NotExpressibleError.
    """
    scratch, number = _into(context, context.build.inner()), Value("", (1,), np.dtype(np.int32))
    given = scanned(_into(context, context.build.inner()), scans, number)
    probe = step(scratch, number, tuple(Value("", v.shape, v.dtype) for v in state), given)
    asks = [flag for flag in (goes_on, probe.goes_on) if flag is not None]
    if any(flag.data is not None and not flag.data.all() for flag in asks):
        raise NotExpressibleError("its condition is constantly false")
    always = all(flag.is_constant for flag in asks)
    if count is None and always:
        raise NotExpressibleError("it never ends")
    work = _Work(step, collects, scans, probe.parts)
    if isinstance(count, int) and always:
        size = steps_at_once(count, load_of(scratch.build.nodes, probe.parts))
        if size >= count or context.unroll_loops:
            return _written_out(context, count, state, work)
        if size > 1 and all(-1 not in v.shape for v in (*(one.value for one in scans), *probe.parts)):
            return _in_blocks(context, count, size, state, work)
        return _looped(context, count, count, list(state), work, [])
    flags = [] if always else [goes_on if goes_on is not None else constant(np.array([True]))]
    return _looped(context, count, None, list(state), work, flags)


def _into(context: Context, build: Builder) -> Context:
    return replace(context, build=build)


def _written_out(
    context: Context, count: int, state: Sequence[Value], work: _Work
) -> tuple[list[Value], list[Value]]:
    now = list(state)
    steps: list[Sequence[Value]] = []
    for index in range(count):
        number = constant(int32([index]))
        done = work.step(context, number, tuple(now), scanned(context, work.scans, number))
        now = list(done.state)
        steps.append(done.parts)
    return now, [
        collect.joined(context, [parts[i] for parts in steps], part)
        for i, (collect, part) in enumerate(zip(work.collects, work.parts, strict=True))
    ]


def _in_blocks(
    context: Context, count: int, size: int, state: Sequence[Value], work: _Work
) -> tuple[list[Value], list[Value]]:
    """A loop of `size` steps an iteration; the steps that are left over come behind it."""
    b, (blocks, rest) = context.build, divmod(count, size)
    scans = [one.blocks(context, blocks, size) for one in work.scans]
    rows = [collect.axis == 0 for collect in work.collects]  # a block of those is written as one row

    def block(inside: Context, number: Value, now: tuple[Value, ...], parts: tuple[Value, ...]) -> Done:
        first = inside.build("MUL", number, int32([size]))
        within = [one.within(inside, part) for one, part in zip(work.scans, parts, strict=True)]
        last, found = in_steps(
            inside, size, now, _counted_from(first, work.step), work.collects, scans=within
        )
        return Done(
            last,
            [
                inside.build.reshape(v, (1, *v.shape)) if row else v
                for v, row in zip(found, rows, strict=True)
            ],
        )

    given = []
    for part, collect, row in zip(work.parts, work.collects, rows, strict=True):
        shape = tuple(n * size if i == collect.axis else n for i, n in enumerate(part.shape))
        given.append(Value("", (1, *shape) if row else shape, part.dtype))
    whole = _Work(block, work.collects, [one for one, _ in scans], given)
    now, found = _looped(context, blocks, blocks, list(state), whole, [])
    found = [b.reshape(v, (-1, *v.shape[2:])) if row else v for v, row in zip(found, rows, strict=True)]
    if not rest:
        return now, found
    later = _counted_from(constant(int32([blocks * size])), work.step)
    now, more = in_steps(context, rest, now, later, work.collects, scans=[one for _, one in scans])
    return now, [
        collect.joined(context, pair, pair[0])
        for collect, *pair in zip(work.collects, found, more, strict=True)
    ]


def _counted_from(first: Value, step: Step) -> Step:
    """The steps that begin with number `first`."""

    def later(context: Context, number: Value, now: tuple[Value, ...], parts: tuple[Value, ...]) -> Done:
        if first.data is not None and number.data is not None:
            return step(context, constant(first.data + number.data), now, parts)
        return step(context, context.build("ADD", first, number), now, parts)

    return later


def _looped(
    context: Context,
    count: int | Value | None,
    fixed: int | None,
    state: list[Value],
    work: _Work,
    flags: list[Value],
) -> tuple[list[Value], list[Value]]:
    b = context.build
    limit = _limit(b, count)
    flags = [b.reshape(flag, (1,)) for flag in flags]
    if any(-1 in part.shape for part in work.parts):
        raise NotExpressibleError("what its steps give, and it collects, has a shape that only the run knows")
    pairs = list(zip(work.collects, work.parts, strict=True))
    buffers = [constant(collect.room(part, fixed)) for collect, part in pairs]
    middle = 1 + len(flags)

    def condition(build: Builder, now: tuple[Value, ...]) -> Value:
        asked = [now[1]] if flags else []
        if limit is not None:
            asked.insert(0, build("LESS", now[0], limit))
        return asked[0] if len(asked) == 1 else build("LOGICAL_AND", *asked)

    def body(build: Builder, now: tuple[Value, ...]) -> list[Value]:
        inside = _into(context, build)
        before, held = now[middle : middle + len(state)], now[middle + len(state) :]
        done = work.step(inside, now[0], before, scanned(inside, work.scans, now[0]))
        more = [
            collect.added(inside, buffer, part, now[0], fixed)
            for collect, buffer, part in zip(work.collects, held, done.parts, strict=True)
        ]
        flag = done.goes_on if done.goes_on is not None else constant(np.array([True]))
        on = [build.reshape(flag, (1,))] if flags else []
        return [build("ADD", now[0], int32([1])), *on, *done.state, *more]

    ends = while_loop(b, [constant(int32([0])), *flags, *state, *buffers], condition, body)
    found = list(ends[middle + len(state) :])
    if fixed is None:
        found = [
            collect.without_first(b, value, part) for value, (collect, part) in zip(found, pairs, strict=True)
        ]
    return list(ends[middle : middle + len(state)]), found


def _limit(build: Builder, count: int | Value | None) -> Value | None:
    if count is None:
        return None
    if isinstance(count, int):
        return constant(int32([count]))
    short = count
    if count.dtype == np.int64:
        short = build.cast(build("MINIMUM", count, np.asarray(_MOST, np.int64)), np.int32)
    return build.reshape(short, (1,))
