"""What ONNX means and OpenVINO's reader writes in other words, put back into words that say it."""

from typing import Any


def restore_meaning(model: Any) -> None:
    """Rewrite `model` (an `openvino.Model` read from ONNX, not yet simplified) in place.

    - Div of integers cuts off towards zero (Div-14 of ONNX); it is read as one that rounds down.
    - BitShift is read as a product with, or a division by, a power of two; as a shift it is also right for counts that are
      negative or not less than the width.
    """
    for node in model.get_ordered_ops():
        kind = node.get_type_name()
        if kind not in ("Divide", "Multiply") or not node.get_output_element_type(0).is_integral():
            continue
        shift = _power_of_two(node.input_value(1).get_node())
        if shift is not None:
            _as_shift(node, shift, kind)
        elif kind == "Divide":
            node.set_attribute("m_pythondiv", False)


def _power_of_two(node: Any) -> Any:
    """The exponent, where the reader made this power; one of the model's own has a tensor's name."""
    if node.get_type_name() != "Power" or node.output(0).get_names():
        return None
    base = node.input_value(0).get_node()
    is_two = base.get_type_name() == "Constant" and base.data.size == 1 and base.data.item() == 2
    return node.input_value(1) if is_two else None


def _as_shift(node: Any, count: Any, kind: str) -> None:
    from openvino import opset15

    make = opset15.bitwise_left_shift if kind == "Multiply" else opset15.bitwise_right_shift
    shift = make(node.input_value(0), count)
    shift.set_friendly_name(node.get_friendly_name())
    shift.output(0).set_names(node.output(0).get_names())
    node.output(0).replace(shift.output(0))
