"""Recurrent cells: one step of LSTM, GRU and plain RNN, whole or behind a product that was made for all steps at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from converters.frontends.openvino.gates import Gates, columns, rows
from converters.frontends.openvino.lowering import Context, lowers
from converters.graph import Value, constant

Step = Callable[[Context, Value, Sequence[Value]], list[Value]]
"""(context, what enters, states) → the new states, the hidden one first."""


@dataclass(frozen=True)
class Weights:
    """outer: G·H I, inner: G·H H, bias: G·H (or more)."""

    outer: Value
    inner: Value
    bias: Value


class Cell(Protocol):
    """A kind of recurrent cell of `size` hidden features."""

    @property
    def entering(self) -> int:
        """How many features enter the gates from outside: the rows of `outer`."""

    def whole(self, context: Context, weights: Weights) -> Step:
        """The step for x: N I, states: N H."""

    def behind(self, context: Context, weights: Weights) -> Step:
        """The step for x · outerᵀ + bias: 1 N G·H, states: 1 N H."""


def _both(context: Context, x: Value, hidden: Value, weights: Weights) -> Value:
    """[x, h] · [W, R]ᵀ + b for all gates at once."""
    b = context.build
    if weights.outer.data is None or weights.inner.data is None:
        entered = b("FULLY_CONNECTED", x, weights.outer, weights.bias)
        return b("ADD", entered, b("FULLY_CONNECTED", hidden, weights.inner, None))
    joined = np.concatenate([weights.outer.data, weights.inner.data], axis=1)
    return b("FULLY_CONNECTED", b("CONCATENATION", x, hidden, axis=1), constant(joined), weights.bias)


def _recalled(context: Context, hidden: Value, weights: Value, bias: Value | None = None) -> Value:
    return context.build("FULLY_CONNECTED", hidden, weights, bias, keep_num_dims=True)


@dataclass(frozen=True)
class Lstm:
    """Gates in the order f, i, c, o; states: hidden, cell."""

    gates: Gates
    size: int

    @property
    def entering(self) -> int:
        return 4 * self.size

    def whole(self, context: Context, weights: Weights) -> Step:
        def step(inside: Context, x: Value, states: Sequence[Value]) -> list[Value]:
            return self.gates.lstm(inside, _both(inside, x, states[0], weights), states[1])

        return step

    def behind(self, context: Context, weights: Weights) -> Step:
        def step(inside: Context, entered: Value, states: Sequence[Value]) -> list[Value]:
            recalled = _recalled(inside, states[0], weights.inner)
            return self.gates.lstm(inside, inside.build("ADD", entered, recalled), states[1])

        return step


@dataclass(frozen=True)
class Rnn:
    gates: Gates
    size: int

    @property
    def entering(self) -> int:
        return self.size

    def whole(self, context: Context, weights: Weights) -> Step:
        def step(inside: Context, x: Value, states: Sequence[Value]) -> list[Value]:
            return [self.gates(inside, 0, _both(inside, x, states[0], weights))]

        return step

    def behind(self, context: Context, weights: Weights) -> Step:
        def step(inside: Context, entered: Value, states: Sequence[Value]) -> list[Value]:
            recalled = _recalled(inside, states[0], weights.inner)
            return [self.gates(inside, 0, inside.build("ADD", entered, recalled))]

        return step


@dataclass(frozen=True)
class Gru:
    """Gates in the order z, r, h. With `linear_before_reset` the bias is 4H, the last H inside the reset's product."""

    gates: Gates
    size: int
    linear_before_reset: bool

    @property
    def entering(self) -> int:
        return 3 * self.size

    def whole(self, context: Context, weights: Weights) -> Step:
        n, bias = self.size, weights.bias
        opening, new = (
            Weights(*(rows(context, w, *part) for w in (weights.outer, weights.inner, bias)))
            for part in ((0, 2 * n), (2 * n, 3 * n))
        )
        inner_bias = rows(context, bias, 3 * n, 4 * n) if self.linear_before_reset else None

        def step(inside: Context, x: Value, states: Sequence[Value]) -> list[Value]:
            b, (hidden,) = inside.build, states
            update, reset = self.gates.update_and_reset(inside, _both(inside, x, hidden, opening))
            entering = b("FULLY_CONNECTED", x, new.outer, new.bias)
            if inner_bias is not None:
                remembered = b("MUL", reset, b("FULLY_CONNECTED", hidden, new.inner, inner_bias))
            else:
                remembered = b("FULLY_CONNECTED", b("MUL", reset, hidden), new.inner, None)
            return [self.gates.gru(inside, update, b("ADD", entering, remembered), hidden)]

        return step

    def behind(self, context: Context, weights: Weights) -> Step:
        return (
            self._reset_last(context, weights)
            if self.linear_before_reset
            else self._reset_first(context, weights)
        )

    def _reset_first(self, context: Context, weights: Weights) -> Step:
        n = self.size
        opening, new = rows(context, weights.inner, 0, 2 * n), rows(context, weights.inner, 2 * n, 3 * n)

        def step(inside: Context, entered: Value, states: Sequence[Value]) -> list[Value]:
            b, (hidden,) = inside.build, states
            entered_gates, entered_new = columns(inside, entered, 2 * n, n)
            opened = b("ADD", entered_gates, _recalled(inside, hidden, opening))
            update, reset = self.gates.update_and_reset(inside, opened)
            remembered = _recalled(inside, b("MUL", reset, hidden), new)
            return [self.gates.gru(inside, update, b("ADD", entered_new, remembered), hidden)]

        return step

    def _reset_last(self, context: Context, weights: Weights) -> Step:
        n, b = self.size, context.build
        own = rows(context, weights.bias, 3 * n, 4 * n)
        if own.data is not None:
            bias = constant(np.concatenate([np.zeros(2 * n, own.dtype), own.data]))
        else:
            bias = b("CONCATENATION", np.zeros(2 * n, own.dtype), own, axis=0)

        def step(inside: Context, entered: Value, states: Sequence[Value]) -> list[Value]:
            b, (hidden,) = inside.build, states
            recalled_gates, recalled = columns(
                inside, _recalled(inside, hidden, weights.inner, bias), 2 * n, n
            )
            entered_gates, entered_new = columns(inside, entered, 2 * n, n)
            update, reset = self.gates.update_and_reset(inside, b("ADD", entered_gates, recalled_gates))
            candidate = b("ADD", entered_new, b("MUL", reset, recalled))
            return [self.gates.gru(inside, update, candidate, hidden)]

        return step


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
) -> tuple[Value, ...]:
    """(hidden state, cell state)."""
    kind = Lstm(Gates(activations, activations_alpha, activations_beta, clip), hidden_size)
    return tuple(kind.whole(context, Weights(weights, recurrent, bias))(context, x, (hidden, cell)))


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
    kind = Rnn(Gates(activations, activations_alpha, activations_beta, clip), hidden_size)
    return kind.whole(context, Weights(weights, recurrent, bias))(context, x, (hidden,))[0]


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
    gates = Gates(activations, activations_alpha, activations_beta, clip)
    kind = Gru(gates, hidden_size, linear_before_reset)
    return kind.whole(context, Weights(weights, recurrent, bias))(context, x, (hidden,))[0]
