"""How long and how much memory a conversion takes, beside a peer converter: whole processes, in turns, in one run.

`python -m benchmarks.conversion MODEL.onnx… [--peer PATH] [--rounds N] [--json FILE]`; the peer is an `onnx2tf` executable (an environment
of its own). Every process starts cold; the order of the two is swapped each round, so that drift hits both alike.
"""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import peer as onnx2tf
from benchmarks.flatbuffer import FileFacts, file_facts
from benchmarks.process import Run, run


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


def measure(model: Path, peer: Path | None, rounds: int) -> list[Result]:
    """Both converters on one model, in turns."""
    found: dict[str, list[Run]] = {}
    graphs: dict[str, FileFacts | None] = {}
    for number in range(rounds):
        turns = ["zoo", "onnx2tf"] if peer else ["zoo"]
        for converter in turns if number % 2 == 0 else reversed(turns):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                theirs = peer if converter == "onnx2tf" else None
                result = onnx2tf.convert(theirs, model, out) if theirs else run(ours(model, out))
                found.setdefault(converter, []).append(result)
                graphs.setdefault(converter, _graph(out))
    return [_summary(model, converter, runs, graphs[converter]) for converter, runs in found.items()]


def _graph(out: Path) -> FileFacts | None:
    path = onnx2tf.float32(out)
    return file_facts(path) if path else None


def _summary(model: Path, converter: str, runs: list[Run], graph: FileFacts | None) -> Result:
    return Result(
        model=model.stem,
        converter=converter,
        seconds=statistics.median(r.seconds for r in runs),
        peak_memory=int(statistics.median(r.peak_memory for r in runs)),
        ops=graph.ops if graph else 0,
        transposes=graph.transposes if graph else 0,
        size=graph.size if graph else 0,
        failed=graph is None,
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
