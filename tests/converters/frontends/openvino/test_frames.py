"""Short-time Fourier transforms against OpenVINO's own execution."""

from typing import Any

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check

HANN = np.hanning(18)[1:-1].astype(np.float32)


@pytest.mark.parametrize("window", [HANN, HANN[2:-3]])
@pytest.mark.parametrize("step", [3, 8])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shape", [(50,), (2, 50)])
def test_stft(shape: tuple[int, ...], turned: bool, step: int, window: Any) -> None:
    from openvino import opset15 as ops

    got = check(lambda x: ops.stft(x, window, np.asarray(16), np.asarray(step), turned), shape)
    assert got.histogram["CONV_2D"] == 1
    check(
        lambda x, w: ops.stft(x, w, np.asarray(16), np.asarray(step), turned),
        shape,
        window.shape,
    )


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("length", [None, 20, 60])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_istft(batch: tuple[int, ...], length: int | None, normalized: bool) -> None:
    from openvino import opset16 as ops

    def build(x: Any) -> Any:
        operands = [np.asarray(16), np.asarray(4), True, normalized]
        return ops.istft(x, HANN, *operands, *([] if length is None else [np.asarray(length)]))

    check(build, (*batch, 9, 10, 2))


def test_istft_without_centre() -> None:
    from openvino import opset16 as ops

    check(lambda x: ops.istft(x, HANN, np.asarray(16), np.asarray(4), False, False), (2, 9, 10, 2))
