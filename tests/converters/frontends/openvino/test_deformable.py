"""Deformable convolutions against OpenVINO's own execution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check, weights


@settings(max_examples=25)
@given(st.data())
def test_against_openvino(data: st.DataObject) -> None:
    from openvino import opset15 as ops

    draw = data.draw
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    strides, dilations = (draw(st.tuples(st.integers(1, 2), st.integers(1, 2))) for _ in range(2))
    begin, end = (draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(2))
    group, parts = draw(st.sampled_from([1, 2])), draw(st.sampled_from([1, 2, 4]))
    batch, masked, padded = draw(st.integers(1, 2)), draw(st.booleans()), draw(st.booleans())
    shape = (batch, 4, 7, 8)
    geometry = zip(shape[2:], begin, end, dilations, kernel, strides, strict=True)
    out = tuple((n + a + e - d * (k - 1) - 1) // s + 1 for n, a, e, d, k, s in geometry)
    taps = parts * kernel[0] * kernel[1]
    given_ = [
        weights(*shape, seed=1),
        2 * weights(batch, taps * 2, *out, seed=2),
        weights(6, 4 // group, *kernel, seed=3),
        np.abs(weights(batch, taps, *out, seed=4)),
    ]
    names = [given_[0], given_[1], *([given_[3]] if masked else [])]
    check(
        lambda x, o, *m: ops.deformable_convolution(
            x,
            o,
            ops.constant(given_[2]),
            list(strides),
            list(begin),
            list(end),
            list(dilations),
            m[0] if m else None,
            "explicit",
            group,
            parts,
            padded,
        ),
        *(array.shape for array in names),
        inputs=names,
        tolerance=2e-5,
    )


@pytest.mark.parametrize("auto_pad", ["same_upper", "same_lower", "valid"])
def test_automatic_padding(auto_pad: str) -> None:
    from openvino import opset15 as ops

    out = (4, 4) if auto_pad != "valid" else (3, 3)
    check(
        lambda x, o: ops.deformable_convolution(
            x, o, ops.constant(weights(2, 3, 3, 3)), [2, 2], [0, 0], [0, 0], [1, 1], None, auto_pad
        ),
        (1, 3, 8, 7),
        (1, 18, *out),
    )
