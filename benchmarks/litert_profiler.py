"""LiteRT's own profiler, which its Python package does not reach: `python -m benchmarks.litert_profiler MODEL THREADS XNNPACK SECONDS`.

Through ctypes on libLiteRt.so (litert/c/litert_*.h). Profiling is switched on by the opaque option `runtime_options_string`, whose
payload is TOML as the C++ helpers write it. Prints LiteRT's summary, then one line with the number of profiled
runs and the milliseconds of one inference without the profiler. A process of its own, since a wrong call here ends it.
"""

import ctypes
import importlib.util
import sys
import time
from ctypes import byref, c_char_p, c_int32, c_size_t, c_void_p
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.inputs import random_input
from benchmarks.worker import timed

RUNS = "profiled runs:"
_CPU = 1
"""kLiteRtHwAcceleratorCpu."""
_WRITE = 1
"""kLiteRtTensorBufferLockModeWrite."""
_BUILTIN = 2
"""kLiteRtCpuKernelModeBuiltin: LiteRT's own kernels instead of XNNPACK."""
_TYPES = {
    1: "float32",
    2: "int32",
    3: "uint8",
    4: "int64",
    6: "bool",
    7: "int16",
    9: "int8",
    10: "float16",
    11: "float64",
}
"""LiteRtElementType."""
_WARM = 3


class Profiled:
    """A model compiled for the CPU with profiling on, its inputs set to seeded random values."""

    def __init__(self, path: Path, threads: int, xnnpack: bool) -> None:
        self._library = ctypes.CDLL(str(library()))
        self._model, self._compiled, self._environment = c_void_p(), c_void_p(), c_void_p()
        self._call("LiteRtCreateEnvironment", 0, None, byref(self._environment))
        self._call("LiteRtCreateModelFromFile", self._environment, str(path).encode(), byref(self._model))
        options = c_void_p()
        self._call("LiteRtCreateOptions", byref(options))
        self._call("LiteRtSetOptionsHardwareAccelerators", options, ctypes.c_uint32(_CPU))
        self._add(options, "runtime_options_string", "enable_profiling = true\n")
        mode = "" if xnnpack else f"kernel_mode = {_BUILTIN}\n"
        self._add(options, "xnnpack", f"num_threads = {threads}\n{mode}")
        self._call(
            "LiteRtCreateCompiledModel", self._environment, self._model, options, byref(self._compiled)
        )
        self._signature = c_void_p()
        self._call("LiteRtGetModelSignature", self._model, c_size_t(0), byref(self._signature))
        self._inputs, self._outputs = self._buffers("Input"), self._buffers("Output")

    def run(self) -> None:
        inputs, outputs = self._inputs, self._outputs
        counts = c_size_t(len(inputs)), c_size_t(len(outputs))
        self._call(
            "LiteRtRunCompiledModel", self._compiled, c_size_t(0), counts[0], inputs, counts[1], outputs
        )

    def median_ms(self, seconds: float) -> float:
        """One inference with the profiler off, over so many seconds (one run at least, after some to warm up)."""
        timed(self.run, _WARM)
        end, times = time.monotonic() + seconds, timed(self.run, 1)
        while time.monotonic() < end:
            times += timed(self.run, 1)
        return median(times)

    def summary(self, seconds: float) -> tuple[str, int]:
        """What the profiler says of all runs in so many seconds (one at least), and how many those were."""
        profiler, text, runs = c_void_p(), c_char_p(), 0
        self._call("LiteRtCompiledModelGetProfiler", self._compiled, byref(profiler))
        self._call("LiteRtStartProfiler", profiler)
        end = time.monotonic() + seconds
        while not runs or time.monotonic() < end:
            self.run()
            runs += 1
        self._call("LiteRtStopProfiler", profiler)
        self._call("LiteRtGetProfileSummary", profiler, self._compiled, byref(text))
        return (text.value or b"").decode(errors="replace"), runs

    def _buffers(self, kind: str) -> Any:
        count = c_size_t()
        self._call(f"LiteRtGetNumSignature{kind}s", self._signature, byref(count))
        made = (c_void_p * count.value)()
        generator = np.random.default_rng(0)
        for index in range(count.value):
            tensor, requirements, buffer = c_void_p(), c_void_p(), c_void_p()
            ranked = (
                c_int32 * 64
            )()  # LiteRtRankedTensorType: its first field is the element type, the rest is passed on
            place = c_size_t(index)
            self._call(f"LiteRtGetSignature{kind}TensorByIndex", self._signature, place, byref(tensor))
            self._call("LiteRtGetRankedTensorType", tensor, ranked)
            wanted = f"LiteRtGetCompiledModel{kind}BufferRequirements"
            self._call(wanted, self._compiled, c_size_t(0), place, byref(requirements))
            create = "LiteRtCreateManagedTensorBufferFromRequirements"
            self._call(create, self._environment, ranked, requirements, byref(buffer))
            if kind == "Input":
                self._fill(buffer, ranked[0], generator)
            made[index] = buffer.value
        return made

    def _fill(self, buffer: c_void_p, kind: int, generator: np.random.Generator) -> None:
        size, address = c_size_t(), c_void_p()
        self._call("LiteRtGetTensorBufferPackedSize", buffer, byref(size))
        dtype = np.dtype(_TYPES[kind])
        values = random_input("input", (size.value // dtype.itemsize,), dtype, generator)
        self._call("LiteRtLockTensorBuffer", buffer, byref(address), _WRITE)
        ctypes.memmove(address, values.ctypes.data, values.nbytes)
        self._call("LiteRtUnlockTensorBuffer", buffer)

    def _add(self, options: c_void_p, identifier: str, payload: str) -> None:
        """The runtime frees the payload with the C library's `free`, so it is allocated there."""
        libc = ctypes.CDLL(None)
        libc.strdup.restype = c_void_p
        opaque, copy = c_void_p(), c_void_p(libc.strdup(payload.encode()))
        free = ctypes.cast(libc.free, c_void_p)
        self._call("LiteRtCreateOpaqueOptions", identifier.encode(), copy, free, byref(opaque))
        self._call("LiteRtAddOpaqueOptions", options, opaque)

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status != 0:
            raise RuntimeError(f"{name} gave status {status}")


def library() -> Path:
    """libLiteRt of the installed package. Raises RuntimeError where there is none."""
    spec = importlib.util.find_spec("ai_edge_litert")
    for found in Path(spec.origin).parent.glob("libLiteRt.*") if spec and spec.origin else ():
        return found
    raise RuntimeError("this ai-edge-litert has no libLiteRt, so no profiler")


def main() -> None:
    model, threads, xnnpack, seconds = sys.argv[1:]
    profiled = Profiled(Path(model), int(threads), xnnpack == "1")
    plain = profiled.median_ms(float(seconds) / 2)
    text, runs = profiled.summary(float(seconds) / 2)
    print(text)
    print(RUNS, runs, plain)


if __name__ == "__main__":
    main()
