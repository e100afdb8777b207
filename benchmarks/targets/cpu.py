"""`cpu`: LiteRT's interpreter with XNNPACK; `cpu:noxnnpack` without; `cpu:fp16` with float16 arithmetic where the CPU has it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks import inputs
from benchmarks.environment import cpu_features, cpu_model, package_version
from benchmarks.residency import residency
from benchmarks.targets import compiled
from benchmarks.targets.base import Job, RefusedError, Session, timed
from registry.types import Residency

RUNTIME = "ai_edge_litert.interpreter"
TAKES: tuple[str, ...] = (".tflite",)
_HALF = {"avx512_fp16", "asimdhp"}
"""CPU features that XNNPACK's float16 kernels want (facts of its hardware-config.c)."""
_FORCE_FP16 = 7
"""TFLITE_XNNPACK_DELEGATE_FLAG_QS8 | _QU8 | _FORCE_FP16 (xnnpack_delegate.h)."""


def check(option: str) -> str:
    if option not in ("", "noxnnpack", "fp16"):
        return f"cpu:{option} is none of cpu, cpu:noxnnpack, cpu:fp16"
    if not package_version("ai-edge-litert"):
        return "ai-edge-litert is not installed: pip install ai-edge-litert"
    if option == "fp16" and not _HALF & set(cpu_features()):
        return "this CPU has no float16 arithmetic (AVX512-FP16 or Arm FP16)"
    return ""


def load(job: Job) -> Session:
    if job.option == "fp16":
        return _half(job)
    return Interpreted(job, xnnpack=job.option != "noxnnpack")


class Interpreted:
    """A model in LiteRT's interpreter. `delegate` and `delegates` are for the targets that bring a delegate of their own."""

    def __init__(
        self, job: Job, *, xnnpack: bool, delegate: str = "XNNPACK", delegates: tuple[Any, ...] = ()
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        off = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self._interpreter, made = timed(
            lambda: Interpreter(
                model_path=str(job.path),
                num_threads=job.threads or None,
                experimental_op_resolver_type=OpResolverType.AUTO if xnnpack else off,
                experimental_delegates=list(delegates) or None,
            )
        )
        self._accelerator = delegate
        wanted = [_wanted(one) for one in self._interpreter.get_input_details()]
        self.shapes = inputs.shapes(wanted, job.batch, job.shapes)
        resized = False
        for one, detail in zip(wanted, self._interpreter.get_input_details(), strict=True):
            if self.shapes[one.name] != tuple(int(n) for n in detail["shape"]):
                self._interpreter.resize_tensor_input(detail["index"], list(self.shapes[one.name]))
                resized = True
        try:
            _, allocated = timed(self._interpreter.allocate_tensors)
        except (RuntimeError, ValueError) as error:
            if resized:
                raise RefusedError(f"the file does not take these input shapes: {_said(error)}") from error
            raise
        self.load_ms = made + allocated
        self.backend = f"LiteRT {package_version('ai-edge-litert')}"
        self.delegate = delegate if xnnpack or delegates else "none"
        self.device = cpu_model()
        self._set(wanted, job.seed)
        self.run: Callable[[], None] = self._interpreter.invoke  # nothing of ours in between

    def _set(self, wanted: list[inputs.Wanted], seed: int) -> None:
        drawn = inputs.values(wanted, self.shapes, seed)
        for one, detail in zip(wanted, self._interpreter.get_input_details(), strict=True):
            self._interpreter.set_tensor(detail["index"], drawn[one.name])

    def outputs(self) -> list[object]:
        return [self._interpreter.get_tensor(one["index"]) for one in self._interpreter.get_output_details()]

    def residency(self) -> Residency:
        details = getattr(self._interpreter, "_get_ops_details", None)
        if details is None:
            return Residency(ops=0, accelerated=0, partitions=0, proof="this LiteRT does not tell its plan")
        return residency(details(), self._accelerator)

    def runtime_memory(self) -> int:
        """The tensors of the main subgraph that have memory of their own; weights that XNNPACK packed are not among them."""
        return sum(_bytes(one) for one in self._interpreter.get_tensor_details())


def _bytes(detail: Mapping[str, Any]) -> int:
    return int(np.prod(detail["shape"], dtype=np.int64)) * int(np.dtype(detail["dtype"]).itemsize)


def _wanted(detail: Mapping[str, Any]) -> inputs.Wanted:
    declared = tuple(int(n) for n in detail.get("shape_signature", detail["shape"]))
    shape = declared if len(declared) == len(detail["shape"]) else tuple(int(n) for n in detail["shape"])
    return inputs.Wanted(detail["name"], shape, np.dtype(detail["dtype"]))


def _half(job: Job) -> Session:
    """Float16 arithmetic goes through CompiledModel, whose options reach XNNPACK's flags."""
    from ai_edge_litert.options import CpuOptions, Options

    options = Options(cpu_options=CpuOptions(num_threads=job.threads, xnnpack_flags=_FORCE_FP16))
    return compiled.Compiled(job, options, delegate="XNNPACK fp16", device=cpu_model())


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
