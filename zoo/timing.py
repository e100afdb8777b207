"""`zoo bench`: names and files × targets × threads, batches and shapes → one run of the benchmark."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results import Effort, Failure, Plan, Results
from benchmarks.targets import catalog
from benchmarks.targets.catalog import Spec
from registry.errors import InputError, MissingDependencyError, ZooError
from registry.progress import Progress
from zoo import keeping, subjects
from zoo.request import Access
from zoo.sources import Confirm
from zoo.subjects import Grid

ALL = "all"
_EVERYWHERE = ("cpu", "gpu", "edgetpu", "npu", "openvino", "onnxruntime", "torch", "tensorflow")


@dataclass(frozen=True)
class Bench:
    """What the user asked for. `targets` empty: all that work here and take a file of the model."""

    names: tuple[str, ...]
    targets: tuple[Spec, ...]
    variants: tuple[str, ...] = ()
    grid: Grid = field(default_factory=Grid)
    out: Path | None = None
    access: Access = field(default_factory=Access)


def bench(asked: Bench, effort: Effort, confirm: Confirm, progress: Progress) -> Results:
    """Times what was asked for. Raises InputError where there is nothing to time."""
    from benchmarks import runner

    if asked.out is not None and len(asked.names) > 1:
        raise InputError(
            "--out says where one model's artifacts are; name the folders themselves for several"
        )
    made, failures = _plans(asked, confirm, progress)
    found = runner.measure(made, effort, journal=keeping.journals(), progress=progress)
    keeping.opened().close()
    return Results(
        run_id=found.run_id,
        measurements=found.measurements,
        failures=(*failures, *found.failures),
        environment=found.environment,
        notes=found.notes,
    )


def exit_code(found: Results) -> int:
    """0 where anything was measured; else that of a missing package or device where that is why, and of a failure otherwise."""
    if found.measurements:
        return 0
    missing = all(one.status == "missing" for one in found.failures)
    return MissingDependencyError.exit_code if missing else ZooError.exit_code


def _plans(asked: Bench, confirm: Confirm, progress: Progress) -> tuple[list[Plan], list[Failure]]:
    specs = asked.targets or tuple(Spec(one) for one in _EVERYWHERE if not catalog.module(one).check(""))
    own = any(spec.name == "torch" for spec in specs)
    made: list[Plan] = []
    failures: list[Failure] = []
    for name in asked.names:
        model = subjects.find(name, asked.out, asked.variants, own, asked.access, confirm, progress)
        for spec in specs:
            plans, refused = subjects.plans(model, spec, asked.grid)
            made += plans
            failures += refused if asked.targets else []
    if not made and not failures:
        raise InputError(f"no target that works here takes a file of {', '.join(asked.names)}")
    return made, failures


def specs(text: str) -> tuple[Spec, ...]:
    """`cpu,gpu:delegate=/lib/x.so` → targets; `all` → none, which means all. Raises InputError for an unknown name."""
    if text.strip() == ALL:
        return ()
    found = tuple(dict.fromkeys(catalog.parse(one) for one in text.split(",") if one.strip()))
    if not found:
        raise InputError("--targets names no target")
    return found


def counts(text: str, option: str = "--threads") -> tuple[int, ...]:
    """`1,2` → (1, 2). Raises InputError for anything else than positive whole numbers."""
    try:
        found = tuple(dict.fromkeys(int(number) for number in text.split(",")))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise InputError(f"{option} {text}: positive whole numbers with commas, like 1,2")
    return found
