"""Results without elements, known before anything is folded."""

from typing import Any

import numpy as np

_BODIES = {"Loop": ((),), "TensorIterator": ((),), "If": ((0,), (1,))}
"""Operators with bodies → the arguments of `get_function` that give them."""


def empty_as_constants(model: Any) -> None:
    """Every result of no elements becomes an empty constant, whatever computes it, in bodies too.

    OpenVINO 2026.4 ends the process (a division by zero in `BroadcastBase::evaluate_broadcast`) where it folds a Broadcast of
    an empty tensor, as exporters write one for a slice assignment that covers nothing.
    """
    from openvino import Shape, op

    kept = {"Parameter", "Constant", "Result"} | {node.get_type_name() for node in model.get_sinks()}
    for node in model.get_ordered_ops():
        if node.get_type_name() in kept:
            continue
        for which in _BODIES.get(node.get_type_name(), ()):
            empty_as_constants(node.get_function(*which))
        for output in node.outputs():
            shape = output.get_partial_shape()
            kind = output.get_element_type()
            if shape.is_dynamic or kind.is_dynamic() or 0 not in shape.to_shape():
                continue
            nothing = op.Constant(kind, Shape(shape.to_shape()), np.zeros(0, kind.to_dtype()))
            nothing.set_friendly_name(node.get_friendly_name())
            output.replace(nothing.output(0))
