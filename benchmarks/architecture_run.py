"""One architecture: converted by `zoo convert` in a process of its own, run in LiteRT, held against ONNX Runtime."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.residency import residency
from registry.errors import MissingDependencyError

TOLERANCE = 1e-5
"""Largest difference over largest expected magnitude of an output, in float32."""
PATIENCE = 600.0

Array = npt.NDArray[Any]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversion came to. `status`: ok, refused (no file was written) or wrong (it answers something else)."""

    name: str
    kind: str
    status: str
    reason: str = ""
    ops: int = 0
    transposes: int = 0
    transposed_bytes: int = 0
    transpose_reasons: tuple[str, ...] = ()
    custom_ops: int = 0
    error: float = 0.0
    """Relative: see TOLERANCE; infinite where the shapes differ or a number is not one."""
    partitions: int = 0
    outside: dict[str, int] = {}
    """Operators outside XNNPACK."""
    size: int = 0
    seconds: float = 0.0


def measure(name: str, kind: str, model: Path, classes: int) -> Outcome:
    """Convert and compare one ONNX file. Never raises for what a converter or a runtime does with it."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="architectures-") as folder:
        out = Path(folder) / "out"
        command = [
            sys.executable,
            "-m",
            "zoo",
            "convert",
            str(model),
            "--to",
            "float32",
            "--json",
            "--out",
            str(out),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(name=name, kind=kind, status="refused", reason=f"no end after {PATIENCE:g} s")
        seconds = time.monotonic() - start
        if done.returncode:
            reason = _reason(done.stdout, done.stderr)
            return Outcome(name=name, kind=kind, status=_failure(reason), reason=reason, seconds=seconds)
        artifact = json.loads(done.stdout)["manifest"]["artifacts"][0]
        stats = artifact["stats"]
        facts: dict[str, Any] = {
            "ops": stats["ops"],
            "transposes": stats["transposes"],
            "transposed_bytes": stats["transposed_bytes"],
            "transpose_reasons": tuple(stats.get("transpose_reasons", ())),
            "custom_ops": stats["custom_ops"],
            "size": artifact["size"],
            "seconds": seconds,
        }
        try:
            error, partitions, outside = _compare(model, out / artifact["path"], artifact, classes)
        except (RuntimeError, ValueError) as failure:
            return Outcome(name=name, kind=kind, status="wrong", reason=f"does not run: {failure}", **facts)
    status = "ok" if error <= TOLERANCE else "wrong"
    reason = "" if status == "ok" else f"relative error {error:.1e}"
    return Outcome(
        name=name,
        kind=kind,
        status=status,
        reason=reason,
        error=error,
        partitions=partitions,
        outside=outside,
        **facts,
    )


def _reason(stdout: str, stderr: str) -> str:
    """The one sentence that `zoo` gave, or the last line of what it said."""
    for text in (stdout, stderr):
        try:
            return str(json.loads(text)["error"])
        except (ValueError, KeyError, TypeError):
            continue
    return (stderr.strip() or stdout.strip() or "no message").splitlines()[-1]


def _failure(reason: str) -> str:
    """A conversion that `zoo` itself found to answer something else wrote a file; any other failure is a refusal."""
    return "wrong" if "exceeds" in reason or "differs" in reason else "refused"


def _compare(
    model: Path, tflite: Path, artifact: dict[str, Any], classes: int
) -> tuple[float, int, dict[str, int]]:
    """(largest relative error over all outputs, XNNPACK partitions, operators outside them)."""
    try:
        import onnxruntime
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise MissingDependencyError(
            "Comparing needs LiteRT and ONNX Runtime: pip install zoo[tflite]."
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    feed: dict[str, Array] = {}
    for port in session.get_inputs():
        if port.type == "tensor(int64)":
            feed[port.name] = random.integers(0, max(classes, 2), port.shape)
        else:
            feed[port.name] = random.uniform(0, 1, port.shape).astype(np.float32)
    expected = dict(zip([port.name for port in session.get_outputs()], session.run(None, feed), strict=True))
    interpreter = Interpreter(model_path=str(tflite), num_threads=1)
    runner = interpreter.get_signature_runner()
    given = {
        tensor["name"]: np.ascontiguousarray(feed[_source(tensor)].transpose(tensor["permutation"])).astype(
            tensor["dtype"]
        )
        for tensor in artifact["inputs"]
    }
    answers = runner(**given)
    worst = 0.0
    for tensor in artifact["outputs"]:
        back = np.argsort(tensor["permutation"])
        worst = max(worst, relative(answers[tensor["name"]].transpose(back), expected[_source(tensor)]))
    found = residency(interpreter._get_ops_details())
    return worst, found.partitions, found.left


def _source(tensor: dict[str, Any]) -> str:
    return str(tensor.get("source_name") or tensor["name"])


def relative(actual: Array, expected: Array) -> float:
    """Largest difference over largest expected magnitude; infinite for another shape or numbers that are none."""
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return float("inf")
    scale = max(float(np.abs(expected).max(initial=0)), float(np.finfo(np.float32).tiny))
    return float(np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max(initial=0)) / scale
