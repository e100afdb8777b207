"""The peer converter that ours is held against: an `onnx2tf` executable in an environment of its own."""

import os
from collections.abc import Mapping
from pathlib import Path

from benchmarks.process import Run, run


def convert(executable: Path, model: Path, out: Path, patience: float = 3600.0) -> Run:
    """The peer's conversion of an ONNX file to float32 and float16 .tflite in `out`, with its defaults."""
    return run([str(executable), "-i", str(model), "-o", str(out), "-n"], _environment(executable), patience)


def float32(out: Path) -> Path | None:
    """The float32 .tflite that a conversion left in `out`."""
    return next(iter(sorted(out.glob("*_float32.tflite"))), None) if out.exists() else None


def _environment(executable: Path) -> Mapping[str, str]:
    """The executable starts others of its own environment."""
    return {**os.environ, "PATH": f"{executable.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
