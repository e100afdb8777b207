"""Branches whose condition is known: the taken body takes the operator's place, so that shapes are known behind it."""

from typing import Any


def take_known_branches(model: Any) -> bool:
    """Every If of a constant condition in `model` becomes the body that it takes; whether there was one."""
    known = [node for node in model.get_ordered_ops() if node.get_type_name() == "If" and _is_known(node)]
    for node in known:
        _inline(node)
    if known:
        model.validate_nodes_and_infer_types()
    return bool(known)


def _is_known(node: Any) -> bool:
    condition = node.input_value(0).get_node()
    return bool(condition.get_type_name() == "Constant" and condition.data.size == 1)


def _inline(node: Any) -> None:
    which = 0 if node.input_value(0).get_node().data.item() else 1
    body = node.get_function(which).clone()
    parameters, results = body.get_parameters(), body.get_results()
    for one in node.get_input_descriptions(which):
        parameters[one.body_parameter_index].output(0).replace(node.input_value(one.input_index))
    for one in node.get_output_descriptions(which):
        made, output = results[one.body_value_index].input_value(0), node.output(one.output_index)
        names = set(made.get_names()) | set(output.get_names())
        output.replace(made)
        made.get_tensor().set_names(names)
