"""`gpu`: LiteRT's GPU accelerator (WebGPU over Vulkan in the wheel); `gpu:fp16` lets it compute in float16;
`gpu:delegate=PATH` is an external delegate library.

A model counts as on the GPU only where LiteRT compiled it for the GPU *alone*, which it refuses when one op is left over. A model that
it takes only together with the CPU is reported as partial, with the numbers LiteRT prints. That an adapter was at work is read from
what Dawn prints; `is_fully_accelerated()` proves nothing (it is true on the CPU too).
"""

import ctypes.util
import re
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.environment import package_version
from benchmarks.flatbuffer import file_facts
from benchmarks.targets import compiled, delegate
from benchmarks.targets.base import Job, RefusedError, Session
from benchmarks.targets.said import standard_error
from registry.types import Residency

RUNTIME = "ai_edge_litert.compiled_model"
TAKES: tuple[str, ...] = (".tflite",)
_DELEGATE = "delegate="
_ICD = (Path("/usr/share/vulkan/icd.d"), Path("/etc/vulkan/icd.d"))
_ADAPTER = re.compile(r"Selected adapter: (?P<name>.+), arch=.*?backend=(?P<backend>\w+)")
_SPLIT = re.compile(r"(?P<on>\d+) operations will run on the GPU, and the remaining (?P<off>\d+)")
_KERNEL = "Initializing WebGPU-based API"
_LIST = "Following operations are not supported"
_UNSUPPORTED = re.compile(r"(?P<op>[A-Z][A-Z0-9_]+): ?(?P<why>.*)$")
_LEFT_OVER = "Some ops are not accelerated"


def check(option: str) -> str:
    if option.startswith(_DELEGATE):
        return delegate.check(option.removeprefix(_DELEGATE))
    if option not in ("", "fp16"):
        return f"gpu:{option} is none of gpu, gpu:fp16, gpu:delegate=PATH"
    if not package_version("ai-edge-litert"):
        return "ai-edge-litert is not installed: pip install ai-edge-litert"
    if ctypes.util.find_library("vulkan") is None:
        return "no Vulkan loader: apt-get install libvulkan1 and the GPU's driver (without a GPU: mesa-vulkan-drivers 25 or newer)"
    if not any(folder.glob("*.json") for folder in _ICD if folder.is_dir()):
        return "no Vulkan driver: install the GPU's (without a GPU: mesa-vulkan-drivers 25 or newer)"
    return ""


def load(job: Job) -> Session:
    if job.option.startswith(_DELEGATE):
        return delegate.load(job, job.option.removeprefix(_DELEGATE))
    with standard_error() as said:
        session, whole = _compiled(job)
    adapter = _ADAPTER.search(said.text)
    if adapter is None:
        raise RefusedError("no GPU adapter was selected, so nothing ran on a GPU")
    session.device = adapter["name"]
    session.delegate = f"WebGPU ({adapter['backend']})"
    session.placed = partial(_residency, job.path, said.text, whole, adapter)
    return session


def _compiled(job: Job) -> tuple[compiled.Compiled, bool]:
    """On the GPU alone where that is possible (True), else with the CPU. Raises RefusedError where no op goes there."""
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator as Accelerator

    try:
        return compiled.Compiled(job, _options(job, Accelerator.GPU), delegate="", device=""), True
    except RuntimeError as error:
        if _LEFT_OVER not in str(error):
            raise RefusedError(f"the GPU accelerator refuses the model: {_reason(error)}") from error
    with standard_error() as said:
        try:
            session = compiled.Compiled(
                job, _options(job, Accelerator.GPU | Accelerator.CPU), delegate="", device=""
            )
        except RuntimeError as error:
            raise RefusedError(f"the GPU accelerator refuses the model: {_reason(error)}") from error
    if _SPLIT.search(said.text) is None:
        raise RefusedError(f"no op runs on the GPU ({_listed(said.text) or 'it does not say why'})")
    return session, False


def _options(job: Job, accelerators: Any) -> Any:
    from ai_edge_litert.options import CpuOptions, GpuOptions, Options

    return Options(
        hardware_accelerators=accelerators,
        cpu_options=CpuOptions(num_threads=job.threads),
        gpu_options=GpuOptions(enforce_f32=job.option != "fp16", benchmark_mode=True),
    )


def _residency(path: Path, text: str, whole: bool, adapter: re.Match[str]) -> Residency:
    where = f"adapter {adapter['name']} through {adapter['backend']}"
    if whole:
        return Residency(
            ops=file_facts(path).ops,
            accelerated=file_facts(path).ops,
            partitions=max(1, text.count(_KERNEL)),
            accelerator="WebGPU",
            proof=f"compiled for the GPU alone; {where}",
        )
    split = list(_SPLIT.finditer(text))[-1]
    facts, off = file_facts(path), int(split["off"])
    left = {op: facts.operators[op] for op in _unsupported(text)}
    return Residency(
        ops=int(split["on"]) + off,
        accelerated=int(split["on"]),
        partitions=max(1, text[split.start() :].count(_KERNEL)),
        left=left if sum(left.values()) == off else {},
        accelerator="WebGPU",
        proof=f"the accelerator's own count; {where}; it does not take {_listed(text)}",
    )


def _unsupported(text: str) -> dict[str, str]:
    """Op → why the accelerator does not take it, from the list it prints."""
    found: dict[str, str] = {}
    for line in text.rpartition(_LIST)[2].splitlines()[1:] if _LIST in text else ():
        told = _UNSUPPORTED.match(line)
        if told is None:
            break
        found[told["op"]] = told["why"].strip() or found.get(told["op"], "")
    return found


def _listed(text: str) -> str:
    """`DENSIFY (Operation is not supported.)`, each op once."""
    return ", ".join(f"{op} ({why})" if why else op for op, why in _unsupported(text).items())


def _reason(error: Exception) -> str:
    """The last line of LiteRT's chain of causes."""
    lines = [line.strip("└ ").strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
