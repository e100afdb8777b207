"""Scan bodies that read values from outside."""

from collections.abc import Sequence
from typing import Any

from onnx import GraphProto, TensorProto, helper, numpy_helper

from converters.frontends.onnx.rewriting import Site, rewrites


def _captured(body: Any) -> list[str]:
    """Names that the body (or a graph inside of it) reads and does not make."""
    known = {port.name for port in body.input} | {one.name for one in body.initializer}
    found: dict[str, None] = {}
    for node in body.node:
        inner = [name for one in node.attribute if one.HasField("g") for name in _captured(one.g)]
        found.update(dict.fromkeys(name for name in (*node.input, *inner) if name and name not in known))
        known.update(node.output)
    return list(found)


def _untyped(body: Any) -> bool:
    return any(not port.type.tensor_type.elem_type for port in body.input)


@rewrites(
    "Scan",
    why="its body reads values from outside, or leaves its types open",
    when=lambda site: bool(_captured(site.attribute("body"))) or _untyped(site.attribute("body")),
)
def explicit(site: Site) -> Sequence[str]:
    """A captured constant goes inside, another value becomes a state that every step hands on; inputs get the types of what
    is fed to them.
    """
    body = GraphProto()
    body.CopyFrom(site.attribute("body"))
    captured = _captured(body)
    names = [name for name in captured if name not in site.constants]
    body.initializer.extend(
        numpy_helper.from_array(site.constants[name], name) for name in captured if name in site.constants
    )
    for port, name in zip(body.input, site.node.input, strict=True):
        if not port.type.tensor_type.elem_type:
            port.type.tensor_type.elem_type = site.kinds.get(name, TensorProto.FLOAT)
    own_inputs, own_outputs = list(body.input), list(body.output)
    kept = [(name, site.kinds.get(name, TensorProto.FLOAT)) for name in names]
    ports_in = [helper.make_tensor_value_info(name, kind, None) for name, kind in kept]
    ports_out = [helper.make_tensor_value_info(f"{name}/kept", kind, None) for name, kind in kept]
    body.node.extend(helper.make_node("Identity", [name], [f"{name}/kept"]) for name in names)
    del body.input[:], body.output[:]
    body.input.extend([*ports_in, *own_inputs])
    body.output.extend([*ports_out, *own_outputs])
    attributes = {
        one.name: helper.get_attribute_value(one) for one in site.node.attribute if one.name != "body"
    }
    inputs = [*names, *site.node.input]
    count = len(names) + len(site.node.output)
    results = site.many("Scan", *inputs, count=count, body=body, **attributes)
    return results[len(names) :]
