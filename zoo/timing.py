"""`zoo bench`: names and files → the CPU benchmark."""

from pathlib import Path

from benchmarks.results import Results, Setting
from registry.errors import InputError
from registry.progress import Progress
from zoo import artifacts


def bench(
    names: list[str], out: Path | None, threads: tuple[int, ...], runs: int, progress: Progress
) -> Results:
    """Times every .tflite that the names stand for, with XNNPACK and without, at each thread count."""
    from benchmarks import cpu

    if out is not None and len(names) > 1:
        raise InputError(
            "--out says where one model's artifacts are; name the folders themselves for several"
        )
    files = [file for name in names for file in artifacts.tflite_files(name, out)]
    settings = [Setting(threads=count, xnnpack=xnnpack) for xnnpack in (True, False) for count in threads]
    return cpu.measure(files, settings, min_runs=runs, progress=progress)


def counts(text: str) -> tuple[int, ...]:
    """`1,2` → (1, 2). Raises InputError for anything else than positive whole numbers."""
    try:
        found = tuple(dict.fromkeys(int(number) for number in text.split(",")))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise InputError(f"--threads {text}: thread counts are positive whole numbers with commas, like 1,2")
    return found
