"""Einsum against OpenVINO's own execution (and numpy's where OpenVINO takes no such equation)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check, model_of, weights
from tests.converters.harness import convert_and_compare

SIZE = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 1}


def _numpy(equation: str, *shapes: tuple[int, ...]) -> None:
    from openvino import opset15 as ops

    # of one sign: a sum that cancels to near zero has no relative error to speak of
    inputs = [
        np.abs(weights(*shape, seed=i)) + 0.1 if shape else np.float32(i + 2)
        for i, shape in enumerate(shapes)
    ]
    model = model_of(lambda *values: ops.einsum(list(values), equation), *shapes)
    convert_and_compare(
        model,
        inputs=[np.asarray(x) for x in inputs],
        expected=[np.einsum(equation.replace(" ", ""), *inputs)],
    )


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ab->ba", [(2, 3)]),
        ("ab->b", [(2, 3)]),
        ("ab->", [(2, 3)]),
        ("->", [()]),
        ("ba", [(2, 3)]),
        ("aa->a", [(3, 3)]),
        ("aa->", [(3, 3)]),
        ("...aa->...a", [(2, 4, 3, 3)]),
        ("aba->b", [(3, 2, 3)]),
        ("aaa->a", [(3, 3, 3)]),
        ("ab,bc->ac", [(2, 3), (3, 4)]),
        ("ab,bc", [(2, 3), (3, 4)]),
        ("a,b->ab", [(2,), (3,)]),
        ("a,a->", [(3,), (3,)]),
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
        ("...ij,...jk->...ik", [(2, 1, 3, 4), (6, 4, 5)]),
        ("bhqd,bkhd->bhqk", [(1, 2, 3, 4), (1, 5, 2, 4)]),
        ("bchw,bkc->bkhw", [(2, 3, 4, 5), (2, 6, 3)]),
        ("nctkv,kvw->nctw", [(1, 2, 3, 2, 4), (2, 4, 5)]),
        ("ab,ab->ab", [(2, 3), (2, 3)]),
        ("ab,bc,cd->ad", [(2, 3), (3, 4), (4, 5)]),
        ("ab,cb,db->acd", [(2, 3), (4, 3), (5, 3)]),
        ("a...,a...->...", [(2, 3), (2, 1)]),
    ],
)
def test_equations(equation: str, shapes: list[tuple[int, ...]]) -> None:
    _numpy(equation, *shapes)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_two_terms(data: st.DataObject) -> None:
    terms = [
        "".join(data.draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True)))
        for _ in range(2)
    ]
    letters = sorted(set("".join(terms)))
    result = "".join(data.draw(st.lists(st.sampled_from(letters), max_size=4, unique=True)))
    _numpy(f"{','.join(terms)}->{result}", *(tuple(SIZE[letter] for letter in term) for term in terms))


def test_as_openvino_computes() -> None:
    from openvino import opset15 as ops

    check(lambda x, y: ops.einsum([x, y], "bhqd,bhkd->bhqk"), (2, 3, 4, 5), (2, 3, 6, 5))


@pytest.mark.parametrize("turned", [False, True])
def test_constant_weights_are_a_fully_connected(turned: bool) -> None:
    from openvino import opset15 as ops

    def build(x: Any) -> Any:
        kernel = ops.constant(weights(4, 2, 5))
        if turned:
            return ops.einsum([kernel, x], "dhk,bsd->bshk")
        return ops.einsum([x, kernel], "bsd,dhk->bshk")

    got = check(build, (2, 3, 4))
    assert got.histogram["FULLY_CONNECTED"] == 1
    assert got.transposes == 0


def test_integers() -> None:
    from openvino import opset15 as ops

    x = np.arange(6, dtype=np.int32).reshape(2, 3)
    check(lambda v: ops.einsum([v, v], "ab,cb->ac"), (2, 3), dtypes=np.int32, inputs=[x])
