"""Looking inside: any intermediate value on every stage (ONNX Runtime, OpenVINO, LiteRT), side by side with the source's.

A value that fusion swallowed (the sum before a fused activation, say) exists in the earlier stages only.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.engine import Built, Options, emit_tflite
from registry.errors import InputError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class StageValue:
    """A value on one stage, in the source's axis order. `relative` is max|a-b| / max|b| against the first stage that has it."""

    stage: str
    shape: tuple[int, ...]
    minimum: float
    maximum: float
    mean: float
    relative: float | None


@dataclass(frozen=True)
class Row:
    """One value of the converted graph: its number there, its source name, the operator that writes it, and its stages."""

    number: int
    name: str
    op: str
    stages: tuple[StageValue, ...]


def trace(
    model: Path,
    built: Built,
    inputs: Mapping[str, Array],
    select: Sequence[str] = (),
    options: Options | None = None,
) -> list[Row]:
    """Run `model` and what was `built` from it on the same `inputs` (source name → array in the source's layout) and line up the
    intermediate values.

    `select` names values (the converted graph's number, the source's node or tensor name); empty: all.
    Raises InputError for an unknown one.
    """
    rows = _selected(built, select, model)
    names = [built.graph.nodes[number].output.name for number in rows]
    stages: dict[str, dict[str, Array]] = {}
    source, tensors = _openvino(model, options or Options(), names, inputs)
    if model.suffix == ".onnx":
        stages["onnxruntime"] = _onnxruntime(
            model, {name: tensors[name] for name in names if name in tensors}, inputs
        )
    stages["openvino"] = source
    stages["litert"] = _litert(built, names, inputs)
    return [
        Row(number, name, built.graph.nodes[number].op, _line_up(name, stages))
        for number, name in zip(rows, names, strict=True)
    ]


def _selected(built: Built, select: Sequence[str], model: Path) -> list[int]:
    numbers = {node.output.name: index for index, node in enumerate(built.graph.nodes)}
    if not select:
        return sorted(numbers.values())
    result = []
    for wanted in select:
        stem = wanted.removesuffix("_output_0")
        if wanted.isdigit() and int(wanted) < len(built.graph.nodes):
            result.append(int(wanted))
        elif wanted in numbers or stem in numbers:
            result.append(numbers.get(wanted, numbers.get(stem, 0)))
        else:
            raise InputError(
                f"the graph of `{model}` has no value `{wanted}`; give a number below {len(built.graph.nodes)} or one of the names "
                f"that `zoo inspect` lists without a selection"
            )
    return result


def _line_up(name: str, stages: Mapping[str, Mapping[str, Array]]) -> tuple[StageValue, ...]:
    result: list[StageValue] = []
    reference: Array | None = None
    for stage, values in stages.items():
        if name not in values:
            continue
        array = values[name].astype(np.float64)
        relative = None
        if reference is not None and reference.shape == array.shape and array.size:
            scale = float(np.abs(reference).max()) or 1.0
            relative = float(np.abs(array - reference).max()) / scale
        if reference is None:
            reference = array
        low, high, mean = (
            (float(f(array)) for f in (np.min, np.max, np.mean)) if array.size else (0.0, 0.0, 0.0)
        )
        result.append(StageValue(stage, array.shape, low, high, mean, relative))
    return tuple(result)


def _openvino(
    model: Path, options: Options, names: Sequence[str], inputs: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, str]]:
    """(node name → array, node name → the source's tensor name) for the named nodes."""
    import openvino

    from converters.frontends.openvino import read_model

    source, _ = read_model(model, options.input_shapes, options.outputs)
    wanted = set(names)
    ports = {
        node.get_friendly_name(): node.output(0)
        for node in source.get_ops()
        if node.get_friendly_name() in wanted
    }
    tensors = {name: min(port.get_names()) for name, port in ports.items() if port.get_names()}
    readers = {name: openvino.opset15.result(port) for name, port in ports.items()}
    source.add_results(list(readers.values()))
    compiled = openvino.compile_model(source, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    positions = {node.get_friendly_name(): index for index, node in enumerate(source.get_results())}
    fed = [next(inputs[name] for name in _port_names(port) if name in inputs) for port in source.inputs]
    found = list(compiled(fed).values())
    return {
        name: np.array(found[positions[reader.get_friendly_name()]]) for name, reader in readers.items()
    }, tensors


def _port_names(port: Any) -> list[str]:
    return [*port.get_names(), port.get_node().get_friendly_name()]


def _onnxruntime(model: Path, tensors: Mapping[str, str], inputs: Mapping[str, Array]) -> dict[str, Array]:
    import onnx
    import onnxruntime

    proto = onnx.load(str(model))
    written = {output for node in proto.graph.node for output in node.output}
    present = {output.name for output in proto.graph.output}
    wanted = {name: tensor for name, tensor in tensors.items() if tensor in written}
    proto.graph.output.extend(
        onnx.ValueInfoProto(name=tensor) for tensor in wanted.values() if tensor not in present
    )
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
    fed = {value.name: inputs[value.name] for value in session.get_inputs()}
    return dict(zip(wanted, session.run(list(wanted.values()), fed), strict=True)) if wanted else {}


def _litert(built: Built, names: Sequence[str], inputs: Mapping[str, Array]) -> dict[str, Array]:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        emit_tflite(built, "float32", path)
        interpreter = Interpreter(
            model_content=path.read_bytes(),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    interpreter.allocate_tensors()
    for detail, tensor in zip(interpreter.get_input_details(), built.inputs, strict=True):
        array = inputs[tensor.source_name].transpose(tensor.permutation)
        interpreter.set_tensor(detail["index"], np.ascontiguousarray(array, detail["dtype"]))
    interpreter.invoke()
    indices = {detail["name"]: detail["index"] for detail in interpreter.get_tensor_details()}
    result = {}
    for name in names:
        permutation = built.layouts.get(name)
        if name in indices and permutation is not None:
            result[name] = interpreter.get_tensor(indices[name]).transpose(np.argsort(permutation))
    return result
