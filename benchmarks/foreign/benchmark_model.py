"""TFLite's `benchmark_model`: its log (also through Android's logcat), its CSV and its report.json.

Sources: tensorflow/lite/tools/benchmark/benchmark_model.cc (log), …/experimental/delegate_performance/android (CSV, report.json).
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from benchmarks.foreign.said import Said
from registry.errors import InputError
from registry.types import Residency

TOOL = "benchmark_model"
END = "Inference timings in us:"
CSV_HEAD = "model_size,init_time,"
REPORT_KEY = "average time in us"
_NUMBER = r"([+-]?[\d.]+(?:e[+-]?\d+)?)"
_TIMES = re.compile(
    rf"{END} Init: {_NUMBER}, First inference: {_NUMBER}, Warmup \(avg\): {_NUMBER}, Inference \(avg\): {_NUMBER}"
)
_COUNT = re.compile(r"\bcount=(\d+)\b(.*)")
_PAIR = re.compile(rf"\b(min|max|avg|std|median|p5|p95)={_NUMBER}")
_FLAG = re.compile(r"(?P<name>[#\w() /.-]+?): \[(?P<value>[^\]]*)\]")
_SIZE = re.compile(rf"The input model file size \(MB\): {_NUMBER}")
_REPLACED = re.compile(
    r"Replacing (\d+) out of (\d+) node\(s\) with delegate \((\w+)\) node, yielding (\d+) partition"
)
_APPLIED = re.compile(
    r"Explicitly applied (\w+) delegate, and the model graph will be (completely|partially) executed"
)
_PEAK = re.compile(rf"Overall peak memory footprint \(MB\) via periodic monitoring: {_NUMBER}")
_FOOTPRINT = re.compile(
    rf"Memory footprint delta from the start of the tool \(MB\): init={_NUMBER} overall={_NUMBER}"
)
_LOADED = re.compile(r"(?:Loaded model |Graph: \[)(\S+?\.\w+)\]?\s*$")
_DELEGATES = {
    "Use gpu": "gpu",
    "Use NNAPI": "nnapi",
    "Use Hexagon": "hexagon",
    "Use CoreML": "coreml",
    "External delegate path": "gpu:delegate",
}
_WRONG = ("Benchmarking failed", "Failed to ", "ERROR:")


def read_log(text: str, name: str) -> list[Said]:
    """Every run in a log. Raises InputError where a run has no result, with the tool's own word for it."""
    found = [_read_run(run, name) for run in _runs(text)]
    if not found:
        raise InputError(f"{name} is no output of {TOOL}: it has no line `{END} …`")
    return found


def _runs(text: str) -> Iterator[list[str]]:
    """The lines of each run: a new one begins where the parameters, or the results, come a second time."""
    lines: list[str] = []
    ended = False
    for line in text.splitlines():
        begins = "Log parameter values verbosely" in line or "STARTING!" in line or "Graph: [" in line
        if ended and (begins or END in line):
            yield lines
            lines, ended = [], False
        lines.append(line)
        ended = ended or END in line
    if any("count=" in line or END in line or "Loaded model" in line for line in lines):
        yield lines


def _read_run(lines: list[str], name: str) -> Said:
    text = "\n".join(lines)
    times = _TIMES.search(text)
    if times is None:
        raise InputError(f"{name}: {TOOL} stopped before its result{_reason(lines)}")
    load, first, _, mean = (float(one) / 1000 for one in times.groups())
    statistics = [dict(_PAIR.findall(rest)) | {"count": count} for count, rest in _COUNT.findall(text)]
    timed = {key: float(value) for key, value in statistics[-1].items()} if statistics else {}
    flags = {match["name"].strip().split(": ")[-1]: match["value"] for match in _FLAG.finditer(text)}
    size = _SIZE.search(text)
    peak, footprint, loaded = (
        _PEAK.search(text),
        _FOOTPRINT.search(text),
        re.search(_LOADED.pattern, text, re.MULTILINE),
    )

    def micro(key: str) -> float | None:
        return timed[key] / 1000 if key in timed else None

    used = [target for flag, target in _DELEGATES.items() if flags.get(flag, "0") not in ("0", "", "false")]
    return Said(
        instrument=TOOL,
        file=loaded[1].rsplit("/", 1)[-1] if loaded else "",
        size=round(float(size[1]) * 1e6) if size else None,
        size_step=_step(size[1]) if size else 0,
        target=used[-1]
        if used
        else "cpu"
        if flags.get("Use xnnpack", "1") not in ("0", "false")
        else "cpu:noxnnpack",
        delegate=_delegate(text),
        threads=max(0, int(flags.get("Num threads", "1") or 1)),
        mean=mean,
        median=micro("median"),
        least=micro("min"),
        most=micro("max"),
        deviation=micro("std"),
        p5=micro("p5"),
        p95=micro("p95"),
        runs=int(timed.get("count", 0)),
        load=load,
        first=first,
        warm_runs=int(statistics[0]["count"]) if len(statistics) > 1 else 0,
        peak_memory=round(float(peak[1]) * 2**20)
        if peak
        else round(float(footprint[2]) * 2**20)
        if footprint
        else 0,
        residency=_residency(text),
    )


