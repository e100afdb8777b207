"""Pools over one to three axes, dilated, of integers, with the places of the largest, against OpenVINO's own execution."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check

SIZES = {1: (9,), 2: (7, 8), 3: (5, 6, 7)}


def _windows(rank: int, draw: Any, dilated: bool) -> tuple[list[int], ...]:
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    strides = [draw(st.integers(1, 3)) for _ in range(rank)]
    dilations = [draw(st.integers(1, 2)) if dilated else 1 for _ in range(rank)]
    pads = [[draw(st.integers(0, min(k - 1, 1))) for k in kernel] for _ in range(2)]
    return kernel, strides, dilations, *pads


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_max_pool(rank: int, data: st.DataObject) -> None:
    from openvino import opset15 as ops

    kernel, strides, dilations, begin, end = _windows(rank, data.draw, True)
    rounding = data.draw(st.sampled_from(["floor", "ceil"]))
    check(
        lambda x: ops.max_pool(x, strides, dilations, begin, end, kernel, rounding).output(0),
        (2, 3, *SIZES[rank]),
    )


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_max_pool_with_places(rank: int, data: st.DataObject) -> None:
    from openvino import opset15 as ops

    kernel, strides, dilations, begin, end = _windows(rank, data.draw, True)
    axis = data.draw(st.integers(0, 2))
    check(
        lambda x: ops.max_pool(
            x, strides, dilations, begin, end, kernel, axis=axis, index_element_type="i64"
        ),
        (2, 3, *SIZES[rank]),
    )


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_average_pool(rank: int, data: st.DataObject) -> None:
    from openvino import opset15 as ops

    kernel, strides, _, begin, end = _windows(rank, data.draw, False)
    exclude = data.draw(st.booleans())
    check(lambda x: ops.avg_pool(x, strides, begin, end, kernel, exclude), (2, 3, *SIZES[rank]))


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_dilated_average_pool(rank: int, exclude: bool) -> None:
    """Against ONNX's definition: OpenVINO's CPU plugin has no dilated average."""
    import onnx
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    from tests.converters.harness import convert_and_compare

    node = helper.make_node(
        "AveragePool",
        ["x"],
        ["y"],
        kernel_shape=[2] * rank,
        strides=[2] * rank,
        dilations=[2] * rank,
        pads=[1] * (2 * rank),
        count_include_pad=int(not exclude),
    )
    ports = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("x", (2, 3, *SIZES[rank])), ("y", None))
    ]
    graph = helper.make_graph([node], "case", ports[:1], ports[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    x = np.random.default_rng(0).normal(size=(2, 3, *SIZES[rank])).astype(np.float32)
    expected = ReferenceEvaluator(model).run(None, {"x": x})
    convert_and_compare(model, inputs=[x], expected=expected)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32])
def test_integers(kind: type) -> None:
    from openvino import opset15 as ops

    x = np.random.default_rng(0).integers(0, 100, (1, 2, 6, 6)).astype(kind)
    check(
        lambda v: ops.max_pool(v, [2, 2], [1, 1], [1, 1], [0, 0], [3, 3]).output(0),
        x.shape,
        dtypes=kind,
        inputs=[x],
    )


@pytest.mark.parametrize("rank", [1, 3])
def test_volumes_and_rows_are_pooled_by_two_operators_at_most(rank: int) -> None:
    from openvino import opset15 as ops

    got = check(
        lambda x: ops.max_pool(x, [2] * rank, [1] * rank, [0] * rank, [0] * rank, [2] * rank).output(0),
        (1, 2, *SIZES[rank]),
    )
    assert got.histogram["MAX_POOL_2D"] == {1: 1, 3: 2}[rank]
