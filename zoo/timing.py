"""`zoo bench`: names and files → the CPU benchmark, whose measurements are kept for `zoo compare` and `zoo results`."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from benchmarks.results import Results, Setting
from registry.errors import InputError
from registry.progress import Progress
from registry.types import Measurement
from zoo import artifacts
from zoo.workspace import MANIFEST, read_manifest


@dataclass(frozen=True)
class Amount:
    """How much is timed: at least `runs` of each configuration, in each of `passes` of new processes."""

    runs: int = 50
    passes: int = 1


def bench(
    names: list[str], out: Path | None, threads: tuple[int, ...], amount: Amount, progress: Progress
) -> Results:
    """Times every .tflite that the names stand for, with XNNPACK and without, at each thread count.

    A pass is a run of its own, so that verdicts see how processes differ; what is returned is each configuration's middle pass.
    """
    from benchmarks import cpu
    from benchmarks.results_store import ResultStore

    if out is not None and len(names) > 1:
        raise InputError(
            "--out says where one model's artifacts are; name the folders themselves for several"
        )
    files = [file for name in names for file in artifacts.tflite_files(name, out)]
    settings = [Setting(threads=count, xnnpack=xnnpack) for xnnpack in (True, False) for count in threads]
    known = {file.name: _named(file) for file in files}
    done: list[Results] = []
    with ResultStore() as store:
        for _ in range(amount.passes):
            found = cpu.measure(files, settings, min_runs=amount.runs, progress=progress)
            run = uuid.uuid4().hex
            measured = tuple(_stamped(one, run, *known[one.artifact]) for one in found.measurements)
            store.add(*measured)
            done.append(replace(found, measurements=measured))
    return replace(done[-1], measurements=_middle(done))


def _stamped(one: Measurement, run: str, model: str, variant: str) -> Measurement:
    target = "cpu" if one.delegate != "none" else "cpu:noxnnpack"
    return replace(one, run_id=run, model=model, variant=variant, target=target)


def _named(file: Path) -> tuple[str, str]:
    """The model and the variant that a file is, by the manifest beside it; its own name where there is none."""
    if (file.parent / MANIFEST).is_file():
        manifest = read_manifest(file.parent)
        for artifact in manifest.artifacts:
            if artifact.path == file.name:
                return manifest.name, artifact.target
    return file.stem, ""


def _middle(passes: list[Results]) -> tuple[Measurement, ...]:
    """Each configuration's pass of the median latency."""
    groups: dict[tuple[str, str, int], list[Measurement]] = {}
    for found in passes:
        for one in found.measurements:
            groups.setdefault((one.sha256, one.target, one.threads), []).append(one)
    return tuple(
        sorted(group, key=lambda one: one.median_ms)[(len(group) - 1) // 2] for group in groups.values()
    )


def counts(text: str) -> tuple[int, ...]:
    """`1,2` → (1, 2). Raises InputError for anything else than positive whole numbers."""
    try:
        found = tuple(dict.fromkeys(int(number) for number in text.split(",")))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise InputError(f"--threads {text}: thread counts are positive whole numbers with commas, like 1,2")
    return found
