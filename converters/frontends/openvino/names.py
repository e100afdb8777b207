"""The source model's own names for its inputs and outputs, which folding may change."""

from typing import Any

_KEY = "zoo_input_name"


def shortest_name(port: Any) -> str:
    """Of the tensor's names the shortest; the node's where it has none."""
    names = port.get_names()
    return (
        min(names, key=lambda name: (len(name), name)) if names else str(port.get_node().get_friendly_name())
    )


def remember_inputs(model: Any) -> None:
    """Note each input's name: an operator that folds away gives the input the name of its result."""
    for port in model.inputs:
        port.get_node().get_rt_info()[_KEY] = shortest_name(port)


def input_name(port: Any) -> str:
    """The name an input had when the model was read."""
    info = port.get_node().get_rt_info()
    return str(info[_KEY].astype(str)) if _KEY in info else shortest_name(port)
