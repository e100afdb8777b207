"""What ONNX means and OpenVINO's reader writes in other words, put back into words that say it."""

from typing import Any


def restore_meaning(model: Any) -> None:
    """Rewrite `model` (an `openvino.Model` read from ONNX, not yet simplified) in place.

    - Div of integers cuts off towards zero (Div-14 of ONNX); it is read as one that rounds down.
    - BitShift is read as a product with, or a division by, a power of two; as a shift it is also right for counts that are
      negative or not less than the width.
    - DynamicQuantizeLinear divides by its scale (DynamicQuantizeLinear-11); it is read as a product with 255 divided by the range,
      which rounds other halves.
    """
    for node in model.get_ordered_ops():
        kind = node.get_type_name()
        if kind == "Divide" and node.get_output_element_type(0).is_real():
            _by_its_scale(node)
        if kind not in ("Divide", "Multiply") or not node.get_output_element_type(0).is_integral():
            continue
        shift = _power_of_two(node.input_value(1).get_node())
        if shift is not None:
            _as_shift(node, shift, kind)
        elif kind == "Divide":
            node.set_attribute("m_pythondiv", False)


def _by_its_scale(node: Any) -> None:
    """x · (255 - 0) / range → x / (range / 255), the latter being there already as the scale."""
    product, extent = node.input_value(0).get_node(), node.input_value(1)
    if (
        product.get_type_name() != "Multiply"
        or product.input_value(1).get_node().get_type_name() != "Subtract"
    ):
        return
    limits = product.input_value(1).get_node().input_values()
    if any(value.get_node().get_type_name() != "Constant" for value in limits):
        return
    for reader in extent.get_target_inputs():
        scale = reader.get_node()
        if (
            scale.get_type_name() == "Divide"
            and reader.get_index() == 0
            and scale.input_value(1) == limits[0]
            and scale.output(0) != node.output(0)
        ):
            node.input(0).replace_source_output(product.input_value(0))
            node.input(1).replace_source_output(scale.output(0))
            return


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
