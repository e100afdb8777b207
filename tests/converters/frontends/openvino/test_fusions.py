"""Scales that differ from place to place stay out of a convolution's weights, others go in. ONNX Runtime answers: OpenVINO errs itself."""

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.converters.harness import Compared, convert_and_compare

RNG = np.random.default_rng(3)
SHAPE = (1, 4, 3, 3)


def check(scaling: str, scale: tuple[int, ...], convolution: str, *weights: int, **options: Any) -> Compared:
    """x scaled by numbers of the shape `scale`, and a convolution of it."""
    constants = {"s": RNG.normal(size=scale) + 4, "w": RNG.normal(size=weights)}
    nodes = [
        helper.make_node(scaling, ["x", "s"], ["m"]),
        helper.make_node(convolution, ["m", "w"], ["y"], **options),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in constants.items()],
    )
    return convert_and_compare(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]))


@pytest.mark.parametrize("scale", [(3, 3), (1, 3), (1, 4, 3, 3), (4, 3, 1)])
@pytest.mark.parametrize("scaling", ["Mul", "Div"])
def test_a_scale_over_space_stays(scaling: str, scale: tuple[int, ...]) -> None:
    check(scaling, scale, "Conv", 2, 4, 3, 3, pads=[1, 1, 1, 1])


def test_of_groups_and_upwards() -> None:
    check("Mul", (1, 3), "Conv", 4, 2, 3, 3, pads=[1, 1, 1, 1], group=2)
    check("Mul", (3, 3), "ConvTranspose", 4, 2, 3, 3)
    check("Mul", (3, 3), "ConvTranspose", 4, 2, 3, 3, group=2)


@pytest.mark.parametrize("scale", [(4, 1, 1), (1,), ()])
def test_a_scale_of_channels_goes_in(scale: tuple[int, ...]) -> None:
    found = check("Mul", scale, "Conv", 2, 4, 3, 3, pads=[1, 1, 1, 1])
    assert set(found.histogram) == {"CONV_2D"}
