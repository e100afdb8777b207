"""The ways to a variant of mixed precision that a recovery tries: each writes a file in which chosen layers stay finer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.types import Artifact, CalibrationRecord
from zoo.losses import Ends

if TYPE_CHECKING:
    from converters.engine import Built
    from converters.mixed import Prepared
    from converters.quantize.static import Sample


@dataclass(frozen=True)
class Way:
    """`emit` writes a file with the layers of these names in float32, and those on 16-bit activations; `reference` the float32 file
    that it is to be compared with layer by layer; `method` is how its ranges were found, empty where none were."""

    techniques: tuple[str, ...]
    emit: Callable[[Path, Iterable[str], Iterable[str]], Ends]
    reference: Callable[[Path], object]
    method: str = ""


def opened(float32: Path, artifact: Artifact) -> "Built":
    """The graph of the float32 artifact, with the inputs and outputs that the manifest describes."""
    from converters import engine

    built = engine.build(float32, engine.Options())
    return replace(built, inputs=artifact.inputs, outputs=artifact.outputs)


def integer(
    built: "Built", stream: "Callable[[], Iterable[Sample]]", record: CalibrationRecord
) -> Iterator[Way]:
    """int8 with float inputs and outputs: as it is, then with the techniques that change the model beforehand."""
    from converters import mixed

    for prepared in mixed.preparations(built, stream, record.method, record.per_channel):
        yield _way(prepared)


def _way(prepared: "Prepared") -> Way:
    from converters import engine, mixed

    return Way(
        prepared.techniques,
        lambda path, floats, wide: mixed.emit_mixed(prepared, path, floats, wide),
        lambda path: engine.emit_tflite(prepared.built, "float32", path),
        prepared.calibrated.method,
    )


def dynamic_range(built: "Built") -> Iterator[Way]:
    """8-bit weights, activations rounded on the fly."""
    from converters import engine

    def emit(path: Path, floats: Iterable[str], wide: Iterable[str]) -> Ends:
        return engine.emit_tflite(built, "dynamic_range", path, keep=tuple(floats))

    yield Way((), emit, lambda path: engine.emit_tflite(built, "float32", path))
