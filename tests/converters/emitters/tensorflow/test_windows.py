import numpy as np
import pytest

from converters.emitters.tensorflow.windows import bilinear, nearest, same_padding
from converters.ops.convolution import window


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_padding_gives_the_same_size(stride: int, kernel: int, dilation: int) -> None:
    for size in range(1, 20):
        before, after = same_padding(size, kernel, stride, dilation)
        assert 0 <= after - before <= 1
        padded = size + before + after
        expected = window(size, kernel, stride, dilation, "SAME")
        extent = (kernel - 1) * dilation + 1
        assert padded < extent or window(padded, kernel, stride, dilation, "VALID") == expected


def test_nearest_repeats_and_rounds() -> None:
    assert nearest(3, 6, False, False).tolist() == [0, 0, 1, 1, 2, 2]
    assert nearest(3, 5, True, False).tolist() == [0, 1, 1, 2, 2]
    assert nearest(4, 2, False, True).tolist() == [1, 3]


def test_bilinear_reaches_the_corners() -> None:
    lower, upper, share = bilinear(3, 5, True, False)
    assert lower.tolist() == [0, 0, 1, 1, 2]
    assert upper.tolist() == [1, 1, 2, 2, 2]
    np.testing.assert_allclose(share, [0, 0.5, 0, 0.5, 0])
