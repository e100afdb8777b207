"""One architecture through a converter in a process of its own; its float32 file counted and held against ONNX Runtime."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import peer as onnx2tf
from benchmarks.answers import Source, guessed_error, stated_error
from benchmarks.flatbuffer import file_facts
from benchmarks.process import run

TOLERANCE = 1e-5
"""Largest difference over largest expected magnitude of an output, in float32."""
PATIENCE = 600.0
"""Seconds after which a conversion is ended."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversion came to. `status`: ok, refused (no file was written) or wrong (it answers something else)."""

    status: str
    reason: str = ""
    ops: int = 0
    transposes: int = 0
    transposed_elements: int = 0
    transpose_reasons: tuple[str, ...] = ()
    custom_ops: int = 0
    error: float = 0.0
    """Relative: see TOLERANCE; infinite where the shapes differ or a number is not one."""
    partitions: int = 0
    outside: dict[str, int] = {}
    """Operators outside XNNPACK."""
    size: int = 0
    seconds: float = 0.0
    peak_memory: int = 0
    """Of the whole conversion, in bytes."""
    file: str = ""
    """The float32 .tflite's name."""


def convert(model: Path, classes: int, out: Path) -> Outcome:
    """Convert one ONNX file by `zoo convert` and compare. Never raises for what a converter or a runtime does with it."""
    command = [sys.executable, "-m", "zoo", "convert", str(model), "--to", "float32,float16", "--json"]
    done = run([*command, "--out", str(out)], patience=PATIENCE)
    spent: dict[str, Any] = {"seconds": done.seconds, "peak_memory": done.peak_memory}
    if done.late:
        return Outcome(status="refused", reason=f"no end after {PATIENCE:g} s", **spent)
    if done.code:
        reason = _reason(done.stdout, done.stderr)
        return Outcome(status=_failure(reason), reason=reason, **spent)
    artifact = json.loads(done.stdout)["manifest"]["artifacts"][0]
    path = out / artifact["path"]
    facts = {**spent, **_counted(path), "transpose_reasons": artifact["stats"].get("transpose_reasons", ())}
    try:
        error, resident = stated_error(Source(model, classes), path, artifact)
    except (RuntimeError, ValueError) as failure:
        return Outcome(status="wrong", reason=f"does not run: {failure}", **facts)
    facts |= {"partitions": resident.partitions, "outside": resident.left}
    return _judged(error, facts)


def convert_by_peer(executable: Path, model: Path, classes: int, out: Path) -> Outcome:
    """The same by the peer converter, whose file says nothing about layouts: it gets the benefit of the doubt."""
    done = onnx2tf.convert(executable, model, out, PATIENCE)
    spent: dict[str, Any] = {"seconds": done.seconds, "peak_memory": done.peak_memory}
    path = onnx2tf.float32(out)
    if path is None:
        reason = f"no end after {PATIENCE:g} s" if done.late else _reason(done.stdout, done.stderr)
        return Outcome(status="refused", reason=reason, **spent)
    facts = {**spent, **_counted(path)}
    try:
        error = guessed_error(Source(model, classes), path)
    except (RuntimeError, ValueError) as failure:
        return Outcome(status="wrong", reason=f"does not run: {failure}", **facts)
    return _judged(error, facts)


def _counted(path: Path) -> dict[str, Any]:
    held = file_facts(path)
    return {
        "ops": held.ops,
        "transposes": held.transposes,
        "transposed_elements": held.transposed_elements,
        "custom_ops": held.custom_ops,
        "size": held.size,
        "file": path.name,
    }


def _judged(error: float, facts: dict[str, Any]) -> Outcome:
    if error <= TOLERANCE:
        return Outcome(status="ok", error=error, **facts)
    return Outcome(status="wrong", reason=f"relative error {error:.1e}", error=error, **facts)


def _reason(stdout: str, stderr: str) -> str:
    """The one sentence that `zoo` gave, or the last line of what was said."""
    for text in (stdout, stderr):
        try:
            return str(json.loads(text)["error"])
        except (ValueError, KeyError, TypeError):
            continue
    return (stderr.strip() or stdout.strip() or "no message").splitlines()[-1]


def _failure(reason: str) -> str:
    """A conversion that `zoo` itself found to answer something else wrote a file; any other failure is a refusal."""
    return "wrong" if "exceeds" in reason or "differs" in reason else "refused"
