"""Boxes resampled to one size, YOLO's region: against OpenVINO's own execution."""

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import check, weights

BOXES = np.asarray(
    [[0, 0, 6, 7], [2.3, 1.1, 2.9, 8.7], [-3, -2, 4.5, 3], [5, 5, 30, 12], [7, 7, 7, 7]], np.float32
)
BATCHES = np.asarray([0, 1, 1, 0, 1], np.int32)


@pytest.mark.parametrize("aligned", ["asymmetric", "half_pixel_for_nn", "half_pixel"])
@pytest.mark.parametrize(("ratio", "scale"), [(2, 1.0), (1, 0.5), (3, 0.7)])
def test_roi_align(aligned: str, ratio: int, scale: float) -> None:
    from openvino import opset15 as ops

    check(
        lambda x, r, i: ops.roi_align(x, r, i, 3, 4, ratio, scale, "avg", aligned),
        (2, 3, 9, 8),
        (5, 4),
        (5,),
        dtypes=[np.float32, np.float32, np.int32],
        inputs=[weights(2, 3, 9, 8), BOXES, BATCHES],
        tolerance=2e-5,
    )


@pytest.mark.parametrize(
    ("ratio", "mode", "why"), [(0, "avg", "a ratio of at least 1"), (2, "max", "use avg")]
)
def test_what_is_not_defined_alike_is_refused(ratio: int, mode: str, why: str) -> None:
    from openvino import opset15 as ops

    with pytest.raises(ConversionError, match=why):
        check(
            lambda x, r, i: ops.roi_align(x, r, i, 3, 4, ratio, 1.0, mode, "asymmetric"),
            (2, 3, 9, 8),
            (5, 4),
            (5,),
            dtypes=[np.float32, np.float32, np.int32],
        )


@pytest.mark.parametrize("softmax", [True, False])
def test_region_yolo(softmax: bool) -> None:
    from openvino import opset15 as ops

    count = 5 if softmax else 3
    check(
        lambda x: ops.region_yolo(x, 4, 6, 5, softmax, [0, 1, 2], 1, 3, [1.0, 2.0]),
        (2, count * 11, 3, 4),
    )
