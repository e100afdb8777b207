"""Recurrent sequences: LSTM, GRU and plain RNN over all steps, in one direction or both.

What enters the gates from the sequence is one matrix product over all steps, before the loop; a step adds the recurrent product. All
is time-first inside (T N …), so that a step is one row; the Transposes around it meet those of the source.

LiteRT's own UNIDIRECTIONAL_SEQUENCE_LSTM is not used: its state stays from one run to the next (the second run of the same input answers
otherwise unless the caller resets the variables), and XNNPACK does the same arithmetic faster.
"""

from collections.abc import Sequence

import numpy as np

from converters.frontends.openvino.gates import Gates
from converters.frontends.openvino.lowering import Context, int32, lowers
from converters.frontends.openvino.recurrent import Behind, Cell, Gru, Lstm, Rnn, Step, Weights
from converters.frontends.openvino.scanning import Collect, Scan, from_the_end, pick
from converters.frontends.openvino.steps import Done, in_steps
from converters.graph import Value, constant

_TURNED = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}


def _sequence(
    context: Context,
    x: Value,
    states: Sequence[Value],
    lengths: Value,
    weights: tuple[Value, Value, Value],
    direction: str,
    cell: Cell,
) -> tuple[Value, ...]:
    """x: N T I; states: N D H; lengths: N; weights: D G·H I, D G·H H, D G·H. (all hidden states N D T H, the last states N D H)."""
    b = context.build
    steps = x.shape[1]
    full = lengths.data is not None and bool(np.all(lengths.data >= steps))
    before = [b.transpose(state, (1, 0, 2)) for state in states]  # D N H
    every_x = b.transpose(x, (1, 0, 2))  # T N I
    together = full and steps > 1 and not context.unroll_loops and all(v.data is not None for v in weights)
    if together and direction.lower() == "bidirectional":
        hidden, ends = _both_ways(context, every_x, before, Weights(*weights), cell)
        return b.transpose(hidden, (2, 1, 0, 3)), *(b.transpose(end, (1, 0, 2)) for end in ends)
    shown: list[Value] = []
    last: list[list[Value]] = []
    for number, reverse in enumerate(_TURNED[direction.lower()]):
        mine = Weights(*(_direction(context, value, number) for value in weights))
        given = [b.reshape(_direction(context, state, number), (1, *state.shape[1:])) for state in before]
        if steps == 1 and full:
            hidden, ends = _single(context, every_x, given, cell.whole(context, mine))
        else:
            entered = _entered(context, every_x, mine, cell.entering)
            step = cell.behind(context, mine)
            hidden, ends = _looped(context, entered, given, step, None if full else lengths, reverse)
        shown.append(b.reshape(hidden, (steps, 1, *hidden.shape[1:])))
        last.append(ends)
    joined = [
        parts[0] if len(parts) == 1 else b("CONCATENATION", *parts, axis=axis)
        for parts, axis in ((shown, 1), *((ends, 0) for ends in zip(*last, strict=True)))
    ]
    return b.transpose(joined[0], (2, 1, 0, 3)), *(b.transpose(end, (1, 0, 2)) for end in joined[1:])


def _direction(context: Context, x: Value, number: int) -> Value:
    """x's part `number` along its first axis, which goes."""
    if x.data is not None:
        return constant(np.ascontiguousarray(x.data[number]), x.name)
    part = x if x.shape[0] == 1 else pick(context, x, constant(int32([number])))
    return context.build.reshape(part, x.shape[1:])


def _single(context: Context, x: Value, states: list[Value], step: Step) -> tuple[Value, list[Value]]:
    """A sequence of one step, as streaming models have them. x: 1 N I, states: 1 N H."""
    b = context.build
    flat = [b.reshape(value, value.shape[1:]) for value in (x, *states)]
    ends = [b.reshape(end, (1, *end.shape)) for end in step(context, flat[0], flat[1:])]
    return ends[0], ends


def _entered(context: Context, x: Value, weights: Weights, sizes: Sequence[int]) -> list[Value]:
    """x · outerᵀ + bias of all steps (T N size), in parts of these sizes."""
    parts, first = [], 0
    for size in sizes:
        part = weights.part(context, first, first + size)
        parts.append(context.build("FULLY_CONNECTED", x, part.outer, part.bias, keep_num_dims=True))
        first += size
    return parts


