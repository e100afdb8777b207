"""What this machine can do at best, measured: `python -m benchmarks.peak THREADS` prints GFLOP/s and GB/s.

GFLOP/s: a matrix product of 256 × 1024 by 1024 × 1024 float32 values in LiteRT with XNNPACK, the best of many. It is the peak that
XNNPACK reaches, which is what its other kernels can be held against; a data sheet's number no kernel reaches.
GB/s: arrays of 64 MiB copied by as many threads, bytes read and bytes written both counted, the best of several (STREAM's copy).
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.process import run_module
from benchmarks.targets.base import Job
from benchmarks.tiny import write_matrix_product

ROWS, INNER, COLUMNS = 256, 1024, 1024
COPIED = 64 << 20
SECONDS = 0.5


class Peak(msgspec.Struct, frozen=True):
    """10⁹ floating-point operations, and bytes, a second."""

    gflops: float
    gigabytes: float

    def attainable(self, flops: float, moved: float) -> float:
        """GFLOP/s that work of this intensity can reach (Williams, Waterman, Patterson 2009: the roofline)."""
        return min(self.gflops, self.gigabytes * flops / moved) if moved else self.gflops


def measured(threads: int) -> Peak:
    """The peak with so many threads, from a process of its own."""
    done = run_module("benchmarks.peak", str(threads), patience=60)
    if done.code != 0:
        raise RuntimeError(f"the machine's peak could not be measured: {done.stderr.strip()[-300:]}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Peak)


def flops(threads: int) -> float:
    from benchmarks.targets import cpu

    with tempfile.TemporaryDirectory() as folder:
        model = write_matrix_product(Path(folder) / "product.tflite", ROWS, INNER, COLUMNS)
        session = cpu.load(Job(model, threads=threads))
        return 2 * ROWS * INNER * COLUMNS / _best(session.run)


def bandwidth(threads: int) -> float:
    pairs = [(np.ones(COPIED // 8), np.ones(COPIED // 8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return (
            2 * COPIED * threads / _best(lambda: list(pool.map(lambda one: np.copyto(one[1], one[0]), pairs)))
        )


def _best(action: Callable[[], object]) -> float:
    """The shortest of the runs in SECONDS, in seconds."""
    end, best = time.monotonic() + SECONDS, float("inf")
    while time.monotonic() < end:
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    threads = int(sys.argv[1])
    print(json.dumps({"gflops": flops(threads) / 1e9, "gigabytes": bandwidth(threads) / 1e9}))


if __name__ == "__main__":
    main()
