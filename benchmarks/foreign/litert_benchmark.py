"""LiteRT's own benchmark tools: what `litert-benchmark` (Python) and `benchmark_litert_model` (C++) print, and the former's JSON.

Sources: ai_edge_litert/tools/benchmark_litert_model.py, litert/tools/benchmark_litert_model.h.
"""

import re
from typing import Any

from benchmarks.foreign.said import Said
from registry.errors import InputError

TOOL = "litert-benchmark"
MARK = "BENCHMARK RESULTS"
_LINE = re.compile(
    r"(?P<what>[A-Z][\w ]+?(?: \(\w+\))?):\s+(?P<number>[\d.]+)(?: ms\b| MB\b|\s|$)(?:.*?\((?P<runs>\d+) runs\))?"
)
_FILE = re.compile(r"(?:Model:\s+|Loading model from:? |Graph: \[)(\S+\.tflite)")
_THREADS = re.compile(r"Num threads:\s+\[?(-?\d+)")
_KINDS = re.compile(r"Accelerators:\s+(.+)")


def read_text(text: str, name: str) -> list[Said]:
    """Every run whose results stand in the text. Raises InputError where results are not whole."""
    found = []
    before, *blocks = text.split(MARK)
    for block in blocks:
        lines = {match["what"].strip(): match for match in map(_LINE.search, block.splitlines()) if match}
        value = {what: float(match["number"]) for what, match in lines.items()}
        if "Inference (avg)" not in value:
            raise InputError(f"{name}: {TOOL} stopped within its results: there is no line `Inference (avg)`")
        file, threads, kinds = _FILE.search(before), _THREADS.search(before), _KINDS.search(before)
        found.append(
            Said(
                instrument=TOOL,
                file=file[1].rsplit("/", 1)[-1] if file else "",
                target=_target(kinds[1].split(" | ") if kinds else ["CPU"]),
                threads=max(0, int(threads[1])) if threads else 1,
                mean=value["Inference (avg)"],
                median=value.get("Inference (median)"),
                least=value.get("Inference (min)"),
                most=value.get("Inference (max)"),
                deviation=value.get("Inference (std)"),
                p5=value.get("Inference (p5)"),
                p95=value.get("Inference (p95)"),
                runs=int(lines["Inference (avg)"]["runs"] or 0),
                load=value.get("Model initialization", 0.0),
                first=value.get("Warmup (first)", 0.0),
                peak_memory=round(value.get("Peak memory", 0.0) * 2**20),
                facts=_fallback(kinds[1].split(" | ") if kinds else []),
            )
        )
        before = block
    return found


def read_json(document: dict[str, Any], name: str) -> list[Said]:
    """The file that --result_json writes. Raises InputError where a figure is missing."""
    try:
        times = document["latency"]
        kinds = list(document.get("accelerators", ["CPU"]))
        return [
            Said(
                instrument=TOOL,
                file=str(document["model"]).rsplit("/", 1)[-1],
                size=round(float(document["model_size_mb"]) * 2**20),
                size_step=round(0.006 * 2**20),
                target=_target(kinds),
                threads=int(document.get("num_threads", 1)),
                mean=float(times["avg_ms"]),
                median=float(times["median_ms"]),
                least=float(times["min_ms"]),
                most=float(times["max_ms"]),
                deviation=float(times["std_ms"]),
                p5=float(times["p5_ms"]),
                p95=float(times["p95_ms"]),
                runs=int(times["num_runs"]),
                warm_runs=int(times.get("num_warmup_runs", 0)),
                load=float(times.get("init_ms", 0.0)),
                first=float(times.get("warmup_first_ms", 0.0)),
                facts=_fallback(kinds),
            )
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name}: {TOOL}'s JSON is not whole ({error})") from None


def _target(kinds: list[str]) -> str:
    """The accelerator first asked for: NPU, then GPU, then the CPU."""
    return next((kind.lower() for kind in ("NPU", "GPU") if kind in kinds), "cpu")


def _fallback(kinds: list[str]) -> dict[str, str]:
    """With the CPU beside an accelerator this tool falls back in silence, so where it ran is not known."""
    if len(kinds) < 2:
        return {}
    return {"residency": f"asked for {' or '.join(kinds)}; {TOOL} does not say which of them ran"}
