"""A .tflite model on the CPU through LiteRT's interpreter, ready to be timed."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.residency import residency
from registry.errors import InputError, MissingDependencyError


class CpuModel:
    """A loaded model with its inputs set: seeded random values (zeros for 32- and 64-bit integers, which often are indices).

    `load_ms` is creating the interpreter and allocating its tensors (delegation and weight packing included).
    Dynamic dimensions are 1. Raises InputError for inputs that cannot be made up, RuntimeError / ValueError as LiteRT does.
    """

    def __init__(self, path: Path, threads: int, xnnpack: bool, seed: int = 0) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise MissingDependencyError(
                "Timing .tflite files needs LiteRT: pip install ai-edge-litert."
            ) from error
        resolver = OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        start = time.perf_counter_ns()
        self._interpreter: Any = Interpreter(
            model_path=str(path), num_threads=threads, experimental_op_resolver_type=resolver
        )
        self._interpreter.allocate_tensors()
        self.load_ms = (time.perf_counter_ns() - start) / 1e6
        generator = np.random.default_rng(seed)
        for detail in self._interpreter.get_input_details():
            value = random_input(detail["name"], tuple(detail["shape"]), np.dtype(detail["dtype"]), generator)
            self._interpreter.set_tensor(detail["index"], value)

    def run(self) -> float:
        """One inference; how long it took, in milliseconds. Inputs stay as they are."""
        invoke = self._interpreter.invoke
        start = time.perf_counter_ns()
        invoke()
        return (time.perf_counter_ns() - start) / 1e6

    def residency(self) -> str:
        """Which ops run in XNNPACK, in one line; empty where this version of LiteRT does not tell."""
        details = getattr(self._interpreter, "_get_ops_details", None)
        return residency(details()).describe("XNNPACK") if details is not None else ""


def random_input(
    name: str, shape: tuple[int, ...], dtype: np.dtype[Any], generator: np.random.Generator
) -> npt.NDArray[Any]:
    """Floats uniform in -1…1, 8- and 16-bit integers over their whole range, other integers 0, booleans even."""
    if dtype.kind == "f":
        return generator.uniform(-1, 1, shape).astype(dtype)
    if dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        if dtype.itemsize > 2:
            return np.zeros(shape, dtype)
        limits = np.iinfo(dtype)
        return generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    raise InputError(f"Input `{name}` is of type {dtype}, for which no random values can be made up.")
