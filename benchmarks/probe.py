"""Whether a target works here, found out by trying: a model of one op goes through it in a process of its own."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import Child, ChildError
from benchmarks.protocol import Load, Loaded, Prepare, Prepared, Warm, Warmed
from benchmarks.targets import catalog
from benchmarks.targets.catalog import Spec
from benchmarks.tiny import write_tiny_tflite

PATIENCE = 60.0


def works(specs: Sequence[Spec]) -> dict[Spec, tuple[str, str]]:
    """Target → what it ran on, and why it does not work (one of the two is empty).

    Targets that take a .tflite run one and prove where; the others only import their runtime. All are tried side by side.
    """
    children: dict[Spec, Child] = {}
    with tempfile.TemporaryDirectory() as folder:
        model = write_tiny_tflite(Path(folder) / "tiny.tflite")
        try:
            for spec in specs:
                children[spec] = Child(PATIENCE)
                children[spec].send(Prepare(target=str(spec)))
            return {spec: _told(spec, child, model) for spec, child in children.items()}
        finally:
            for child in children.values():
                child.close()


def _told(spec: Spec, child: Child, model: Path) -> tuple[str, str]:
    try:
        child.receive(Prepared)
        if not catalog.takes(spec.name, model):
            return "imported", ""
        loaded = child.ask(Load(path=str(model)), Loaded)
        child.ask(Warm(seconds=0), Warmed)
    except ChildError as error:
        return "", str(error)
    return f"{loaded.device}, {loaded.backend}", ""
