"""What a probe of a large tensor sees."""

import numpy as np
import pytest

from converters.quantize.static import Statistics
from converters.quantize.static.statistics import ChannelMean


@pytest.mark.parametrize("channels", [3, 9, 24, 27, 30, 48, 99])
def test_no_channel_is_missed_however_many_there_are(channels):
    """One channel that is large everywhere: the least squared error never clips it away."""
    for wide in range(channels):
        array = np.zeros((1, 113, 112, channels), np.float32)
        array[..., ::2] = 0.1
        array[..., wide] = 1.0
        found = Statistics()
        found.add(array)
        assert found.range("mse") == (0.0, 1.0)


def test_a_mean_sees_every_column():
    array = np.zeros((1, 512, 510, 4), np.float32)
    array[:, :, ::3] = 1.0
    found = ChannelMean()
    found.add(array)
    assert np.allclose(found.mean, 1 / 3, atol=0.01)
