"""Recurrent cells: one step of LSTM, GRU and plain RNN, written out."""

from collections.abc import Sequence

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
