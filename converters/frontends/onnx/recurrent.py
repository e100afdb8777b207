"""Recurrent operators that take the batch first."""

from collections.abc import Sequence

from onnx import helper

from converters.frontends.onnx.rewriting import Site, rewrites

_STATES = {"LSTM": (5, 6), "GRU": (5,), "RNN": (5,)}
"""The operands [batch, directions, hidden]."""


@rewrites(
    "LSTM",
    "GRU",
    "RNN",
    why="it takes the batch first",
    when=lambda site: site.attribute("layout", 0) == 1,
)
def steps_first(site: Site) -> Sequence[str]:
    """f with layout 1 == the Transposes of f with layout 0 (ONNX operators LSTM-14, GRU-14, RNN-14)."""
    inputs = list(site.node.input)
    inputs[0] = site("Transpose", inputs[0], perm=[1, 0, 2])
    for index in _STATES[site.node.op_type]:
        if site.has(index):
            inputs[index] = site("Transpose", inputs[index], perm=[1, 0, 2])
    attributes = {
        one.name: helper.get_attribute_value(one) for one in site.node.attribute if one.name != "layout"
    }
    results = site.many(site.node.op_type, *inputs, count=len(site.node.output), **attributes)
    orders = [[2, 0, 1, 3], [1, 0, 2], [1, 0, 2]]
    return [site("Transpose", name, perm=order) for name, order in zip(results, orders, strict=False)]
