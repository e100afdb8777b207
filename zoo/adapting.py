"""A copy of an .onnx with other input shapes or other outputs: what the user asked for, in a form that every runtime takes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from converters.frontends.onnx.external import check_external_data
from registry.errors import InputError


def adapt(model: Path, shapes: Mapping[str, tuple[int, ...]], outputs: Sequence[str], copy: Path) -> Path:
    """Writes `copy`: inputs of `shapes` (name, or "" for the only one), and just `outputs`, which may be inner tensors.

    Raises InputError for names that the model does not have, and for a file that is no ONNX model.
    """
    import onnx

    check_external_data(model)
    try:
        loaded = onnx.load(model)
    except Exception as error:
        raise InputError(
            f"{model} cannot be read as ONNX ({type(error).__name__}): it is damaged or of another kind."
        ) from error
    graph = loaded.graph
    constants = {one.name for one in graph.initializer}
    inputs = {one.name: one for one in graph.input if one.name not in constants}
    for name, shape in shapes.items():
        if name not in inputs and not (name == "" and len(inputs) == 1):
            raise InputError(f"{model} has no input `{name}`; its inputs are {', '.join(inputs)}.")
        value = inputs.get(name) or next(iter(inputs.values()))
        kind = value.type.tensor_type
        value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, kind.elem_type, shape))
    if outputs:
        tensors = {one for node in graph.node for one in node.output} | set(inputs)
        unknown = [name for name in outputs if name not in tensors]
        if unknown:
            known = ", ".join(one.name for one in graph.output)
            raise InputError(f"{model} has no output or tensor `{unknown[0]}`; its outputs are {known}.")
        del graph.output[:]
        graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in outputs)
    del graph.value_info[:]
    for value in graph.output:
        if value.type.HasField("tensor_type"):
            value.type.tensor_type.ClearField("shape")
    onnx.save(onnx.shape_inference.infer_shapes(loaded), copy)
    return copy
