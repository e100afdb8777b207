"""Blocks that become axes or batches, and back: against OpenVINO's own execution."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check, model_of, reference, weights
from tests.converters.harness import convert_and_compare


@settings(max_examples=15)
@given(st.data())
def test_space_to_batch_and_back(data: st.DataObject) -> None:
    """Held against OpenVINO's reference: its CPU plugin reads beyond what it pads with (2026.4)."""
    from openvino import opset15 as ops

    def compare(build: Callable[[Any], Any], shape: tuple[int, ...]) -> None:
        x = weights(*shape)
        convert_and_compare(model_of(build, shape), inputs=[x], expected=reference(build, x))

    rank = data.draw(st.integers(3, 5))
    block = [1, *data.draw(st.lists(st.integers(1, 3), min_size=rank - 1, max_size=rank - 1))]
    extents = data.draw(st.lists(st.integers(1, 6), min_size=rank - 2, max_size=rank - 2))
    first = [0, 0, *(data.draw(st.integers(0, size - 1)) for size in block[2:])]
    padded = zip(extents, first[2:], block[2:], strict=True)
    last = [0, 0, *(-(n + f) % size for n, f, size in padded)]
    shape = (2, block[1] * data.draw(st.integers(1, 2)), *extents)
    compare(lambda x: ops.space_to_batch(x, block, first, last), shape)
    grown = zip(shape, first, last, block, strict=True)
    batched = tuple((n + f + e) // size for n, f, e, size in grown)
    compare(
        lambda x: ops.batch_to_space(x, block, first, last),
        (2 * int(np.prod(block)), *batched[1:]),
    )


@pytest.mark.parametrize("stride", [2, 3])
def test_reorg_yolo(stride: int) -> None:
    from openvino import opset15 as ops

    check(lambda x: ops.reorg_yolo(x, [stride]), (2, 2 * stride**2, 2 * stride, 3 * stride))


@pytest.mark.parametrize("auto_pad", ["valid", "same_upper", "same_lower"])
@pytest.mark.parametrize(
    ("sizes", "strides", "rates"),
    [((3, 2), (2, 3), (1, 1)), ((2, 2), (1, 1), (2, 3)), ((1, 3), (5, 5), (1, 2))],
)
def test_extract_image_patches(
    sizes: tuple[int, int], strides: tuple[int, int], rates: tuple[int, int], auto_pad: str
) -> None:
    from openvino import opset15 as ops

    check(
        lambda x: ops.extract_image_patches(x, list(sizes), list(strides), list(rates), auto_pad),
        (2, 3, 9, 10),
    )


@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize(
    ("strides", "dilations", "before", "after"),
    [((1, 1), (1, 1), (0, 0), (0, 0)), ((2, 1), (1, 2), (1, 0), (0, 2)), ((2, 3), (2, 1), (1, 1), (1, 1))],
)
def test_col2im(
    strides: tuple[int, int],
    dilations: tuple[int, int],
    before: tuple[int, int],
    after: tuple[int, int],
    lead: tuple[int, ...],
) -> None:
    from openvino import opset15 as ops

    size, kernel = (6, 7), (2, 3)
    out = [
        (n + a + e - d * (k - 1) - 1) // s + 1
        for n, a, e, d, k, s in zip(size, before, after, dilations, kernel, strides, strict=True)
    ]
    check(
        lambda x: ops.col2im(
            x, list(size), list(kernel), list(strides), list(dilations), list(before), list(after)
        ),
        (*lead, 4 * 6, out[0] * out[1]),
    )
