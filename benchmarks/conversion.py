"""How long and how much memory a conversion takes, beside a peer converter: whole processes, in turns, in one run.

`python -m benchmarks.conversion MODEL.onnx… [--peer PATH] [--rounds N] [--json FILE]`; the peer is an `onnx2tf` executable (an environment
of its own). Every process starts cold; the order of the two is swapped each round, so that drift hits both alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.flatbuffer import operator_counts


@dataclass(frozen=True)
class Run:
    """One whole conversion process: wall seconds, peak resident memory in bytes, exit code."""

    seconds: float
    peak_memory: int
    code: int


@dataclass(frozen=True)
class Result:
    """One converter on one model: medians over the rounds, and what its float32 .tflite holds."""

    model: str
    converter: str
    seconds: float
    peak_memory: int
    ops: int
    transposes: int
    size: int
    failed: bool


def run(command: list[str], environment: dict[str, str] | None = None) -> Run:
    """Run a command to its end, its output thrown away."""
    start = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(time.monotonic() - start, usage.ru_maxrss * 1024, process.returncode)


def ours(model: Path, out: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "zoo",
        "convert",
        str(model),
        "--to",
        "float32,float16",
        "--out",
        str(out),
        "--quiet",
    ]


def peers(peer: Path, model: Path, out: Path) -> list[str]:
    return [str(peer), "-i", str(model), "-o", str(out), "-n"]


def measure(model: Path, peer: Path | None, rounds: int) -> list[Result]:
    """Both converters on one model, in turns."""
    found: dict[str, list[Run]] = {}
    graphs: dict[str, tuple[Counter[str], int]] = {}
    for number in range(rounds):
        turns = ["zoo", "onnx2tf"] if peer else ["zoo"]
        for converter in turns if number % 2 == 0 else reversed(turns):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                if converter == "zoo" or peer is None:
                    result = run(ours(model, out))
                else:
                    path = f"{peer.parent}{os.pathsep}{os.environ.get('PATH', '')}"
                    result = run(peers(peer, model, out), {**os.environ, "PATH": path})
                found.setdefault(converter, []).append(result)
                graphs.setdefault(converter, _graph(out))
    return [_summary(model, converter, runs, graphs[converter]) for converter, runs in found.items()]


def _graph(out: Path) -> tuple[Counter[str], int]:
    files = sorted(out.glob("*_float32.tflite")) if out.exists() else []
    return (operator_counts(files[0]), files[0].stat().st_size) if files else (Counter(), 0)


def _summary(model: Path, converter: str, runs: list[Run], graph: tuple[Counter[str], int]) -> Result:
    counts, size = graph
    return Result(
        model=model.stem,
        converter=converter,
        seconds=statistics.median(r.seconds for r in runs),
        peak_memory=int(statistics.median(r.peak_memory for r in runs)),
        ops=sum(counts.values()),
        transposes=counts["TRANSPOSE"],
        size=size,
        failed=not size,
    )


def table(results: list[Result]) -> str:
    lines = [f"{'model':24} {'converter':9} {'s':>6} {'MB':>6} {'ops':>5} {'transposes':>10} {'kB':>8}"]
    for r in results:
        cells = "failed" if r.failed else f"{r.ops:5} {r.transposes:10} {r.size / 1e3:8.0f}"
        lines.append(f"{r.model:24} {r.converter:9} {r.seconds:6.2f} {r.peak_memory / 1e6:6.0f} {cells}")
    pairs = [
        (a, b)
        for a in results
        for b in results
        if a.model == b.model and (a.converter, b.converter) == ("zoo", "onnx2tf")
    ]
    if pairs:
        ratios = sorted(b.seconds / a.seconds for a, b in pairs)
        lines.append(
            f"zoo is {statistics.median(ratios):.1f} times as fast in the median ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--peer", type=Path, help="an onnx2tf executable")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results: list[Result] = []
    for model in arguments.models:
        results += measure(model, arguments.peer, arguments.rounds)
        print(table(results[-2:] if arguments.peer else results[-1:]), flush=True)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(r) for r in results], indent=1))


if __name__ == "__main__":
    main()
