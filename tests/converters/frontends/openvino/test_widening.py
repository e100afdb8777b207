"""Types that LiteRT's kernels do not compute in: widened, computed, cast back, with the same wrap-around."""

from typing import Any

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check


def numbers(dtype: Any) -> Any:
    info = np.iinfo(dtype)
    return np.asarray([[info.min, 3, info.max], [7, 100, info.max - 2]], dtype)


@pytest.mark.parametrize("op", ["maximum", "minimum", "equal", "greater"])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.uint32])
def test_small_integers(op: str, dtype: Any) -> None:
    from openvino import opset15 as ops

    given = [numbers(dtype), numbers(dtype)[::-1].copy()]
    check(getattr(ops, op), (2, 3), (2, 3), dtypes=dtype, inputs=given)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16])
def test_sums_wrap_around(dtype: Any) -> None:
    """numpy's arithmetic is C's; OpenVINO's CPU plugin is not asked, since it saturates some of these types."""
    from openvino import opset15 as ops

    from tests.converters.frontends.openvino.models import model_of
    from tests.converters.harness import convert_and_compare

    x, y = numbers(dtype), numbers(dtype)[::-1].copy()
    with np.errstate(over="ignore"):
        expected = x + y
    convert_and_compare(model_of(ops.add, (2, 3), (2, 3), dtypes=dtype), inputs=[x, y], expected=[expected])


def test_float16_is_computed_in_float32() -> None:
    from openvino import opset15 as ops

    def build(x: Any, y: Any) -> Any:
        return ops.relu(ops.multiply(ops.add(x, y), y))

    found = check(build, (2, 3), (2, 3), dtypes=np.float16, tolerance=2e-3)
    assert found.histogram == {"CAST": 3, "ADD": 1, "MUL": 1}
