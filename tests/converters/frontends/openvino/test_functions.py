"""Composed functions, attention and recurrent cells against OpenVINO's own execution."""

from typing import Any

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check

RANDOM = np.random.default_rng(0)
WIDE = (RANDOM.standard_normal((3, 4)) * 1.5).astype(np.float32)
UNIT = RANDOM.uniform(-0.99, 0.99, (3, 4)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("tan", UNIT),
        ("atan", WIDE),
        ("asin", UNIT),
        ("acos", UNIT),
        ("sinh", WIDE),
        ("cosh", WIDE),
        ("asinh", WIDE),
        ("acosh", np.abs(WIDE) + 1),
        ("atanh", UNIT),
        ("erf", WIDE * 2),
    ],
)
def test_function(name: str, x: Any) -> None:
    from openvino import opset15 as ops

    check(getattr(ops, name), (3, 4), inputs=[x], tolerance=1e-6)


@pytest.mark.parametrize("name", ["is_nan", "is_inf", "is_finite"])
def test_what_is_not_a_number(name: str) -> None:
    from openvino import opset15 as ops

    x = WIDE.copy()
    x[0, 0], x[1, 1], x[2, 2] = np.nan, np.inf, -np.inf
    check(getattr(ops, name), (3, 4), inputs=[x])


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_few_operators(causal: bool) -> None:
    from openvino import opset15 as ops

    shape = (1, 2, 5, 8)
    found = check(
        lambda q, k, v: ops.scaled_dot_product_attention(q, k, v, causal=causal), shape, shape, shape
    )
    assert found.transposes == 0
    assert sum(found.histogram.values()) == (5 if causal else 4)


def _weights(rows: int, columns: int) -> Any:
    return RANDOM.standard_normal((rows, columns)).astype(np.float32)


def test_lstm_cell() -> None:
    from openvino import opset15 as ops

    w, r, b = _weights(16, 3), _weights(16, 4), _weights(1, 16)[0]
    check(lambda x, h, c: ops.lstm_cell(x, h, c, w, r, b, 4), (2, 3), (2, 4), (2, 4))


@pytest.mark.parametrize("linear_before_reset", [False, True])
def test_gru_cell(linear_before_reset: bool) -> None:
    from openvino import opset15 as ops

    w, r, b = _weights(12, 3), _weights(12, 4), _weights(1, 16 if linear_before_reset else 12)[0]
    check(
        lambda x, h: ops.gru_cell(x, h, w, r, b, 4, linear_before_reset=linear_before_reset), (2, 3), (2, 4)
    )


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_sequence_of_one_step(cell: str, directions: int) -> None:
    from openvino import opset15 as ops

    gates = 4 if cell == "lstm" else 3
    w, r = (RANDOM.standard_normal((directions, gates * 4, n)).astype(np.float32) for n in (3, 4))
    bias = RANDOM.standard_normal((directions, gates * 4)).astype(np.float32)
    way = "forward" if directions == 1 else "bidirectional"
    length = ops.constant(np.ones(2, np.int32))
    if cell == "lstm":
        check(
            lambda x, h, c: ops.lstm_sequence(x, h, c, length, w, r, bias, 4, way),
            (2, 1, 3),
            (2, directions, 4),
            (2, directions, 4),
        )
    else:
        check(lambda x, h: ops.gru_sequence(x, h, length, w, r, bias, 4, way), (2, 1, 3), (2, directions, 4))
