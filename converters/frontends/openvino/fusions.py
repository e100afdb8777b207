"""A fusion of OpenVINO's that is wrong for some shapes, kept away from them."""

import contextlib
from collections.abc import Iterator
from typing import Any

_KERNEL_AXES = {
    "Convolution": 2,
    "GroupConvolution": 3,
    "ConvolutionBackpropData": 2,
    "GroupConvolutionBackpropData": 3,
}
"""Operator → the first axis of its weights that lies in space."""


@contextlib.contextmanager
def without_scales_over_space(model: Any) -> Iterator[None]:
    """Inside, no product of a convolution's data with numbers that differ from place to place is folded into its weights.

    OpenVINO 2026.4 (MultiplyConvolutionFusion and its kin) asks only whether the numbers broadcast to the weights' shape, which they
    do where the kernel is as large as the image. A product that a second operator reads, here a Result, is left alone.
    """
    added = [
        model.add_outputs(node.input_value(0))[0].get_node()
        for node in model.get_ordered_ops()
        if node.get_type_name() in _KERNEL_AXES and _scaled_over_space(node)
    ]
    yield
    for result in added:
        model.remove_result(result)


def _scaled_over_space(convolution: Any) -> bool:
    scaled = convolution.input_value(0).get_node()
    if scaled.get_type_name() not in ("Multiply", "Divide"):
        return False
    kernel = list(convolution.get_input_partial_shape(1))[_KERNEL_AXES[convolution.get_type_name()] :]
    return any(_is_of(value.get_partial_shape(), kernel) for value in scaled.input_values())


def _is_of(shape: Any, kernel: list[Any]) -> bool:
    """Whether numbers of `shape` differ along an axis of space, and could be multiplied with the kernel."""
    if shape.rank.is_dynamic:
        return False
    space = list(shape)[-len(kernel) :]
    along = list(zip(space, kernel[len(kernel) - len(space) :], strict=True))
    return any(n != 1 for n in space) and all(n in (1, size) for n, size in along)
