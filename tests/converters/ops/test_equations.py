"""`op(T(x)) == T(op'(x))`: every layout equation, on random shapes and options, for every permutation, in LiteRT itself."""

import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converters.ops.spec import OPS
from tests.converters.ops.equations import build, data, forms, hold

CASES = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def check(op: str, *operands: Any, positive: bool = False, **attrs: Any) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return hold(build(op, operands, **attrs), Path(folder), positive=positive)


def shapes(least: int = 2, most: int = 4, size: int = 4) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, size), min_size=least, max_size=most).map(tuple)


def numbers(shape: tuple[int, ...], seed: int = 3) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


UNARY = (
    "RELU",
    "RELU6",
    "RELU_N1_TO_1",
    "RELU_0_TO_1",
    "LOGISTIC",
    "TANH",
    "ELU",
    "SIN",
    "COS",
    "EXP",
    "NEG",
    "ABS",
    "SQUARE",
)
UNARY += ("FLOOR", "CEIL", "ROUND", "SIGN", "HARD_SWISH", "GELU", "LEAKY_RELU", "SQRT", "RSQRT", "LOG")


@pytest.mark.parametrize("op", UNARY)
def test_unary(op):
    attrs = {"LEAKY_RELU": {"alpha": 0.2}}.get(op, {})
    assert check(op, data((2, 3, 1, 4)), positive=op in ("SQRT", "RSQRT", "LOG"), **attrs) == 48


def test_logical_not_and_cast():
    assert check("LOGICAL_NOT", data((2, 3, 4), np.bool_)) == 12
    assert check("CAST", data((2, 3, 4)), in_data_type="float32", out_data_type="int32") == 12


BINARY = (
    "ADD",
    "SUB",
    "MUL",
    "DIV",
    "MAXIMUM",
    "MINIMUM",
    "SQUARED_DIFFERENCE",
    "POW",
    "FLOOR_DIV",
    "FLOOR_MOD",
    "ATAN2",
)
BINARY += ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


@pytest.mark.parametrize("op", BINARY)
def test_binary(op):
    """Same shapes, broadcasting both ways, constants of lower rank and of one element on either side."""
    full, thin = (2, 3, 1, 4), (1, 3, 5, 1)
    if op != "ATAN2":
        assert check(op, data(full), data(thin), positive=True) == 72
    assert check(op, data(full), data(full), positive=True) == 72
    for shape in ((1, 3, 1, 1), (3, 1, 4), (4,), (), (1, 1, 1, 1)) if op != "ATAN2" else ():
        other = np.abs(numbers(shape)) + np.float32(0.5)
        assert check(op, data(full), other, positive=True) == 48
        assert check(op, other, data(full), positive=True) == 48


@pytest.mark.parametrize("op", ["LOGICAL_AND", "LOGICAL_OR"])
def test_logic(op):
    assert check(op, data((2, 3, 4), np.bool_), data((2, 1, 4), np.bool_)) == 18


def test_bits():
    assert check("BITWISE_XOR", data((2, 3), np.int32), data((2, 3), np.int32)) == 6
    assert check("RIGHT_SHIFT", data((2, 3), np.int32), data((2, 3), np.int32), positive=False) >= 0


def test_operands_of_a_lower_rank_refuse():
    assert not [
        form for form in forms(build("ADD", [data((2, 3, 4)), data((3, 4))])) if form.asked[0] == "out"
    ]


def test_select_and_prelu():
    assert check("SELECT_V2", data((2, 3, 4), np.bool_), data((2, 3, 4)), data((2, 3, 4))) == 24
    assert check("SELECT_V2", data((2, 3, 4), np.bool_), numbers((3, 1)), np.float32(0)) == 12
    assert check("PRELU", data((2, 3, 4, 1)), numbers((3, 4, 1))) == 48
    assert check("PRELU", data((2, 3, 4, 1)), numbers((1, 1, 4, 1))) == 48


REDUCTIONS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD")


@CASES
@given(shape=shapes(1), op=st.sampled_from(REDUCTIONS), keep=st.booleans(), chosen=st.data())
def test_reductions(shape, op, keep, chosen):
    axes = chosen.draw(
        st.lists(
            st.integers(-len(shape), len(shape) - 1),
            min_size=1,
            max_size=len(shape),
            unique_by=lambda a: a % len(shape),
        )
    )
    check(op, data(shape), np.asarray(axes, np.int32), keep_dims=keep)


@CASES
@given(
    shape=shapes(1),
    op=st.sampled_from(["REDUCE_ANY", "REDUCE_ALL"]),
    keep=st.booleans(),
    axis=st.integers(0, 3),
)
def test_logical_reductions(shape, op, keep, axis):
    check(op, data(shape, np.bool_), np.asarray([axis % len(shape)], np.int32), keep_dims=keep)


