"""The two exporters of torch.onnx, the cleaning of what they write, and the check of it against the eager model."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from converters.frontends.pytorch.child.forward import Kept, Sets, as_tensors, relative
from converters.frontends.pytorch.spec import Exporter, TensorInfo
from registry.card import Input

TORCHSCRIPT_OPSET = 17
"""The newest the TorchScript exporter is kept up to date for everywhere; LayerNormalization is whole from 17 on."""
DYNAMO_OPSET = 20
"""The dynamo exporter's own default; below 18 it converts down."""
LARGEST_DIFFERENCE = 1e-3
"""Relative. A wrong graph is off by far more, float32 rounding by less: U-2-Net-P's own is 6e-5. The finer check comes at the end."""


NOTABLE_DIFFERENCE = 2e-6
"""Relative. Above it a tolerance of 1e-5 may come into reach, so it is worth knowing what float32 rounding alone does."""
SMALLEST_DIFFERENCE = 2.0**-23
"""Absolute: a sigmoid's approximation is off by this much of its full scale, which is far more than 1e-3 of an output near zero."""


class ExportError(Exception):
    """This exporter cannot do this model; another may."""


def export_onnx(
    exporter: Exporter,
    model: Kept,
    sample: Mapping[str, Any],
    inputs: Sequence[Input],
    outputs: Sequence[str],
    file: Path,
    opset: int | None,
) -> list[str]:
    """Writes `file` and returns notes. Raises ExportError with the exporter's own reason."""
    given = as_tensors(sample, inputs)
    names = {"input_names": [i.name for i in inputs], "output_names": list(outputs)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if exporter == "torchscript":
                with torch.no_grad():
                    traced: Any = model
                    if isinstance(
                        model.model, torch.jit.ScriptModule
                    ):  # the exporter's own tracing stops at these
                        traced = torch.jit.trace(model, given, strict=False, check_trace=False)
                    torch.onnx.export(
                        traced,
                        given,
                        str(file),
                        dynamo=False,
                        opset_version=opset or TORCHSCRIPT_OPSET,
                        **names,
                    )
            else:
                torch.onnx.export(
                    model,
                    given,
                    str(file),
                    dynamo=True,
                    opset_version=opset or DYNAMO_OPSET,
                    external_data=False,
                    verbose=False,
                    **names,
                )
        except MemoryError:
            raise
        except (Exception, SystemExit) as error:
            raise ExportError(reason(error)) from error
    fixed = [w for w in caught if issubclass(w.category, torch.jit.TracerWarning)]
    if not fixed:
        return []
    return [f"the trace fixed {len(fixed)} values that depend on shapes or data as constants"]


def clean(
    file: Path, tools: Mapping[str, str], sample: Mapping[str, Any], answer: Mapping[str, Any]
) -> onnx.ModelProto:
    """Rewrites `file` without what changes from run to run or names this machine (doc strings, stack traces), and with the shapes
    of its inputs and outputs, which a trace often leaves open; returns the model."""
    model = onnx.load(file)
    model.producer_name = "pytorch"
    model.producer_version = tools["torch"]
    model.doc_string = ""
    del model.metadata_props[:]
    _clean_graph(model.graph)
    for value, arrays in [(v, sample) for v in model.graph.input] + [(v, answer) for v in model.graph.output]:
        _fix_shape(value, arrays[value.name].shape)
    for function in model.functions:
        _clear(function)
        _clean_nodes(function.node)
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString(deterministic=True))
    return model


def check(
    file: Path, sets: Sets, answers: Sets, outputs: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """Output → worst relative difference from the eager model over all sets; and of these the ones beyond LARGEST_DIFFERENCE, outputs
    that are all but zero left out. Raises ExportError where onnxruntime cannot run the file."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        wanted = {i.name for i in session.get_inputs()}
        found = {
            name: session.run(list(outputs), {k: v for k, v in arrays.items() if k in wanted})
            for name, arrays in sets.items()
        }
    except Exception as error:
        raise ExportError(f"onnxruntime cannot run the exported file: {reason(error)}") from error
    return compared(found, answers, outputs)


def compared(
    found: Mapping[str, Sequence[Any]], answers: Sets, outputs: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """What `check` returns, from the arrays that a runtime `found` for each set, in the order of `outputs`."""
    worst, bad = dict.fromkeys(outputs, 0.0), {}
    for name, arrays in found.items():
        for output, array in zip(outputs, arrays, strict=True):
            difference = relative(array, answers[name][output])
            worst[output] = max(worst[output], difference)
            same = array.shape == answers[name][output].shape
            negligible = same and np.allclose(
                array, answers[name][output], rtol=0, atol=SMALLEST_DIFFERENCE, equal_nan=True
            )
            if difference > LARGEST_DIFFERENCE and not negligible:
                bad[output] = difference
    return worst, bad


def accept(beyond: Mapping[str, float], noise: Mapping[str, float]) -> None:
    """Raises ExportError for a difference that the model's own rounding `noise` does not explain."""
    for name, value in beyond.items():
        if value > 10 * noise.get(name, 0.0):
            raise ExportError(
                f"the exported file differs from PyTorch by {value:.1e} (relative) in output `{name}`"
            )


def signature(model: onnx.ModelProto) -> tuple[tuple[TensorInfo, ...], tuple[TensorInfo, ...]]:
    """Inputs and outputs of the file. Dimensions without a number are -1."""
    return tuple(map(_info, model.graph.input)), tuple(map(_info, model.graph.output))


def _fix_shape(value: onnx.ValueInfoProto, shape: tuple[int, ...]) -> None:
    del value.type.tensor_type.shape.dim[:]
    for size in shape:
        value.type.tensor_type.shape.dim.add().dim_value = size


def _info(value: onnx.ValueInfoProto) -> TensorInfo:
    kind = value.type.tensor_type
    return TensorInfo(
        name=value.name,
        shape=tuple(d.dim_value if d.HasField("dim_value") else -1 for d in kind.shape.dim),
        dtype=str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)),
    )


def _clean_graph(graph: onnx.GraphProto) -> None:
    _clear(graph)
    for value in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        _clear(value)
    _clean_nodes(graph.node)


def _clean_nodes(nodes: Sequence[onnx.NodeProto]) -> None:
    for node in nodes:
        _clear(node)
        for attribute in node.attribute:
            attribute.doc_string = ""
            for graph in (attribute.g, *attribute.graphs) if attribute.type in (5, 10) else ():
                _clean_graph(graph)


def _clear(part: Any) -> None:
    part.doc_string = ""
    del part.metadata_props[:]


def reason(error: BaseException) -> str:
    """The cause at the bottom, in one line: exporters wrap it several times and add pages of advice, OpenVINO ends with a summary."""
    seen = {id(error)}
    while error.__cause__ is not None and id(error.__cause__) not in seen:
        error = error.__cause__
        seen.add(id(error))
    _, _, summary = str(error).partition("\nSummary:\n")
    line = next((text.strip("- ") for text in (summary or str(error)).splitlines() if text.strip()), "")
    return f"{type(error).__name__}: {line[:240]}" if line else type(error).__name__
