"""Ours against other instruments, on the same files, in turns: `python -m benchmarks.instruments MODEL.tflite… MODEL.onnx…`.

LiteRT's `litert-benchmark` times .tflite files, OpenVINO's `benchmark_app` (one stream, one thread, synchronous, float32) the others. Each
repetition is a process of theirs and a process of ours, in an order drawn anew; medians of their medians are compared.

`benchmark_app` lists `InferRequest.latency`, a clock inside the call, and leaves out what the call itself costs (3 % of a model of one
millisecond); ours is the whole call. So its loop's time by its count, which is the whole call too, is told beside it.
"""

import argparse
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import runner
from benchmarks.environment import package_version
from benchmarks.foreign import reading
from benchmarks.process import run
from benchmarks.results import Effort, Plan
from registry.errors import MissingDependencyError, ZooError

AGREED = 0.05
SECONDS = 2.0
_MODULES = {
    "litert-benchmark": ("ai-edge-litert", "ai_edge_litert.tools.benchmark_litert_model"),
    "benchmark_app": ("openvino", "openvino.tools.benchmark.main"),
}
_LOOP = re.compile(r"Count:\s+(?P<count>\d+) iterations\n.*Duration:\s+(?P<ms>[\d.]+) ms")
_SINGLE = ("-d", "CPU", "-api", "sync", "-hint", "none", "-nstreams", "1", "-nthreads", "1")


@dataclass(frozen=True)
class Comparison:
    """One file with both instruments: the median of each repetition in milliseconds, pairs in order."""

    model: str
    instrument: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    calls: tuple[float, ...]
    """Their whole calls in the mean, where the tool tells how long its loop took."""
    disturbed: int
    """How many of our repetitions were marked as disturbed."""

    @property
    def ratio(self) -> float:
        """Ours by theirs, the median over the pairs."""
        return median(a / b for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def agrees(self) -> bool:
        return abs(self.ratio - 1) <= AGREED

    def __str__(self) -> str:
        said = "agree" if self.agrees else "DIFFER"
        whole = f"   its whole call {median(self.calls):.4f} ms in the mean" if self.calls else ""
        return (
            f"{self.model:40} ours {median(self.ours):9.4f} ms   {self.instrument:16} {median(self.theirs):9.4f} ms   "
            f"{self.ratio:.3f}   {said}   disturbed {self.disturbed} of {len(self.ours)}{whole}"
        )


def compare(path: Path, repetitions: int, seed: int = 0) -> Comparison:
    """Raises MissingDependencyError where the other instrument is not installed, ZooError where it fails."""
    name = "litert-benchmark" if path.suffix == ".tflite" else "benchmark_app"
    target = "cpu" if path.suffix == ".tflite" else "openvino"
    order = random.Random(seed)
    ours: list[float] = []
    theirs: list[float] = []
    calls: list[float] = []
    disturbed = 0
    for _ in range(repetitions):
        sides = [0, 1]
        order.shuffle(sides)
        for side in sides:
            if side:
                value, call = _theirs(name, path, ours[-1] if ours else 1.0)
                theirs.append(value)
                calls += call
            else:
                value, valid = _ours(path, target)
                ours.append(value)
                disturbed += not valid
    return Comparison(path.name, name, tuple(ours), tuple(theirs), tuple(calls), disturbed)


def _ours(path: Path, target: str) -> tuple[float, bool]:
    effort = Effort(rounds=int(SECONDS / 0.04), seconds=SECONDS, processes=1)
    found = runner.measure([Plan(path=str(path), target=target, artifact=path.name)], effort)
    if found.failures:
        raise ZooError(f"{path.name} on {target}: {found.failures[0].reason}")
    return found.measurements[0].median_ms, found.measurements[0].valid


def _theirs(name: str, path: Path, about_ms: float) -> tuple[float, list[float]]:
    """The median that it prints, and its loop's milliseconds a run where it prints that; `about_ms` says how many runs fill the time."""
    package, module = _MODULES[name]
    if not package_version(package):
        raise MissingDependencyError(f"{name} is not installed: pip install {package}")
    runs = max(10, int(SECONDS * 1000 / max(about_ms, 1e-3)))
    options = {
        "litert-benchmark": [
            "--model",
            str(path),
            "--num_threads",
            "1",
            "--num_runs",
            str(runs),
            "--warmup_runs",
            "20",
        ],
        "benchmark_app": ["-m", str(path), *_SINGLE, "-infer_precision", "f32", "-t", f"{SECONDS:.0f}"],
    }
    done = run([sys.executable, "-P", "-c", f"from {module} import main; main()", *options[name]])
    if done.code != 0:
        raise ZooError(f"{name} failed on {path.name}: {done.stderr.strip()[-300:]}")
    said = reading.read(done.stdout.encode(), name)[0]
    if said.median is None:
        raise ZooError(f"{name} gave no median for {path.name}")
    loop = _LOOP.search(done.stdout)
    return said.median, [float(loop["ms"]) / int(loop["count"])] if loop else []


def verdict(found: Sequence[Comparison]) -> str:
    agreed = sum(one.agrees for one in found)
    return f"{agreed} of {len(found)} agree within {AGREED:.0%} in the median"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instruments")
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    parser.add_argument("--repetitions", type=int, default=5)
    given = parser.parse_args()
    found = []
    for path in given.models:
        found.append(compare(path, given.repetitions))
        print(found[-1], flush=True)
    print(verdict(found))
    sys.exit(not all(one.agrees for one in found))


if __name__ == "__main__":
    main()
