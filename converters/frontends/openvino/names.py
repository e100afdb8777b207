"""The source model's own names for its inputs and outputs, which folding may change."""

import re
from typing import Any

_KEY = "zoo_input_name"
_NUMBERED = re.compile(r"[A-Z]\w*_\d+")


def shortest_name(port: Any) -> str:
    """Of the tensor's names the shortest; the node's where it has none."""
    names = port.get_names()
    return (
        min(names, key=lambda name: (len(name), name)) if names else str(port.get_node().get_friendly_name())
    )


def own_name(node: Any) -> str:
    """The node's name in the source; its type where it has none.

    OpenVINO numbers what has no name by a count of all nodes that the process has made, and a constant keeps the number of
    what was folded into it: two conversions of one model would differ by such names.
    """
    name = str(node.get_friendly_name())
    if name == node.get_name():
        return str(node.get_type_name())
    if node.get_type_name() == "Constant" and _NUMBERED.fullmatch(name):
        return name.rpartition("_")[0]
    return name


def remember_inputs(model: Any) -> None:
    """Note each input's name: an operator that folds away gives the input the name of its result."""
    for port in model.inputs:
        port.get_node().get_rt_info()[_KEY] = shortest_name(port)


def input_name(port: Any) -> str:
    """The name an input had when the model was read."""
    info = port.get_node().get_rt_info()
    return str(info[_KEY].astype(str)) if _KEY in info else shortest_name(port)