@CASES
@given(shape=shapes(1), op=st.sampled_from(["ARG_MAX", "ARG_MIN"]), axis=st.integers(-4, 3))
def test_arg_reductions(shape, op, axis):
    check(op, data(shape), np.asarray(axis % len(shape), np.int32))


@CASES
@given(shape=shapes(1), op=st.sampled_from(["SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"]))
def test_along_the_last_axis(shape, op):
    made = check(op, data(shape))
    assert made == 2 * math.factorial(len(shape) - 1)


@CASES
@given(shape=shapes(1), axis=st.integers(-4, 3), exclusive=st.booleans(), reverse=st.booleans())
def test_cumsum(shape, axis, exclusive, reverse):
    check(
        "CUMSUM", data(shape), np.asarray(axis % len(shape), np.int32), exclusive=exclusive, reverse=reverse
    )


@settings(parent=CASES, max_examples=120)
@given(
    chosen=st.data(),
    blocks=st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=3), min_size=1, max_size=3),
)
def test_reshape(chosen, blocks):
    """Blocks of axes split here, merged there, with unit axes strewn in on both sides."""

    def spread(parts):
        shape = []
        for part in parts:
            shape += part if chosen.draw(st.booleans()) else [math.prod(part)]
            shape += [1] * chosen.draw(st.integers(0, 1))
        return ([1] if chosen.draw(st.booleans()) else []) + shape

    before, after = tuple(spread(blocks))[:6], None
    after = tuple(spread(blocks))
    if math.prod(before) != math.prod(after) or len(before) > 5 or len(after) > 5:
        return
    check("RESHAPE", data(before), np.asarray(after, np.int32))


@pytest.mark.parametrize(
    ("before", "after", "count"), [((2, 3, 4), (2, 12), 4), ((2, 12), (2, 3, 4), 4), ((2, 3, 1), (2, 3), 8)]
)
def test_reshape_keeps_every_freedom_it_has(before, after, count):
    """(2, 3, 4) → (2, 12): two orders of the two blocks on each side."""
    assert check("RESHAPE", data(before), np.asarray(after, np.int32)) == count


@CASES
@given(shape=shapes(2, 4), flag=st.booleans())
def test_fully_connected(shape, flag):
    """Rows of the last axis where the rank is kept, and the flatten that permutes the weights' columns."""
    if flag or len(shape) == 2:
        check(
            "FULLY_CONNECTED",
            data(shape),
            numbers((5, shape[-1])),
            numbers((5,)),
            keep_num_dims=len(shape) > 2,
        )
    depth = math.prod(shape[1:])
    made = check("FULLY_CONNECTED", data(shape), numbers((5, depth)), numbers((5,)))
    assert len(shape) == 2 or made == math.factorial(len(shape) - 1)


@CASES
@given(
    batch=st.lists(st.integers(1, 3), min_size=0, max_size=2),
    m=st.integers(1, 4),
    k=st.integers(1, 4),
    n=st.integers(1, 4),
    a=st.booleans(),
    b=st.booleans(),
    where=st.sampled_from([None, 0, 1]),
)
def test_batch_matmul(batch, m, k, n, a, b, where):
    left = (*batch, k, m) if a else (*batch, m, k)
    right = (*batch, n, k) if b else (*batch, k, n)
    operands = [numbers(shape) if where == i else data(shape) for i, shape in enumerate((left, right))]
    if len(left) >= 2:
        check("BATCH_MATMUL", *operands, adj_x=a, adj_y=b)


@pytest.mark.parametrize("shapes", [((2, 1, 3, 4), (2, 5, 4, 2)), ((1, 3, 3, 4), (2, 1, 4, 2))])
def test_batch_matmul_with_broadcast_batches(shapes):
    check("BATCH_MATMUL", data(shapes[0]), data(shapes[1]))


@CASES
@given(shape=shapes(1, 4), chosen=st.data())
def test_slices(shape, chosen):
    begin = [chosen.draw(st.integers(0, n - 1)) for n in shape]
    size = [chosen.draw(st.integers(1, n - at)) for n, at in zip(shape, begin, strict=True)]
    check("SLICE", data(shape), np.asarray(begin, np.int32), np.asarray(size, np.int32))


