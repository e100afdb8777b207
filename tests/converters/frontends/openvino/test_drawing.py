"""Random numbers and prior boxes against OpenVINO's own execution."""

from typing import Any

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import check


@pytest.mark.parametrize("seeds", [(1, 2), (0, 5), (7, 0)])
@pytest.mark.parametrize("bounds", [(0, 1), (-2, 3)])
def test_the_first_draw_is_openvino_s(seeds: tuple[int, int], bounds: tuple[int, int]) -> None:
    from openvino import opset15 as ops

    found = check(
        lambda x: ops.add(
            x, ops.random_uniform([3, 4], np.float32(bounds[0]), np.float32(bounds[1]), "f32", *seeds)
        ),
        (3, 4),
    )
    assert found.built.stats.histogram["RANDOM_UNIFORM"] == 1


def test_two_draws_stay_two() -> None:
    from openvino import opset15 as ops

    def build(x: Any) -> Any:
        draws = [ops.random_uniform([5], np.float32(0), np.float32(1), "f32", 1, 2) for _ in range(2)]
        return ops.add(ops.add(x, draws[0]), draws[1])

    assert check(build, (5,)).built.stats.histogram["RANDOM_UNIFORM"] == 2


@pytest.mark.parametrize(
    ("kind", "seeds", "alignment", "why"),
    [
        ("f32", (0, 0), "tensorflow", "without a seed"),
        ("i32", (1, 2), "tensorflow", "draw floats and cast"),
        ("f32", (1, 2), "pytorch", "draws as pytorch does"),
    ],
)
def test_what_cannot_be_the_same_is_refused(
    kind: str, seeds: tuple[int, int], alignment: str, why: str
) -> None:
    from openvino import opset15 as ops

    dtype = np.float32 if kind == "f32" else np.int32
    with pytest.raises(ConversionError, match=why):
        check(
            lambda x: ops.add(
                x,
                ops.random_uniform([4], np.asarray(0, dtype), np.asarray(9, dtype), kind, *seeds, alignment),
            ),
            (4,),
            dtypes=dtype,
        )


def test_prior_boxes_of_known_sizes_are_constants() -> None:
    from openvino import opset8 as ops

    attributes = {
        "min_size": [8.0],
        "aspect_ratio": [2.0],
        "flip": True,
        "variance": [0.1, 0.1, 0.2, 0.2],
        "step": 4.0,
        "offset": 0.5,
    }

    def build(x: Any, image: Any) -> Any:
        sizes = [ops.strided_slice(ops.shape_of(v), [2], [4], [1], [0], [0]) for v in (x, image)]
        boxes = ops.prior_box(*sizes, attributes)
        return [ops.relu(x), ops.relu(image), ops.add(boxes, ops.reduce_sum(x, [0, 1, 2, 3]))]

    check(build, (1, 3, 4, 5), (1, 3, 16, 20))
