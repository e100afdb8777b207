"""Recurrent cells: one step of LSTM, GRU and plain RNN, written out; sequences of one step, as streaming models have them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from converters.frontends.openvino.activations import scalar
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.graph import Value, constant

_ACTIVATIONS = {"sigmoid": "LOGISTIC", "tanh": "TANH", "relu": "RELU"}


def _activated(context: Context, name: str, x: Value) -> Value:
    if name.lower() not in _ACTIVATIONS:
        raise NotExpressibleError(f"its activation `{name}` is not built yet")
    return context.build(_ACTIVATIONS[name.lower()], x)


def _plain(clip: float, alpha: Sequence[float], beta: Sequence[float]) -> None:
    if clip or alpha or beta:
        raise NotExpressibleError("clipped or parametrised activations in a recurrent cell are not built yet")


def _gates(context: Context, x: Value, hidden: Value, weights: Value, recurrent: Value, bias: Value) -> Value:
    """[x, h] · [W, R]ᵀ + b for all gates at once."""
    joined = np.concatenate([known(weights, "weights"), known(recurrent, "recurrence weights")], axis=1)
    both = context.build("CONCATENATION", x, hidden, axis=1)
    return context.build("FULLY_CONNECTED", both, constant(joined), constant(known(bias, "bias").reshape(-1)))


@lowers("LSTMCell")
def lstm_cell(
    context: Context,
    x: Value,
    hidden: Value,
    cell: Value,
    weights: Value,
    recurrent: Value,
    bias: Value,
    *,
    hidden_size: int,
    activations: Sequence[str] = ("sigmoid", "tanh", "tanh"),
    activations_alpha: Sequence[float] = (),
    activations_beta: Sequence[float] = (),
    clip: float = 0.0,
) -> tuple[Value, Value]:
    """Gates in the order f, i, c, o. (hidden state, cell state)."""
    _plain(clip, activations_alpha, activations_beta)
    b = context.build
    gates = b.many("SPLIT", int32(1), _gates(context, x, hidden, weights, recurrent, bias), num_splits=4)
    forget, enter, leave = (_activated(context, activations[0], gates[i]) for i in (0, 1, 3))
    candidate = _activated(context, activations[1], gates[2])
    state = b("ADD", b("MUL", forget, cell), b("MUL", enter, candidate))
    return b("MUL", leave, _activated(context, activations[2], state)), state


@lowers("RNNCell")
def rnn_cell(
    context: Context,
    x: Value,
    hidden: Value,
    weights: Value,
    recurrent: Value,
    bias: Value,
    *,
    hidden_size: int,
    activations: Sequence[str] = ("tanh",),
    activations_alpha: Sequence[float] = (),
    activations_beta: Sequence[float] = (),
    clip: float = 0.0,
) -> Value:
    _plain(clip, activations_alpha, activations_beta)
    return _activated(context, activations[0], _gates(context, x, hidden, weights, recurrent, bias))


@lowers("GRUCell")
def gru_cell(
    context: Context,
    x: Value,
    hidden: Value,
    weights: Value,
    recurrent: Value,
    bias: Value,
    *,
    hidden_size: int,
    activations: Sequence[str] = ("sigmoid", "tanh"),
    activations_alpha: Sequence[float] = (),
    activations_beta: Sequence[float] = (),
    clip: float = 0.0,
    linear_before_reset: bool = False,
) -> Value:
    """Gates in the order z, r, h; h' = (1 - z) · candidate + z · h."""
    _plain(clip, activations_alpha, activations_beta)
    b = context.build
    w, r, n = known(weights, "weights"), known(recurrent, "recurrence weights"), hidden_size
    offset = known(bias, "bias").reshape(-1)
    both = b("CONCATENATION", x, hidden, axis=1)
    stacked = constant(np.concatenate([w[: 2 * n], r[: 2 * n]], axis=1))
    gates = b("FULLY_CONNECTED", both, stacked, constant(offset[: 2 * n]))
    update, reset = b.many("SPLIT", int32(1), _activated(context, activations[0], gates), num_splits=2)
    entering = b("FULLY_CONNECTED", x, constant(w[2 * n :]), constant(offset[2 * n : 3 * n]))
    if linear_before_reset:
        kept = b("FULLY_CONNECTED", hidden, constant(r[2 * n :]), constant(offset[3 * n :]))
        remembered = b("MUL", reset, kept)
    else:
        zeros = np.zeros(n, offset.dtype)
        remembered = b("FULLY_CONNECTED", b("MUL", reset, hidden), constant(r[2 * n :]), zeros)
    candidate = _activated(context, activations[1], b("ADD", entering, remembered))
    stay = b("MUL", update, hidden)
    return b("ADD", b("MUL", b("SUB", scalar(1, x), update), candidate), stay)


def _one_step(
    context: Context,
    x: Value,
    states: Sequence[Value],
    lengths: Value,
    step: Callable[[int, Value, list[Value]], list[Value]],
) -> tuple[Value, ...]:
    """A sequence of one step: the cell, for each direction. x: N 1 I, states: N D H; results: N D 1 H and the states N D H."""
    b = context.build
    if x.shape[1] != 1 or np.any(known(lengths, "sequence lengths") != 1):
        raise NotExpressibleError(
            f"a sequence of {x.shape[1]} steps needs a loop, which is not built yet; export the model step by step, its states as inputs"
        )
    now = b.reshape(x, (x.shape[0], x.shape[2]))
    directions = states[0].shape[1]
    ends: list[list[Value]] = []
    for direction in range(directions):
        before = [
            b.reshape(
                state
                if directions == 1
                else b("SLICE", state, int32([0, direction, 0]), int32([state.shape[0], 1, state.shape[2]])),
                (state.shape[0], state.shape[2]),
            )
            for state in states
        ]
        ends.append([b.reshape(end, (end.shape[0], 1, end.shape[1])) for end in step(direction, now, before)])
    joined = [
        parts[0] if directions == 1 else b("CONCATENATION", *parts, axis=1)
        for parts in zip(*ends, strict=True)
    ]
    return b.reshape(joined[0], context.shapes[0]), *joined


def _of(value: Value, direction: int) -> Value:
    """The weights of one direction."""
    return constant(known(value, "weights")[direction])


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
    def step(d: int, now: Value, states: list[Value]) -> list[Value]:
        parts = (_of(value, d) for value in (weights, recurrent, bias))
        return list(
            lstm_cell(context, now, *states, *parts, hidden_size=hidden_size, activations=activations)
        )

    _plain(clip, activations_alpha, activations_beta)
    return _one_step(context, x, (hidden, cell), lengths, step)


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
    def step(d: int, now: Value, states: list[Value]) -> list[Value]:
        parts = (_of(value, d) for value in (weights, recurrent, bias))
        options: dict[str, Any] = {
            "hidden_size": hidden_size,
            "activations": activations,
            "linear_before_reset": linear_before_reset,
        }
        return [gru_cell(context, now, *states, *parts, **options)]

    _plain(clip, activations_alpha, activations_beta)
    return _one_step(context, x, (hidden,), lengths, step)
