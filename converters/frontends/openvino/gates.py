"""The arithmetic of recurrent cells behind their matrix products: gates, their activations, the new state."""

from collections.abc import Sequence
from dataclasses import dataclass

from converters.frontends.openvino.activations import scalar
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32
from converters.graph import Value

_ACTIVATIONS = {"sigmoid": "LOGISTIC", "tanh": "TANH", "relu": "RELU"}
_HARD_SIGMOID = (0.2, 0.5)
"""Slope and offset where the model gives none (OpenVINO opset 5, LSTMSequence)."""


def is_zero(value: Value) -> bool:
    """Whether it is a constant of zeros, as states are that nobody gives."""
    return value.data is not None and not value.data.any()


def plus(context: Context, x: Value, y: Value) -> Value:
    """x + y, of one shape."""
    return x if is_zero(y) else context.build("ADD", x, y)


@dataclass(frozen=True)
class Gates:
    """A cell's activations f, g, h and the bound that what goes into them is clipped to (0: none)."""

    activations: Sequence[str]
    alpha: Sequence[float] = ()
    beta: Sequence[float] = ()
    clip: float = 0.0

    def __call__(self, context: Context, index: int, x: Value, *, clipped: bool = True) -> Value:
        """Activation number `index` of x. Raises NotExpressibleError for one that is not built."""
        b, name = context.build, self.activations[index].lower()
        if self.clip and clipped:
            x = b("MAXIMUM", b("MINIMUM", x, scalar(self.clip, x)), scalar(-self.clip, x))
        if name == "hardsigmoid":
            slope = self.alpha[index] if index < len(self.alpha) else _HARD_SIGMOID[0]
            offset = self.beta[index] if index < len(self.beta) else _HARD_SIGMOID[1]
            line = b("ADD", b("MUL", x, scalar(slope, x)), scalar(offset, x))
            return b("MINIMUM", b("RELU", line), scalar(1, x))
        if name not in _ACTIVATIONS:
            raise NotExpressibleError(f"its activation `{name}` is not built yet")
        return b(_ACTIVATIONS[name], x)

    def lstm(self, context: Context, gates: Value, cell: Value) -> list[Value]:
        """gates: … 4H in the order f, i, c, o. (hidden state, cell state).

        S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997.
        """
        b = context.build
        forget, enter, candidate, leave = b.many("SPLIT", int32(gates.rank - 1), gates, num_splits=4)
        entering = b("MUL", self(context, 0, enter), self(context, 1, candidate))
        state = entering if is_zero(cell) else b("ADD", b("MUL", self(context, 0, forget), cell), entering)
        shown = self(context, 2, state, clipped=False)
        return [b("MUL", self(context, 0, leave), shown), state]

    def update_and_reset(self, context: Context, gates: Value) -> tuple[Value, ...]:
        """gates: … 2H in the order z, r."""
        opened = self(context, 0, gates)
        return context.build.many("SPLIT", int32(gates.rank - 1), opened, num_splits=2)

    def gru(self, context: Context, update: Value, candidate: Value, hidden: Value) -> Value:
        """(1 - z) · candidate + z · h.

        K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014.
        """
        b = context.build
        new = self(context, 1, candidate)
        return b("ADD", new, b("MUL", update, b("SUB", hidden, new)))
