"""`zoo edgetpu`: what the Edge TPU's compiler would map, and what to change so that it maps more."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import InputError
from zoo import naming
from zoo.report import Table, size

if TYPE_CHECKING:
    from converters.edgetpu import Forecast

_LONG = 60
"""Letters of a tensor's name, fused names being longer, that people are shown."""


def forecast(text: str, compiler: str, all_partitions: bool) -> "Forecast":
    """The forecast for a .tflite file, or for the Edge TPU artifact (else the full-integer one) of a card or a converted folder.

    Raises InputError for a file that is none, and where nothing quantized was converted yet.
    """
    from converters import edgetpu

    return edgetpu.forecast(_model(text), compiler, all_partitions)


def table(found: "Forecast", title: str) -> Table:
    """One row an operator type and status, in the compiler's words, as its log has it."""
    counts = Counter((one.op, one.reason) for one in found.ops)
    rows = tuple((op, str(count), reason) for (op, reason), count in counts.items())
    return Table(("operator", "count", "status"), rows, title)


def summary(found: "Forecast") -> str:
    """The numbers below the table, and the advice."""
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
    return "\n".join(lines)


def _model(text: str) -> Path:
    path = Path(text)
    if path.is_file() or path.suffix == ".tflite":
        return path
    folder = path if path.is_dir() else naming.card_named(text, None)["out"]
    for pattern in ("*_edgetpu_ready.tflite", "*_full_int8.tflite", "*_full_uint8.tflite"):
        found = sorted(folder.glob(pattern))
        if found:
            return found[0]
    raise InputError(f"there is no full-integer .tflite in {folder}: convert it with --to edgetpu (or full_int8) first")