@settings(parent=CASES, max_examples=60)
@given(shape=shapes(1, 4, 6), chosen=st.data(), masks=st.tuples(st.integers(0, 15), st.integers(0, 15)))
def test_strided_slices(shape, chosen, masks):
    """Positive and negative strides, begin and end masks that override what stands there."""
    begin, end, strides = [], [], []
    for n in shape:
        stride = chosen.draw(st.sampled_from([1, 2, 3, -1, -2]))
        at = chosen.draw(st.integers(0, n - 1))
        begin.append(at)
        end.append(
            chosen.draw(st.integers(at + 1, n))
            if stride > 0
            else chosen.draw(st.integers(-n - 1, at - n - 1))
        )
        strides.append(stride)
    bits = (1 << len(shape)) - 1
    operands = (np.asarray(part, np.int32) for part in (begin, end, strides))
    made = build(
        "STRIDED_SLICE", [data(shape), *operands], begin_mask=masks[0] & bits, end_mask=masks[1] & bits
    )
    if 0 in made.output.shape:
        return
    check("STRIDED_SLICE", *made.inputs, begin_mask=masks[0] & bits, end_mask=masks[1] & bits)


@pytest.mark.parametrize("mask", ["shrink_axis_mask", "new_axis_mask", "ellipsis_mask"])
def test_strided_slices_with_vanishing_axes_refuse(mask):
    node = build(
        "STRIDED_SLICE", [data((2, 3)), np.zeros(2, np.int32), np.ones(2, np.int32), np.ones(2, np.int32)]
    )
    node.attrs = {**node.attrs, mask: 1}
    assert forms(node) == []


@CASES
@given(
    shape=shapes(1, 4),
    axis=st.integers(-4, 3),
    indices=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    scalar=st.booleans(),
)
def test_gather(shape, axis, indices, scalar):
    axis = max(-len(shape), min(axis, len(shape) - 1))
    where = np.asarray([i % shape[axis] for i in indices], np.int32)
    check("GATHER", data(shape), where[0] if scalar and len(shape) > 1 else where, axis=axis)


@CASES
@given(shape=shapes(1, 4), axis=st.integers(-4, 3), count=st.integers(1, 3), fixed=st.booleans())
def test_concatenation(shape, axis, count, fixed):
    axis = max(-len(shape), min(axis, len(shape) - 1))
    grown = [tuple(n + i * (at == axis % len(shape)) for at, n in enumerate(shape)) for i in range(count)]
    operands = [data(s) for s in grown] + ([numbers(grown[-1])] if fixed else [])
    check("CONCATENATION", *operands, axis=axis)


@CASES
@given(shape=shapes(1, 4), axis=st.integers(-4, 3), parts=st.integers(2, 3), uneven=st.booleans())
def test_split(shape, axis, parts, uneven):
    axis = max(-len(shape), min(axis, len(shape) - 1))
    where = np.asarray(axis, np.int32)
    grown = tuple(n * parts if at == axis % len(shape) else n for at, n in enumerate(shape))
    if uneven:
        total = grown[axis]
        sizes = np.asarray([1] * (parts - 1) + [total - parts + 1], np.int32)
        check("SPLIT_V", data(grown), sizes, where, num_splits=parts)
    else:
        check("SPLIT", where, data(grown), num_splits=parts)


@CASES
@given(
    shape=shapes(1, 4),
    op=st.sampled_from(["PAD", "PADV2", "MIRROR_PAD"]),
    mode=st.sampled_from(["REFLECT", "SYMMETRIC"]),
    chosen=st.data(),
)
def test_pads(shape, op, mode, chosen):
    most = [n - (mode == "REFLECT") if op == "MIRROR_PAD" else 2 for n in shape]
    rows = np.asarray(
        [[chosen.draw(st.integers(0, m)), chosen.draw(st.integers(0, m))] for m in most], np.int32
    )
    if op == "PAD":
        check(op, data(shape), rows)
    elif op == "PADV2":
        check(op, data(shape), rows, np.float32(1.5))
    else:
        check(op, data(shape), rows, mode=mode)


@CASES
@given(shape=shapes(1, 4, 3), chosen=st.data())
def test_tile(shape, chosen):
    check("TILE", data(shape), np.asarray([chosen.draw(st.integers(1, 3)) for _ in shape], np.int32))


def test_every_equation_is_held_here():
    """An operator that gains an equation gains a test."""
    named = set(re.findall(r'"([A-Z0-9_]+)"', Path(__file__).read_text(encoding="utf-8")))
    assert {name for name, spec in OPS.items() if spec.equation is not None} <= named


@CASES
@given(shape=shapes(1, 4), k=st.integers(1, 4))
def test_top_k(shape, k):
    check("TOPK_V2", data(shape), np.asarray(min(k, shape[-1]), np.int32))


def test_bits_of_one_size():
    assert check("BITCAST", data((2, 3, 4)), out_data_type="int32") == 12
    assert not forms(build("BITCAST", [data((2, 3, 4))], out_data_type="int16"))


def test_zeros_like_and_quantized_ones():
    assert check("ZEROS_LIKE", data((2, 3, 4))) == 12
    assert len(forms(build("QUANTIZE", [data((2, 3, 4))]))) == 12
    assert len(forms(build("DEQUANTIZE", [data((2, 3, 4), np.float16)]))) == 12
