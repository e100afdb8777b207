"""`openvino`: OpenVINO's CPU plugin; `openvino:GPU`, `openvino:NPU` by name; `openvino:CPU:bf16` with another arithmetic than float32.

Never AUTO or HETERO, which choose for themselves. On a CPU with AMX OpenVINO would compute float32 models in bfloat16 without a word,
so the CPU is told f32 unless another arithmetic is asked for.
"""

from collections import Counter
from typing import Any

import numpy as np

from benchmarks import inputs
from benchmarks.environment import package_version
from benchmarks.targets.base import Job, RefusedError, timed
from registry.types import Residency

RUNTIME = "openvino"
TAKES: tuple[str, ...] = (".xml", ".onnx", ".pb", "/saved_model.pb", ".tflite", ".pdmodel")
_DEVICES = ("CPU", "GPU", "NPU")
_PRECISIONS = ("", "f32", "f16", "bf16")
_NO_WORK = ("Input", "Output", "Const", "Parameter", "Constant", "Result")


def check(option: str) -> str:
    device, precision = _split(option)
    if not package_version("openvino"):
        return "openvino is not installed: pip install openvino"
    if precision not in _PRECISIONS:
        return f"openvino:{option}: the arithmetic is one of {', '.join(filter(None, _PRECISIONS))}"
    if device == "CPU":
        return ""
    if device.split(".")[0] not in _DEVICES:
        return f"openvino:{option}: the device is one of {', '.join(_DEVICES)}"
    import openvino

    devices = openvino.Core().available_devices
    known = {one for name in devices for one in (name, name.split(".")[0])}
    return "" if device in known else f"OpenVINO finds no {device} here, only {', '.join(devices)}"


def _split(option: str) -> tuple[str, str]:
    """`GPU:f16` → device and arithmetic."""
    device, _, precision = option.partition(":")
    return device or "CPU", precision


def load(job: Job) -> "Compiled":
    broken = check(job.option)
    if broken:
        raise RefusedError(broken)
    return Compiled(job, *_split(job.option))


class Compiled:
    """A compiled model with one request, as `benchmark_app -api sync -hint none -nstreams 1` has it; inputs and outputs stay in place."""

    def __init__(self, job: Job, device: str, precision: str) -> None:
        import openvino

        core = openvino.Core()
        settings: dict[str, Any] = {"NUM_STREAMS": 1}
        if device == "CPU" and job.threads:
            settings["INFERENCE_NUM_THREADS"] = job.threads
        if precision or device == "CPU":
            settings["INFERENCE_PRECISION_HINT"] = precision or "f32"
        model, read = timed(lambda: core.read_model(job.path))
        wanted = [_wanted(one) for one in model.inputs]
        self.shapes = inputs.shapes(wanted, job.batch, job.shapes)
        if any(self.shapes[one.name] != one.shape for one in wanted):
            try:
                model.reshape(
                    {
                        port: list(self.shapes[one.name])
                        for port, one in zip(model.inputs, wanted, strict=True)
                    }
                )
            except RuntimeError as error:
                raise RefusedError(
                    f"the file does not take these input shapes: {str(error).splitlines()[-1]}"
                ) from error
        self._compiled, compiled = timed(lambda: core.compile_model(model, device, settings))
        self.load_ms = read + compiled
        self._request = self._compiled.create_infer_request()
        drawn = inputs.values(wanted, self.shapes, job.seed)
        for port, one in zip(self._compiled.inputs, wanted, strict=True):
            self._request.get_tensor(port).data[...] = drawn[one.name]
        self.backend = f"OpenVINO {package_version('openvino')}"
        self._asked = device
        hint = self._compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        self.delegate = f"OpenVINO {device} {hint}"
        self.device = str(core.get_property(device, "FULL_DEVICE_NAME"))

    def run(self) -> None:
        self._request.infer(share_outputs=True)

    def outputs(self) -> list[object]:
        return [np.array(self._request.get_tensor(port).data) for port in self._compiled.outputs]

    def residency(self) -> Residency:
        """The runtime's own graph, and the devices it runs on by its own word. Raises RefusedError where that is another one."""
        devices = [str(one) for one in self._compiled.get_property("EXECUTION_DEVICES")]
        if any(one.split(".")[0] != self._asked.split(".")[0] for one in devices):
            raise RefusedError(f"OpenVINO runs it on {', '.join(devices)}, not on {self._asked}")
        kinds: Counter[str] = Counter()
        for op in self._compiled.get_runtime_model().get_ops():
            kind = op.get_rt_info()["layerType"].astype(str)
            if kind not in _NO_WORK:
                kinds[kind] += 1
        count = sum(kinds.values())
        return Residency(
            ops=count,
            accelerated=count,
            partitions=1,
            accelerator=f"OpenVINO {self._asked}",
            proof=f"EXECUTION_DEVICES = {', '.join(devices)}; ops of its runtime graph",
        )

    def runtime_memory(self) -> int:
        return 0


def _wanted(port: Any) -> inputs.Wanted:
    shape = tuple(-1 if size.is_dynamic else int(size.get_length()) for size in port.get_partial_shape())
    return inputs.Wanted(port.get_any_name(), shape, port.get_element_type().to_dtype())
