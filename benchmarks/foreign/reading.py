"""Any output of a benchmark tool: which tool's it is, decided by what stands in it, and what it says."""

from typing import Any

import msgspec

from benchmarks.foreign import benchmark_app, benchmark_model, benchmark_result, litert_benchmark
from benchmarks.foreign.said import Said
from registry.errors import InputError

_KNOWN = (
    "zoo's own .jsonl export, a log, CSV, report.json or BenchmarkResult of TFLite's benchmark_model, what litert-benchmark prints "
    "or writes, or the text, CSV or JSON of OpenVINO's benchmark_app"
)


def read(content: bytes, name: str) -> list[Said]:
    """Every run that the content tells of. Raises InputError, one sentence, for what is damaged or of no known tool."""
    if not content.strip():
        raise InputError(f"{name} is empty")
    text = _text(content)
    if text is None:
        return benchmark_result.from_bytes(content, name)
    if text.lstrip().startswith(("{", "[")) and "[Step " not in text and "[ INFO ]" not in text:
        return _read_json(text, name)
    if text.startswith(benchmark_model.CSV_HEAD):
        return benchmark_model.read_csv(text, name)
    if text.startswith(benchmark_app.CSV_HEAD) or "Execution results\n" in text:
        return benchmark_app.read_csv(text, name)
    if benchmark_app.MARK in text or "[Step 1/11]" in text or "[Step 1/" in text:
        return benchmark_app.read_text(text, name)
    if litert_benchmark.MARK in text and benchmark_model.END not in text:
        return litert_benchmark.read_text(text, name)
    if benchmark_model.END in text or "Log parameter values verbosely" in text or "Num threads: [" in text:
        return benchmark_model.read_log(text, name)
    raise InputError(f"{name} is no result that can be read here: {_KNOWN}")


def _read_json(text: str, name: str) -> list[Said]:
    try:
        document: Any = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InputError(f"{name} is JSON that is cut off or damaged ({error})") from None
    if isinstance(document, dict):
        if benchmark_model.REPORT_KEY in document or document.get("name") == "TFLite benchmark":
            return benchmark_model.read_report(document, name)
        if "execution_results" in document:
            return benchmark_app.read_json(document, name)
        if "latency" in document and "accelerators" in document:
            return litert_benchmark.read_json(document, name)
    return benchmark_result.from_json(document, name)


def _text(content: bytes) -> str | None:
    """The content as text, whatever wrote it (Windows shells write UTF-16); None where it is none."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    if any(letter < " " and letter not in "\t\n\r\f\b\x1b" for letter in text):
        return None
    return text.lstrip("\ufeff").replace("\r\n", "\n")
