"""Running `edgetpu_compiler` where it is installed, in a child with a time limit, and holding its log against the forecast."""

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from converters.edgetpu.forecast import Forecast
from converters.edgetpu.log import Log, parse
from converters.processes import run_program
from registry.errors import ConversionError, MissingDependencyError

NAME = "edgetpu_compiler"
TIMEOUT_S = 600.0
_GRACE_S = 30.0
"""What the compiler has beyond the time limit that it is told, to say so itself."""


@dataclass(frozen=True)
class Difference:
    """Operators of a type with a status: how many were forecast, how many the compiler has."""

    op: str
    status: str
    forecast: int
    compiled: int


@dataclass(frozen=True)
class Compiled:
    """The compiled file's path and the compiler's log."""

    path: Path
    log: Log


def find() -> Path | None:
    """The compiler on PATH."""
    found = shutil.which(NAME)
    return Path(found) if found else None


def compile_model(
    model: Path, out: Path, *, all_partitions: bool = False, timeout_s: float = TIMEOUT_S
) -> Compiled:
    """Compile `model`; the result stands at `out` whole or not at all.

    Raises MissingDependencyError without the compiler, ConversionError where it refuses the model, crashes or takes too long, OSError.
    """
    program = find()
    if program is None:
        raise MissingDependencyError(
            f"{NAME} is not on PATH; it is an x86-64 program from Google's apt repository (coral.ai/docs/edgetpu/compiler)"
        )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".edgetpu-") as folder:
        work = Path(folder)
        source = work / "model.tflite"
        shutil.copyfile(model, source)
        flags = ["-s", "-t", str(max(1, int(timeout_s))), *(["-a"] if all_partitions else [])]
        text = _run([str(program), *flags, "-o", str(work), str(source)], work, model, timeout_s)
        written = work / "model_edgetpu.log"
        log = parse(text)
        if not log.statuses and written.is_file():
            log = parse(f"{text}\n{written.read_text('utf-8', 'replace')}")
        made = work / "model_edgetpu.tflite"
        if not made.is_file() or not made.stat().st_size:
            why = log.failure or (text.strip().splitlines() or ["it said nothing"])[-1]
            raise ConversionError(f"{NAME} made nothing of `{model.name}`: {why}")
        made.replace(out)
    return Compiled(out, log)


def compare(forecast: Forecast, log: Log) -> tuple[Difference, ...]:
    """Where the compiler's counts by type and status differ from the forecast's; nothing where they agree."""
    expected = Counter((one.op, one.reason) for one in forecast.ops)
    actual: Counter[tuple[str, str]] = Counter()
    for one in log.statuses:
        actual[one.op, one.status] += one.count
    return tuple(
        Difference(op, status, expected[op, status], actual[op, status])
        for op, status in sorted(expected.keys() | actual.keys())
        if expected[op, status] != actual[op, status]
    )


def _run(command: list[str], work: Path, model: Path, timeout_s: float) -> str:
    """Everything that the compiler says. Raises ConversionError where it takes longer than its own limit and a little more."""
    log = work / "said"
    try:
        done = run_program(command, work, dict(os.environ), log, timeout_s=timeout_s + _GRACE_S)
    except OSError as error:
        raise ConversionError(f"{NAME} cannot be started: {error}") from error
    if done.timed_out:
        raise ConversionError(f"{NAME} was stopped: `{model.name}` took it more than {timeout_s:.0f} s")
    return log.read_text("utf-8", "replace")
