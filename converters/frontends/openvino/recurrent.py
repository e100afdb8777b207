"""Recurrent cells: one step of LSTM, GRU and plain RNN, whole or behind a product that was made for all steps at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from converters.frontends.openvino.gates import Gates, plus
from converters.frontends.openvino.lowering import Context, lowers
from converters.frontends.openvino.scanning import section
from converters.graph import Value, constant

Step = Callable[[Context, Value, Sequence[Value]], list[Value]]
"""(context, x, states) → the new states, the hidden one first."""

Behind = Callable[[Context, Sequence[Value], Sequence[Value]], list[Value]]
"""(context, what enters the gates, one part for each of the cell's `entering`, states) → the new states, the hidden one first."""


@dataclass(frozen=True)
class Weights:
    """outer: G·H I, inner: G·H H, bias: G·H (or more); or all of them for several directions at once: D G·H …."""

    outer: Value
    inner: Value
    bias: Value

    def part(self, context: Context, first: int, last: int) -> "Weights":
        """The weights of these gates' features alone."""
        axis = self.inner.rank - 2
        return Weights(*(section(context, w, first, last, axis) for w in (self.outer, self.inner, self.bias)))


class Cell(Protocol):
    """A kind of recurrent cell of `size` hidden features."""

    @property
    def entering(self) -> tuple[int, ...]:
        """How many features enter the gates from outside, by what is done with them: parts of the rows of `outer`.

        Each part is a product of its own: XNNPACK does not cut a tensor into unequal parts, and a loop's body that it takes whole
        is much faster than one in pieces.
        """

    def whole(self, context: Context, weights: Weights) -> Step:
        """The step for x: N I, states: N H."""

    def behind(self, context: Context, weights: Weights) -> Behind:
        """The step for x · outerᵀ + bias: D N and a part of G·H each, states: D N H."""


def _both(context: Context, x: Value, hidden: Value, weights: Weights) -> Value:
    """[x, h] · [W, R]ᵀ + b for all gates at once."""
    b = context.build
    if weights.outer.data is None or weights.inner.data is None:
        entered = b("FULLY_CONNECTED", x, weights.outer, weights.bias)
        return b("ADD", entered, b("FULLY_CONNECTED", hidden, weights.inner, None))
    joined = np.concatenate([weights.outer.data, weights.inner.data], axis=1)
    return b("FULLY_CONNECTED", b("CONCATENATION", x, hidden, axis=1), constant(joined), weights.bias)


Product = Callable[[Context, Value], Value]
"""(context, hidden) → what the gates are given of it."""


def _recalled(weights: Value, bias: Value | None = None) -> Product:
    """hidden · weightsᵀ + bias; of several directions (hidden: D N H, weights: D G·H H constant) each with its own.

    The operands are made once, for all steps that are written out.
    """
    several = weights.rank > 2
    turned = constant(np.ascontiguousarray(weights.array.swapaxes(1, 2))) if several else weights
    added = constant(bias.array[:, None]) if several and bias is not None else bias

    def product(context: Context, hidden: Value) -> Value:
        b = context.build
        if hidden.is_constant and weights.is_constant and (bias is None or bias.is_constant):
            known = np.matmul(hidden.array, weights.array.swapaxes(-1, -2), dtype=np.float32)
            return constant(known if bias is None else known + (added or bias).array)
        if not several:
            return b("FULLY_CONNECTED", hidden, weights, bias, keep_num_dims=True)
        recalled = b("BATCH_MATMUL", hidden, turned)
        return recalled if added is None else b("ADD", recalled, added)

    return product


@dataclass(frozen=True)
class Lstm:
    """Gates in the order f, i, c, o; states: hidden, cell."""

    gates: Gates
    size: int

    @property
    def entering(self) -> tuple[int, ...]:
        return (4 * self.size,)

    def whole(self, context: Context, weights: Weights) -> Step:
        def step(inside: Context, x: Value, states: Sequence[Value]) -> list[Value]:
            return self.gates.lstm(inside, _both(inside, x, states[0], weights), states[1])

        return step

    def behind(self, context: Context, weights: Weights) -> Behind:
        recalled = _recalled(weights.inner)

        def step(inside: Context, entered: Sequence[Value], states: Sequence[Value]) -> list[Value]:
            return self.gates.lstm(inside, plus(inside, entered[0], recalled(inside, states[0])), states[1])

        return step


@dataclass(frozen=True)
class Rnn:
    gates: Gates
    size: int

    @property
    def entering(self) -> tuple[int, ...]:
        return (self.size,)

    def whole(self, context: Context, weights: Weights) -> Step:
        def step(inside: Context, x: Value, states: Sequence[Value]) -> list[Value]:
            return [self.gates(inside, 0, _both(inside, x, states[0], weights))]

        return step

    def behind(self, context: Context, weights: Weights) -> Behind:
        recalled = _recalled(weights.inner)

        def step(inside: Context, entered: Sequence[Value], states: Sequence[Value]) -> list[Value]:
            return [self.gates(inside, 0, inside.build("ADD", entered[0], recalled(inside, states[0])))]

        return step


@dataclass(frozen=True)
class Gru:
    """Gates in the order z, r, h. With `linear_before_reset` the bias is 4H, the last H inside the reset's product."""

    gates: Gates
    size: int
    linear_before_reset: bool

    @property
    def entering(self) -> tuple[int, ...]:
        return 2 * self.size, self.size

    def whole(self, context: Context, weights: Weights) -> Step:
        n = self.size
        opening, new = weights.part(context, 0, 2 * n), weights.part(context, 2 * n, 3 * n)
        inner_bias = section(context, weights.bias, 3 * n, 4 * n) if self.linear_before_reset else None

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

    def behind(self, context: Context, weights: Weights) -> Behind:
        n = self.size
        opening, new = (
            section(context, weights.inner, first, last, weights.inner.rank - 2)
            for first, last in ((0, 2 * n), (2 * n, 3 * n))
        )
        own = (
            section(context, weights.bias, 3 * n, 4 * n, weights.bias.rank - 1)
            if self.linear_before_reset
            else None
        )
        recalled, remembering = _recalled(opening), _recalled(new, own)

        def step(inside: Context, entered: Sequence[Value], states: Sequence[Value]) -> list[Value]:
            b, (hidden,) = inside.build, states
            opened = plus(inside, entered[0], recalled(inside, hidden))
            update, reset = self.gates.update_and_reset(inside, opened)
            remembered = (
                b("MUL", reset, remembering(inside, hidden))
                if self.linear_before_reset
                else remembering(inside, b("MUL", reset, hidden))
            )
            return [self.gates.gru(inside, update, b("ADD", entered[1], remembered), hidden)]

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
