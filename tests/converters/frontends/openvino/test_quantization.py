"""FakeQuantize against OpenVINO's own, and the grid of QuantizeLinear against ONNX's specification."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check, model_of
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15


def spread(shape: tuple[int, ...], reach: float, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-reach, reach, shape).astype(np.float32)


def fake(low: Any, high: Any, out_low: Any, out_high: Any, levels: int) -> Any:
    bounds = [np.asarray(v, np.float32) for v in (low, high, out_low, out_high)]
    return lambda x: ops.fake_quantize(x, *(ops.constant(v) for v in bounds), levels)


@settings(max_examples=12, deadline=None)
@given(
    low=st.floats(-4, -0.1),
    width=st.floats(0.5, 8),
    levels=st.sampled_from([2, 16, 255, 256]),
    seed=st.integers(0, 9),
)
def test_any_range(low: float, width: float, levels: int, seed: int) -> None:
    """A number near the middle of two levels may take either, which moves it by one step."""
    x = spread((2, 3, 4), 6, seed)
    build = fake(low, low + width, -1, 2, levels)
    check(build, x.shape, inputs=[x], tolerance=1.01 * 1.5 / (levels - 1) if levels > 2 else 2)
    far = x[np.abs((x - low) / width * (levels - 1) % 1 - 0.5) > 1e-3]
    check(build, far.shape, inputs=[far], tolerance=1e-5)


def test_a_range_for_each_channel() -> None:
    low = np.asarray([-1, -2, -0.5]).reshape(1, 3, 1, 1)
    x = spread((2, 3, 4, 5), 3)
    check(fake(low, low + 2.55, 0, 255, 256), x.shape, inputs=[x])


def test_the_whole_grid_of_int8_is_a_pair() -> None:
    x = spread((2, 3, 4, 4), 3)
    found = check(fake(-1.28, 1.27, -1.28, 1.27, 256), x.shape, inputs=[x], tolerance=0.01)
    assert found.histogram == {"QUANTIZE": 1, "DEQUANTIZE": 1}


def test_a_range_that_is_computed() -> None:
    x = spread((2, 3, 4), 3)
    bounds = [np.asarray([v], np.float32) for v in (-1.3, 1.7, -1.0, 2.0)]
    check(lambda *a: ops.fake_quantize(*a, 256), x.shape, *[(1,)] * 4, inputs=[x, *bounds])


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16])
@pytest.mark.parametrize("known", [True, False])
def test_halves_go_to_even_before_the_zero_point(kind: type, known: bool) -> None:
    from onnx import helper, numpy_helper

    info = np.iinfo(kind)
    zero = np.asarray((info.max + info.min) // 2, kind)
    scale = np.asarray(2, np.float32)
    x = np.asarray([0, 1, 3, -1, -3, 5, 4, 1e6, -1e6], np.float32)
    made = helper.make_tensor_value_info
    kinds = {name: helper.np_dtype_to_tensor_dtype(np.dtype(t)) for name, t in (("s", "f4"), ("z", kind))}
    graph = helper.make_graph(
        [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["y"])],
        "g",
        [made("x", 1, [9])] + ([] if known else [made(name, kinds[name], []) for name in kinds]),
        [made("y", kinds["z"], [9])],
        [numpy_helper.from_array(v, n) for n, v in (("s", scale), ("z", zero))] if known else [],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    expected = np.clip(np.round(x / scale) + np.float32(zero), info.min, info.max).astype(kind)
    convert_and_compare(model, inputs=[x] if known else [x, scale, zero], expected=[expected])


def test_levels_are_integers_behind_a_conversion() -> None:
    x = spread((2, 6), 300)
    model = model_of(lambda a: ops.convert(fake(-128, 127, 0, 255, 256)(a), "u8"), x.shape)
    expected = (np.clip(np.round(x), -128, 127) + 128).astype(np.uint8)
    convert_and_compare(model, inputs=[x], expected=[expected])