def _step(printed: str) -> int:
    """C++ prints six significant digits: what one of the last is worth, in bytes."""
    digits = len(printed.split(".")[1]) if "." in printed and "e" not in printed else 0
    return max(1, round(10.0 ** (6 - digits)))


def _delegate(text: str) -> str:
    replaced = _REPLACED.findall(text)
    return replaced[-1][2].removeprefix("TfLite").removesuffix("Delegate") if replaced else ""


def _residency(text: str) -> Residency:
    """From the runtime's own line about what it handed to the delegate; else from the tool's summary."""
    replaced = _REPLACED.findall(text)
    if replaced:
        taken, ops, delegate, partitions = replaced[-1]
        named = delegate.removeprefix("TfLite").removesuffix("Delegate")
        return Residency(
            ops=int(ops),
            accelerated=int(taken),
            partitions=int(partitions),
            accelerator=named,
            proof=f"{TOOL}'s log: {taken} of {ops} nodes replaced",
        )
    applied = _APPLIED.search(text)
    proof = (
        f"{TOOL}: the {applied[1]} delegate executes the graph {applied[2]}"
        if applied
        else f"{TOOL} does not say"
    )
    return Residency(
        ops=0, accelerated=0, partitions=0, accelerator=applied[1] if applied else "", proof=proof
    )


def _reason(lines: list[str]) -> str:
    said = next((line for line in lines if any(word in line for word in _WRONG)), "")
    return (
        f": {said.strip()[:200]}" if said else f" (no line `{END} …`); the log is cut off or the tool crashed"
    )


def read_csv(text: str, name: str) -> list[Said]:
    """benchmark_result.csv: sizes in MB, times in µs, memory in MB. Raises InputError for rows that are not whole."""
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            value = {key: float(one) for key, one in row.items() if key}
            found.append(
                Said(
                    instrument=TOOL,
                    size=round(value["model_size"] * 1e6),
                    size_step=_step(row["model_size"]),
                    load=value["init_time"] / 1000,
                    mean=value["inference_avg"] / 1000,
                    least=value["inference_min"] / 1000,
                    most=value["inference_max"] / 1000,
                    deviation=value["inference_stddev"] / 1000,
                    peak_memory=round(value.get("overall_max_rss", 0.0) * 2**20),
                )
            )
        except (KeyError, TypeError, ValueError):
            raise InputError(f"{name}, line {number}: a row of {TOOL}'s CSV is not whole") from None
    if not found:
        raise InputError(f"{name}: {TOOL}'s CSV has a head and no rows")
    return found


def read_report(document: dict[str, Any], name: str) -> list[Said]:
    """report.json of the Android app. Raises InputError where the run failed or a figure is missing."""
    status = document.get("status", "")
    text = str(document.get(REPORT_KEY, ""))
    if status not in ("OK", ""):
        raise InputError(f"{name}: {TOOL} reports {status}")
    times = dict(re.findall(rf"(init|warmup|inference): {_NUMBER}", text))
    if "inference" not in times:
        raise InputError(f"{name}: {TOOL}'s report has no inference time")
    return [
        Said(
            instrument=TOOL,
            mean=float(times["inference"]) / 1000,
            load=float(times.get("init", 0)) / 1000,
            facts={"report": msgspec.json.encode(document.get("name", "")).decode().strip('"')},
        )
    ]
