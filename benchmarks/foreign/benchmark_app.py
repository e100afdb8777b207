"""OpenVINO's `benchmark_app`: its console text and the reports that -report_type writes as CSV or JSON.

Sources: openvino/tools/benchmark/main.py and utils/statistics_report.py; the C++ tool prints the same.
"""

import re
from collections.abc import Mapping
from typing import Any

from benchmarks.foreign.said import Said
from registry.errors import InputError

TOOL = "benchmark_app"
MARK = "Dumping statistics report"
CSV_HEAD = "Command line parameters"
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3}
_LATENCY = re.compile(
    r"(?P<what>Median|Average|AVG|Min|MIN|Max|MAX)(?: [^:]*)?:\s+(?P<number>[\d.]+) (?P<unit>us|ms|s)\b"
)
_ONE = re.compile(r"\[ INFO \] (?P<what>[\w ]+?)\s*(?::|\.{2,}|took)\s*(?P<value>.+)")
_MODEL = re.compile(r"(?:^|\s)(?:-m|--path_to_model)[ =](\S+)")
_REQUESTS = re.compile(r"Start inference .*?(\d+) inference requests")


def read_text(text: str, name: str) -> list[Said]:
    """The one run of a console text. Raises InputError where it has no latency."""
    lines = {
        match["what"].strip(): match["value"].strip()
        for match in map(_ONE.search, text.splitlines())
        if match
    }
    times = {
        match["what"].lower(): float(match["number"]) * _UNITS[match["unit"]]
        for match in _LATENCY.finditer(text)
    }
    if not times:
        wrong = next((line for line in text.splitlines() if "[ ERROR ]" in line), "")
        reason = (
            f": {wrong.split('[ ERROR ]')[1].strip()[:200]}"
            if wrong
            else "; the text is cut off or the tool crashed"
        )
        raise InputError(f"{name}: {TOOL} stopped before its latencies{reason}")
    devices = re.findall(
        r"\w[\w.]*", lines.get("Execution Devices", "") or lines.get("EXECUTION_DEVICES", "")
    )
    model, started = _MODEL.search(text), _REQUESTS.search(text)
    requests = int(started[1]) if started else 1
    return [
        Said(
            instrument=TOOL,
            file=re.split(r"[\\/]", model[1])[-1] if model else "",
            target=_target(devices[0] if devices else "CPU", requests),
            threads=int(lines.get("INFERENCE_NUM_THREADS", "0") or 0),
            batch=int(lines.get("Model batch size", "1") or 1),
            mean=times.get("average", times.get("avg")),
            median=times.get("median"),
            least=times.get("min"),
            most=times.get("max"),
            runs=_leading(lines.get("Count", "0")),
            load=_milliseconds(lines.get("Compile model", "")),
            first=_milliseconds(lines.get("First inference", "")),
            facts=_facts(requests, lines.get("INFERENCE_PRECISION_HINT", "")),
        )
    ]


def read_csv(text: str, name: str) -> list[Said]:
    """benchmark_report.csv: `key;value` lines under three heads."""
    pairs = (line.split(";", 1) for line in text.splitlines() if ";" in line)
    return [_from_report({key.strip(): value.strip() for key, value in pairs}, name)]


def read_json(document: Mapping[str, Any], name: str) -> list[Said]:
    """benchmark_report.json: the same as three objects."""
    merged: dict[str, str] = {}
    for part in ("cmd_options", "configuration_setup", "execution_results"):
        section = document.get(part)
        if isinstance(section, Mapping):
            merged |= {str(key): str(value) for key, value in section.items()}
    return [_from_report(merged, name)]


def _from_report(values: Mapping[str, str], name: str) -> Said:
    if "error" in values:
        raise InputError(f"{name}: {TOOL} reports an error: {values['error'][:200]}")
    median = next((value for key, value in values.items() if key == "latency (ms)"), None)
    try:
        requests = int(values.get("number of parallel infer requests", "1") or 1)
        return Said(
            instrument=TOOL,
            file=re.split(r"[\\/]", values.get("-m", ""))[-1],
            target=_target(values.get("target device", values.get("-d", "CPU")), requests),
            threads=int(values.get("-nthreads", "0") or 0),
            batch=int(values.get("batch size", "1") or 1),
            mean=_optional(values.get("avg latency")),
            median=_optional(median),
            least=_optional(values.get("min latency")),
            most=_optional(values.get("max latency")),
            runs=int(values["total number of iterations"]),
            load=float(values.get("compile model time (ms)", "0") or 0),
            first=float(values.get("first inference time (ms)", "0") or 0),
            facts=_facts(requests, values.get("precision", "")),
        )
    except (KeyError, ValueError) as error:
        raise InputError(f"{name}: {TOOL}'s report is not whole ({error})") from None


def _target(device: str, requests: int) -> str:
    """Latency with several requests in flight is another thing than latency: it never shares a name."""
    return f"openvino:{device}" + (f":{requests}requests" if requests > 1 else "")


def _facts(requests: int, precision: str) -> dict[str, str]:
    found = {"requests": str(requests)} if requests > 1 else {}
    return found | ({"precision": precision} if precision and precision != "UNSPECIFIED" else {})


def _optional(text: str | None) -> float | None:
    return float(text) if text else None


def _leading(text: str) -> int:
    match = re.match(r"\d+", text)
    return int(match[0]) if match else 0


def _milliseconds(text: str) -> float:
    match = re.match(r"([\d.]+) (us|ms|s)", text)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0
