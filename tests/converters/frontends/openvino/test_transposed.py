"""Transposed convolutions over one to three axes, grouped, dilated, constant and computed kernels, against OpenVINO."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check, weights

SIZES = {1: (7,), 2: (5, 6), 3: (3, 4, 5)}


def _windows(rank: int, draw: Any) -> dict[str, list[int]]:
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    strides = [draw(st.integers(1, 3)) for _ in range(rank)]
    dilations = [draw(st.integers(1, 2)) for _ in range(rank)]
    reach = [
        (n - 1) * s + (k - 1) * d + 1
        for n, k, s, d in zip(SIZES[rank], kernel, strides, dilations, strict=True)
    ]
    begin = [draw(st.integers(0, min(2, (r - 1) // 2))) for r in reach]
    end = [draw(st.integers(0, min(2, (r - 1) // 2))) for r in reach]
    # OpenVINO wants an output padding below the stride.
    more = [draw(st.integers(0, s - 1)) for s in strides]
    return {
        "kernel": kernel,
        "strides": strides,
        "dilations": dilations,
        "begin": begin,
        "end": end,
        "more": more,
    }


@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_transposed_convolution(rank: int, computed: bool, data: st.DataObject) -> None:
    from openvino import opset15 as ops

    w = _windows(rank, data.draw)
    shape = (3, 2, *w["kernel"])

    def build(x: Any, kernel: Any) -> Any:
        return ops.convolution_backprop_data(
            x, kernel, w["strides"], None, w["begin"], w["end"], w["dilations"], output_padding=w["more"]
        )

    x = (2, 3, *SIZES[rank])
    if computed:
        check(build, x, shape)
    else:
        check(lambda v: build(v, weights(*shape)), x)


@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("groups", [2, 3])
def test_groups(groups: int, rank: int, computed: bool) -> None:
    from openvino import opset15 as ops

    shape = (groups, 2, 3, *(2, 3, 2)[:rank])

    def build(x: Any, kernel: Any) -> Any:
        ones = [1] * rank
        return ops.group_convolution_backprop_data(x, kernel, [2] * rank, None, ones, ones, [2] * rank)

    x = (1, 2 * groups, *SIZES[rank])
    if computed:
        check(build, x, shape)
    else:
        check(lambda v: build(v, weights(*shape)), x)
