"""The rules are strict data, and each of their conditions can be asked of any operator."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from converters.edgetpu import conditions, forecast
from converters.edgetpu.facts import facts
from converters.edgetpu.model import read
from converters.edgetpu.rules import RULES, load
from converters.graph import Value
from tests.converters.edgetpu.small import GRID, chain, one_operator, written


def test_every_condition_asks_for_known_facts(tmp_path: Path):
    """Of an operator whose options a file leaves out, too."""
    rules = load()
    model = read(written(one_operator("RELU", ["int8 1x4"], ["int8 1x4"], {}), tmp_path))
    known = facts(model, model.operators[0], rules.mapped_types).keys()
    asked = {
        name
        for one in rules.operators.values()
        for limit in one.limits
        for name in conditions.names(limit.condition)
    }
    assert asked <= known


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": "red"}, "unknown field `colour`"),
        ({"operators": {"ADD": {"source": "hearsay"}}}, "`hearsay` is not among its sources"),
        (
            {"operators": {"ADD": {"source": "test-data", "limits": [{"when": "a ="}]}}},
            "missing required field `say`",
        ),
        (
            {
                "operators": {
                    "ADD": {
                        "source": "test-data",
                        "limits": [{"when": "f(x)", "say": "rank", "source": "test-data", "advice": "-"}],
                    }
                }
            },
            "Call has no place in a condition",
        ),
        ({"schema": 2}, "invalid enum value 2"),
    ],
)
def test_rules_that_are_none(change: dict[str, Any], complaint: str, tmp_path: Path):
    data = yaml.safe_load(RULES.read_text(encoding="utf-8")) | change
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(ValueError, match="(?i)" + complaint.replace("(", r"\(")):
        load(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [("a > 1 and not b", True), ("b or a % 4 == 2", True), ("a * 2 + 1 != 5", False), ("a - 2", False)],
)
def test_conditions(text: str, value: bool):
    assert conditions.holds(conditions.parse(text), {"a": 2, "b": False}) is value


LIMITS = [
    # the operator within its limit, and beyond
    ("AVERAGE_POOL_2D", ["int8 1x4x4x2"], ["int8 1x4x4x2"], {}, {"fused_activation_function": "RELU"}),
    (
        "CONV_2D",
        ["int8 1x9x9x2", "const int8 4x3x3x2", "const int32 4"],
        ["int8 1x9x9x4"],
        {"dilation_h_factor": 2, "dilation_w_factor": 2},
        {"dilation_h_factor": 2, "dilation_w_factor": 1},
    ),
    (
        "STRIDED_SLICE",
        ["int8 1x4x4x2", "int32 = 0 0 0 0", "int32 = 1 4 4 2", "int32 = 1 1 1 1"],
        ["int8 1x4x4x2"],
        {},
        {"new_axis_mask": 1},
    ),
    (
        "CONCATENATION",
        ["int8 1x4x4x2", "int8 = 0"],
        ["int8 1x4x4x3"],
        {"axis": 3},
        {"axis": 3, "fused_activation_function": "RELU6"},
    ),
]


@pytest.mark.parametrize(
    ("op", "inputs", "outputs", "within", "beyond"), LIMITS, ids=[one[0] for one in LIMITS]
)
def test_limits_of_options(
    op: str,
    inputs: list[str],
    outputs: list[str],
    within: dict[str, Any],
    beyond: dict[str, Any],
    tmp_path: Path,
):
    words = load().words
    for attrs, expected in ((within, words["mapped"]), (beyond, words["limitation"])):
        found = forecast(written(one_operator(op, inputs, outputs, attrs), tmp_path))
        assert [one.reason for one in found.ops] == [expected]


@pytest.mark.parametrize(
    ("op", "inputs", "outputs", "word"),
    [
        ("MEAN", ["int8 1x4x4x6", "int32 = 3"], ["int8 1x4x4"], "limitation"),
        ("MEAN", ["int8 1x4x4x8", "int32 = 3"], ["int8 1x4x4"], "mapped"),
        ("MEAN", ["int8 8x16", "int32 = 0"], ["int8 16"], "limitation"),
        ("CONCATENATION", ["int8 1x4", "int8 1x4", "const int8 1x4"], ["int8 1x12"], "limitation"),
        ("CONCATENATION", ["int8 1x4", "int8 1x1 = 5"], ["int8 1x5"], "limitation"),
        ("CONV_2D", ["int8 1x4x4x2", "int8 4x1x1x2", "const int32 4"], ["int8 1x4x4x4"], "constant"),
        ("FULLY_CONNECTED", ["int8 49x8", "const int8 4x8", "const int32 4"], ["int8 49x4"], "limitation"),
        ("PRELU", ["int8 1x4x4x8", "const int8 1x1x8"], ["int8 1x4x4x8"], "mapped"),
        ("PRELU", ["int8 1x4x4x8", "const int8 4x4x8"], ["int8 1x4x4x8"], "limitation"),
        ("SQUEEZE", ["int8 1x1x10"], ["int8 10"], "mapped"),
        ("SQUEEZE", ["int8 5x1x10"], ["int8 5x10"], "limitation"),
        ("SOFTMAX", ["int8 1x100000"], ["int8 1x100000"], "limitation"),
        ("PAD", ["int8 1x4x4x8", "int64 4x2 = 0 0 1 1 1 1 0 0"], ["int8 1x6x6x8"], "limitation"),
        ("STRIDED_SLICE", ["int8 1x4x4x2", "int32 = 0 0 0 0", "int32 = 1 4 4 2", "int32 = 1 2 2 1"], ["int8 1x2x2x2"], "limitation"),
        ("ADD", ["int8 2x4x4x8", "int8 2x4x4x8"], ["int8 2x4x4x8"], "rank"),
        ("RESHAPE", ["int8 1x4x4x8", "int32 = 2 2 2 2 8"], ["int8 2x2x2x2x8"], "rank"),
        ("HARD_SWISH", ["int8 1x4"], ["int8 1x4"], "unsupported"),
        ("DEPTH_TO_SPACE", ["int8 1x4x4x8"], ["int8 1x8x8x2"], "unsupported"),
        ("BATCH_MATMUL", ["int8 1x4x4", "int8 1x4x4"], ["int8 1x4x4"], "unsupported"),
        ("TANH", ["int16 1x4"], ["int8 1x4"], "dtype"),
    ],
)  # fmt: skip
def test_limits(op: str, inputs: list[str], outputs: list[str], word: str, tmp_path: Path):
    found = forecast(
        written(one_operator(op, inputs, outputs, {"block_size": 2} if "SPACE" in op else {}), tmp_path)
    )
    assert [one.reason for one in found.ops] == [load().words[word]]  # type: ignore[index]
    assert found.ops[0].advice or word == "mapped"


def flowing(name: str, *shape: int) -> Value:
    return Value(name, shape, np.dtype(np.int8), None, GRID)


def weights(*shape: int) -> Value:
    return Value("", shape, np.dtype(np.int8), np.ones(shape, np.int8), GRID)


def test_what_does_not_fit_is_streamed(tmp_path: Path):
    """Layers in order, each whole: 5 MB stay, 4 MB do not fit any more, 1 MB does."""
    x, y, z, end = (flowing(n, 1, c) for n, c in (("x", 1000), ("y", 5000), ("z", 800), ("end", 1250)))
    graph = chain(
        ("FULLY_CONNECTED", (x, weights(5000, 1000)), y),
        ("FULLY_CONNECTED", (y, weights(800, 5000)), z),
        ("FULLY_CONNECTED", (z, weights(1250, 800)), end),
    )
    found = forecast(written(graph, tmp_path))
    assert (found.parameter_bytes, found.on_chip_bytes, found.streamed_bytes) == (
        10_000_000,
        6_000_000,
        4_000_000,
    )


def test_all_partitions(tmp_path: Path):
    x, y, z, end = (flowing(n, 1, 4) for n in ("x", "y", "z", "end"))
    path = written(chain(("RELU", (x,), y), ("LEAKY_RELU", (y,), z), ("RELU6", (z,), end)), tmp_path)
    one, both = forecast(path), forecast(path, all_partitions=True)
    words = load().words
    assert [op.reason for op in one.ops] == [words["mapped"], words["unsupported"], words["subgraph"]]
    assert (one.mapped, one.partitions, one.possible_partitions, one.first_break) == (1, 1, 2, 1)
    assert (both.mapped, both.partitions, both.ops[2].mapped) == (2, 2, True)
    assert [(advice.what[:7], advice.ops) for advice in one.advice] == [("MAXIMUM", (1,))]
