"""Products of integers, exact where float32 sums of 8-bit numbers would not be, against numpy's."""

from typing import Any

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import model_of
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15


def extremes(shape: tuple[int, ...], dtype: Any, seed: int) -> Any:
    """Near the ends of the range, where sums are largest."""
    info = np.iinfo(dtype)
    return (
        np.random.default_rng(seed)
        .choice([info.max, info.max - 1, info.min, info.max - 2], shape)
        .astype(dtype)
    )


def wide(x: Any, zero: int) -> Any:
    return ops.subtract(ops.convert(x, "i32"), ops.constant(np.asarray(zero, np.int32)))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("terms", [5, 700, 5000])
def test_matrices_of_bytes(terms: int, known: bool) -> None:
    x, y = extremes((3, terms), np.uint8, 0), extremes((terms, 2), np.int8, 1)
    expected = (x.astype(np.int32) - 3) @ (y.astype(np.int32) + 5)
    if known:
        matrix = ops.constant(y.astype(np.int32) + 5)
        model = model_of(lambda a: ops.matmul(wide(a, 3), matrix, False, False), x.shape, dtypes=np.uint8)
        convert_and_compare(model, inputs=[x], expected=[expected])
        return

    def build(a: Any, b: Any) -> Any:
        return ops.matmul(wide(a, 3), wide(b, -5), False, False)

    model = model_of(build, x.shape, y.shape, dtypes=[np.uint8, np.int8])
    convert_and_compare(model, inputs=[x, y], expected=[expected])


def test_convolutions_of_bytes() -> None:
    x, w = extremes((1, 40, 5, 5), np.uint8, 0), extremes((3, 40, 3, 3), np.int8, 1)

    def build(a: Any) -> Any:
        kernel = ops.constant(w.astype(np.int32))
        return ops.convolution(wide(a, 128), kernel, [1, 1], [0, 0], [0, 0], [1, 1])

    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.int64) - 128, (3, 3), axis=(2, 3))
    expected = np.einsum("nchwij,ocij->nohw", windows, w.astype(np.int64)).astype(np.int32)
    found = convert_and_compare(model_of(build, x.shape, dtypes=np.uint8), inputs=[x], expected=[expected])
    assert found.transposes == 0


def test_numbers_of_any_size_are_refused() -> None:
    model = model_of(lambda a, b: ops.matmul(a, b, False, False), (2, 3), (3, 2), dtypes=np.int32)
    with pytest.raises(ConversionError, match="no exact sum"):
        convert_and_compare(model)