def _both_ways(
    context: Context, x: Value, states: list[Value], weights: Weights, cell: Cell
) -> tuple[Value, list[Value]]:
    """(all hidden states T 2 N H, the last states 2 N H) of both directions in one loop. x: T N I, states: 2 N H.

    The way back enters turned round, so that a step has one row of both.
    """
    b, count = context.build, x.shape[0]
    every = (weights.outer, weights.inner, weights.bias)
    ways = [Weights(*(_direction(context, value, number) for value in every)) for number in range(2)]
    turned = (x, b("GATHER", x, int32(np.arange(count)[::-1]), axis=0))
    entered = [_entered(context, one, way, cell.entering) for one, way in zip(turned, ways, strict=True)]
    together = [
        b("CONCATENATION", *(b.reshape(part, (count, 1, *part.shape[1:])) for part in parts), axis=1)
        for parts in zip(*entered, strict=True)
    ]
    step = cell.behind(context, weights)

    def one(inside: Context, _: Value, now: tuple[Value, ...], parts: tuple[Value, ...]) -> Done:
        after = step(inside, [inside.build.reshape(part, part.shape[1:]) for part in parts], now)
        return Done(after, [inside.build.reshape(after[0], (1, *after[0].shape))])

    ends, (hidden,) = in_steps(context, count, states, one, [Collect(0)], scans=[Scan(v) for v in together])
    rows = b.reshape(hidden, (2 * count, *hidden.shape[2:]))  # by step, there and back in turns
    places = np.stack([2 * np.arange(count), 2 * np.arange(count)[::-1] + 1], axis=1)
    by_time = b("GATHER", rows, int32(places.reshape(-1)), axis=0)
    return b.reshape(by_time, hidden.shape), ends


def _looped(
    context: Context,
    entered: list[Value],
    states: list[Value],
    step: Behind,
    lengths: Value | None,
    reverse: bool,
) -> tuple[Value, list[Value]]:
    """(all hidden states T N H, the last states 1 N H). Where a sequence has ended its states are held and 0 is shown."""
    count = entered[0].shape[0]
    limit = None
    if lengths is not None:
        limit = context.build.reshape(context.build.cast(lengths, np.int32), (1, *lengths.shape, 1))

    def one(inside: Context, number: Value, now: tuple[Value, ...], parts: tuple[Value, ...]) -> Done:
        after = step(inside, parts, now)
        if limit is None:
            return Done(after, after[:1])
        b, at = inside.build, from_the_end(inside, number, count) if reverse else number
        going = b("LESS", at, limit)
        held = [b("SELECT_V2", going, new, old) for new, old in zip(after, now, strict=True)]
        return Done(held, [b("SELECT_V2", going, after[0], np.zeros((1, 1, 1), np.float32))])

    scans = [Scan(part, reverse=reverse) for part in entered]
    last, collected = in_steps(context, count, states, one, [Collect(0, reverse)], scans=scans)
    return collected[0], last


@lowers("LSTMSequence")
def lstm_sequence(
    context: Context,
    x: Value,
    hidden: Value,
    cell: Value,
    lengths: Value,
    weights: Value,
    recurrent: Value,
    bias: Value,
    *,
    direction: str,
    hidden_size: int,
    activations: Sequence[str] = ("sigmoid", "tanh", "tanh"),
    activations_alpha: Sequence[float] = (),
    activations_beta: Sequence[float] = (),
    clip: float = 0.0,
) -> tuple[Value, ...]:
    kind = Lstm(Gates(activations, activations_alpha, activations_beta, clip), hidden_size)
    return _sequence(context, x, (hidden, cell), lengths, (weights, recurrent, bias), direction, kind)


@lowers("RNNSequence")
def rnn_sequence(
    context: Context,
    x: Value,
    hidden: Value,
    lengths: Value,
    weights: Value,
    recurrent: Value,
    bias: Value,
    *,
    direction: str,
    hidden_size: int,
    activations: Sequence[str] = ("tanh",),
    activations_alpha: Sequence[float] = (),
    activations_beta: Sequence[float] = (),
    clip: float = 0.0,
) -> tuple[Value, ...]:
    kind = Rnn(Gates(activations, activations_alpha, activations_beta, clip), hidden_size)
    return _sequence(context, x, (hidden,), lengths, (weights, recurrent, bias), direction, kind)


@lowers("GRUSequence")
def gru_sequence(
    context: Context,
    x: Value,
    hidden: Value,
    lengths: Value,
    weights: Value,
    recurrent: Value,
    bias: Value,
    *,
    direction: str,
    hidden_size: int,
    activations: Sequence[str] = ("sigmoid", "tanh"),
    activations_alpha: Sequence[float] = (),
    activations_beta: Sequence[float] = (),
    clip: float = 0.0,
    linear_before_reset: bool = False,
) -> tuple[Value, ...]:
    gates = Gates(activations, activations_alpha, activations_beta, clip)
    kind = Gru(gates, hidden_size, linear_before_reset)
    return _sequence(context, x, (hidden,), lengths, (weights, recurrent, bias), direction, kind)
