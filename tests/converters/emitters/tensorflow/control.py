"""Cases of control flow, and of what loops write their results with."""

import numpy as np

from converters.graph import Value, constant
from converters.ops import Builder
from converters.ops.closure import if_else, while_loop
from tests.converters.emitters.tensorflow.collecting import Cases, ints


def control(c: Cases) -> None:
    part = c.b("SLICE", c.matrix, ints(0, 0), ints(2, 3))
    c("update_slice", "DYNAMIC_UPDATE_SLICE", c.matrix, part, ints(3, 1))
    c("update_slice_of_constant", "DYNAMIC_UPDATE_SLICE", c.normal(4, 3), part, ints(1, 0))
    c("update_slice_beyond", "DYNAMIC_UPDATE_SLICE", c.matrix, part, ints(5, 9))
    c("update_slice_before", "DYNAMIC_UPDATE_SLICE", c.matrix, part, ints(-3, -1))
    weights = c.normal(10, 10)

    def below(b: Builder, state: tuple[Value, ...]) -> Value:
        return b("LESS", state[0], ints(3))

    def step(b: Builder, state: tuple[Value, ...]) -> list[Value]:
        number, x, rows = state
        now = b("TANH", b("FULLY_CONNECTED", b("ADD", x, c.matrix), weights, None))
        start = b("CONCATENATION", number, ints(0))
        first = b("GATHER", now, number)
        return [b("ADD", number, ints(1)), now, b("DYNAMIC_UPDATE_SLICE", rows, first, start)]

    state = [constant(ints(0)), c.b("NEG", c.matrix), constant(np.zeros((3, 10), np.float32))]
    _, c.outputs["loop_last"], c.outputs["loop_rows"] = while_loop(c.b, state, below, step)
    for name, sign in (("then", 1), ("else", -1)):
        large = c.b(
            "GREATER",
            c.b("MUL", c.b("SUM", c.b("ABS", c.matrix), ints(0, 1)), np.float32(sign)),
            np.float32(0),
        )
        (c.outputs[f"choice_{name}"],) = if_else(
            c.b, large, lambda b: [b("SIN", c.matrix)], lambda b: [b("MUL", c.matrix, weights[:6])]
        )
