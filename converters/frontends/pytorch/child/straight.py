"""PyTorch read by OpenVINO itself, where no exporter can say the model in ONNX: saved as IR in float32."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openvino
import torch

from converters.frontends.pytorch.child.exporters import ExportError, compared, reason
from converters.frontends.pytorch.child.forward import Kept, Sets, as_tensors
from converters.frontends.pytorch.spec import TensorInfo
from registry.card import Input


def export_ir(
    model: Kept, sample: Mapping[str, Any], inputs: Sequence[Input], outputs: Sequence[str], file: Path
) -> Any:
    """Writes `file` (.xml, its .bin beside it) with the names given and static shapes; returns the `openvino.Model`.

    Raises ExportError with OpenVINO's own reason.
    """
    given = as_tensors(sample, inputs)
    try:
        found = openvino.convert_model(
            model, example_input=given, input=[tuple(tensor.shape) for tensor in given]
        )
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        raise ExportError(reason(error)) from error
    if (len(found.inputs), len(found.outputs)) != (len(inputs), len(outputs)):
        raise ExportError(
            f"OpenVINO finds {len(found.inputs)} inputs and {len(found.outputs)} outputs in it, "
            f"not {len(inputs)} and {len(outputs)}"
        )
    for port, one in zip(found.inputs, inputs, strict=True):
        port.get_tensor().set_names({one.name})
        port.get_node().set_friendly_name(one.name)
    for port, name in zip(found.outputs, outputs, strict=True):
        port.get_tensor().set_names({name})
    found.set_friendly_name("model")
    openvino.save_model(found, file, compress_to_fp16=False)
    return found


def check_ir(
    file: Path, sets: Sets, answers: Sets, outputs: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """As `exporters.check`, with OpenVINO (CPU, float32, one thread) in the place of onnxruntime."""
    try:
        core = openvino.Core()
        ready = core.compile_model(
            file, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        )
        found = {name: list(ready(dict(arrays)).values()) for name, arrays in sets.items()}
    except Exception as error:
        raise ExportError(f"OpenVINO cannot run what it read: {reason(error)}") from error
    return compared(found, answers, outputs)


def signature_ir(model: Any) -> tuple[tuple[TensorInfo, ...], tuple[TensorInfo, ...]]:
    """Inputs and outputs of the model. Dimensions without a number are -1."""
    return tuple(map(_info, model.inputs)), tuple(map(_info, model.outputs))


def _info(port: Any) -> TensorInfo:
    return TensorInfo(
        name=port.get_any_name(),
        shape=tuple(n.get_length() if n.is_static else -1 for n in port.get_partial_shape()),
        dtype=str(port.get_element_type().to_dtype()),
    )


def version() -> str:
    return str(openvino.get_version())


def warm_up() -> None:
    """Reads a one-layer model, so that all that OpenVINO imports late is loaded before a checkout can shadow it."""
    openvino.convert_model(torch.nn.Conv2d(1, 1, 1).eval(), example_input=(torch.zeros(1, 1, 2, 2),))
