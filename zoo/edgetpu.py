"""`zoo edgetpu`: what the Edge TPU's compiler would map, and what to change so that it maps more."""

import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.errors import ConversionError, InputError
from registry.progress import Progress
from zoo import naming
from zoo.report import Table, size

if TYPE_CHECKING:
    from converters.edgetpu import Forecast
    from converters.edgetpu.compiler import Difference

_LONG = 60
"""Letters of a tensor's name, fused names being longer, that people are shown."""


@dataclass(frozen=True)
class Compared:
    """What the installed compiler says of the model, against the forecast; `failure` is why it made nothing of it."""

    version: str = ""
    mapped: int | None = None
    total: int | None = None
    differences: "tuple[Difference, ...]" = ()
    failure: str = ""


@dataclass(frozen=True)
class Report:
    """A forecast and, where `edgetpu_compiler` is on PATH, what it says itself."""

    forecast: "Forecast"
    compiled: Compared | None

    @property
    def document(self) -> dict[str, Any]:
        return {**asdict(self.forecast), "compiled": asdict(self.compiled) if self.compiled else None}


def report(text: str, compiler: str, all_partitions: bool, run_compiler: bool, progress: Progress) -> Report:
    """The forecast for a .tflite file, or for the Edge TPU artifact (else the full-integer one) of a card or a converted folder.

    Raises InputError for a file that is none, and where nothing quantized was converted yet.
    """
    from converters import edgetpu
    from converters.edgetpu import compiler as real

    model = _model(text)
    found = edgetpu.forecast(model, compiler, all_partitions)
    if not run_compiler or real.find() is None:
        return Report(found, None)
    progress(f"compiling with {real.NAME}")
    with tempfile.TemporaryDirectory(prefix="zoo-edgetpu-") as folder:
        return Report(found, compared(found, model, Path(folder) / "compiled.tflite", all_partitions))


def forecast(model: Path) -> "Forecast":
    """The forecast for a .tflite. Raises InputError for a file that is none or was compiled already."""
    from converters import edgetpu

    return edgetpu.forecast(model)


def compiled(model: Path, out: Path, progress: Progress) -> tuple[str, ...]:
    """What to note of an Edge TPU artifact: its forecast and, where the compiler is on PATH and makes `out`, whether both agree."""
    from converters.edgetpu import compiler as real

    found = forecast(model)
    notes = [
        f"edgetpu: {found.mapped} of {found.total} operators are forecast to map; `zoo edgetpu {model.name}` says more"
    ]
    if real.find() is None:
        return (*notes, f"edgetpu: not compiled, {real.NAME} is not on PATH")
    progress(f"compiling with {real.NAME}")
    return (*notes, _said(compared(found, model, out)))


def compared(found: "Forecast", model: Path, out: Path, all_partitions: bool = False) -> Compared:
    """Compiles `model` to `out` and holds the log against the forecast."""
    from converters.edgetpu.compiler import compare, compile_model

    try:
        log = compile_model(model, out, all_partitions=all_partitions).log
    except ConversionError as error:
        return Compared(failure=str(error))
    return Compared(log.version, log.mapped, log.total, compare(found, log))


def table(found: "Forecast", title: str) -> Table:
    """One row an operator type and status, in the compiler's words, as its log has it."""
    counts = Counter((one.op, one.reason) for one in found.ops)
    rows = tuple((op, str(count), reason) for (op, reason), count in counts.items())
    return Table(("operator", "count", "status"), rows, title)


def summary(report: Report) -> str:
    """The numbers below the table, the advice, and what the compiler itself says."""
    found = report.forecast
    lines = [found.failure] if found.failure else []
    lines.append(
        f"{found.mapped} of {found.total} operators on the Edge TPU in {found.partitions} "
        f"partition{'' if found.partitions == 1 else 's'}, {found.total - found.mapped} on the CPU"
    )
    if found.first_break is not None:
        one = found.ops[found.first_break]
        name = one.name if len(one.name) <= _LONG else f"{one.name[:_LONG]}…"
        lines.append(f"first on the CPU: {one.index} {one.op} `{name}`")
    if found.possible_partitions > found.partitions:
        lines.append(f"--all-partitions would compile {found.possible_partitions}")
    lines.append(
        f"parameters {size(found.parameter_bytes)}: {size(found.on_chip_bytes)} stay on the chip, "
        f"{size(found.streamed_bytes)} are streamed for each inference"
    )
    for advice in found.advice:
        where = ", ".join(f"{index} {found.ops[index].op}" for index in advice.ops[:3])
        more = f" and {len(advice.ops) - 3} more" if len(advice.ops) > 3 else ""
        lines.append(f"to map more: {advice.what}" + (f" ({where}{more})" if where else ""))
    if report.compiled is not None:
        lines.append(_said(report.compiled))
    return "\n".join(lines)


def _said(compared: Compared) -> str:
    """What the installed compiler made of it, for people."""
    if compared.failure:
        return compared.failure
    head = f"edgetpu_compiler {compared.version} maps {compared.mapped} of {compared.total} operators"
    if not compared.differences:
        return f"{head}, as forecast"
    lines = [
        f"  {one.op}, {one.status}: {one.forecast} forecast, {one.compiled} compiled"
        for one in compared.differences
    ]
    return "\n".join([f"{head}, unlike the forecast:", *lines])


def _model(text: str) -> Path:
    path = Path(text)
    if path.is_file() or path.suffix == ".tflite":
        return path
    folder = path if path.is_dir() else naming.card_named(text, None)["out"]
    for pattern in ("*_edgetpu_ready.tflite", "*_full_int8.tflite", "*_full_uint8.tflite"):
        found = sorted(folder.glob(pattern))
        if found:
            return found[0]
    raise InputError(f"there is no full-integer .tflite in {folder}: convert it with --to edgetpu first")
