"""Operators that ONNX defines by a function of simpler ones, replaced by it."""

from typing import Any

_DOMAIN = "zoo.inlined"


def inline(model: Any, op_types: frozenset[str]) -> tuple[Any, list[str]]:
    """(`model` with the bodies of its own functions, and of ONNX's for `op_types`, in place of the calls; what was inlined)."""
    import onnx
    from onnx import inliner

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    versions = {entry.domain: entry.version for entry in copy.opset_import}
    types = _types(copy)
    done: dict[str, None] = dict.fromkeys(one.name for one in copy.functions)
    for number, node in enumerate(copy.graph.node):
        if node.domain not in ("", "ai.onnx") or node.op_type not in op_types:
            continue
        body = _body(node, types, versions.get("", versions.get("ai.onnx", 1)))
        if body is None:
            continue
        done[node.op_type] = None
        body.name, body.domain = f"{node.op_type}_{number}", _DOMAIN
        node.op_type, node.domain = body.name, body.domain
        copy.functions.append(body)
    if not done:
        return model, []
    copy.opset_import.append(onnx.helper.make_opsetid(_DOMAIN, 1))
    try:
        inlined = inliner.inline_local_functions(copy, True)
    except Exception:  # a body that the inliner cannot place leaves the model as it was
        return model, []
    return inlined, [f"the function bodies of {', '.join(done)} took their places"]


def _types(model: Any) -> dict[str, Any]:
    from onnx import helper, shape_inference

    try:
        graph = shape_inference.infer_shapes(model).graph
    except Exception:  # what cannot be inferred is not known
        graph = model.graph
    found = {port.name: port.type for port in (*graph.input, *graph.value_info, *graph.output)}
    for one in graph.initializer:
        found[one.name] = helper.make_tensor_type_proto(one.data_type, list(one.dims))
    return found


def _body(node: Any, types: dict[str, Any], version: int) -> Any:
    """The function of one node, None where ONNX defines none for it."""
    import onnx

    try:
        schema = onnx.defs.get_schema(node.op_type, version)
    except onnx.defs.SchemaError:
        return None
    text = b""
    if schema.has_context_dependent_function:
        given = [types[n].SerializeToString() if n in types else b"" for n in node.input]
        found = [v for v in schema.context_dependent_function_opset_versions if v <= version]
        if found:
            text = schema.get_context_dependent_function_with_opset_version(
                max(found), node.SerializeToString(), given
            )
    elif schema.has_function:
        found = [v for v in schema.function_opset_versions if v <= version]
        text = schema.get_function_with_opset_version(max(found)) if found else b""
    if not text:
        return None
    body = onnx.FunctionProto()
    body.ParseFromString(text)
    return body
