"""Whether a target works here, found out by trying: a model of one op goes through it in a process of its own."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import Child, ChildError
from benchmarks.process import run_module
from benchmarks.protocol import Load, Loaded, Prepare, Prepared, Warm, Warmed
from benchmarks.targets.catalog import Spec

PATIENCE = 60.0


def works(specs: Sequence[Spec]) -> dict[Spec, tuple[str, str]]:
    """Target → what it ran on, and why it does not work (one of the two is empty).

    Targets that take a .tflite run one (where LiteRT is here to make it) and prove where; the others only import their runtime. All are
    tried side by side.
    """
    children: dict[Spec, Child] = {}
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tiny.tflite"
        run_module("benchmarks.tiny", str(model), patience=PATIENCE)
        try:
            for spec in specs:
                children[spec] = Child(PATIENCE)
                children[spec].send(Prepare(target=str(spec)))
            return {spec: _told(child, model) for spec, child in children.items()}
        finally:
            for child in children.values():
                child.close()


def _told(child: Child, model: Path) -> tuple[str, str]:
    try:
        prepared = child.receive(Prepared)
        if model.suffix not in prepared.takes or not model.exists():
            return "imported", ""
        loaded = child.ask(Load(path=str(model)), Loaded)
        child.ask(Warm(seconds=0), Warmed)
    except ChildError as error:
        return "", str(error)
    return f"{loaded.device}, {loaded.backend}", ""
