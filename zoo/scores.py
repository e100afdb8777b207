"""The per-sample statistics of scores, kept under ZOO_HOME for the comparisons that need them.

They are found by the hash of all that decides them, so a score is never taken for another artifact's, and a second run of `zoo
eval` runs only what is new.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.accuracy import Observed
from registry.card import Card
from registry.disk import write_atomic
from registry.home import home
from zoo import doctor, hashing
from zoo.contenders import Contender

_RUNTIMES = {".tflite": "ai-edge-litert", ".onnx": "onnxruntime", ".xml": "openvino", ".pdmodel": "openvino"}


def key(card: Card, contender: Contender, data: str, agreement: bool) -> str:
    """The hash of what decides the statistics: model, samples, the card's inputs and evaluation, runtime, and the metrics' own code."""
    decides = {
        "model": contender.sha256,
        "data": data,
        "inputs": card.inputs,
        "outputs": card.outputs,
        "evaluation": msgspec.structs.replace(card.evaluation, data=None) if card.evaluation else None,
        "agreement": agreement,
        "runtime": environment(contender),
        "code": _code(),
    }
    return hashing.digest(decides)


def environment(contender: Contender) -> dict[str, str]:
    """The runtime that answers, with the libraries that read and score."""
    package = _RUNTIMES.get(contender.path.suffix, "tensorflow")
    names = (package, "numpy", "pillow")
    return {"runtime": package} | {name: doctor.version(name) or "missing" for name in names}


def keep(observed: Observed, key: str) -> None:
    """Keeps statistics. Raises StorageError."""
    place = _folder(key)
    buffer = io.BytesIO()
    arrays = {name: np.asarray(array) for name, array in observed.stats.items()}
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_atomic(place.with_suffix(".npz"), buffer.getvalue())
    write_atomic(place.with_suffix(".json"), msgspec.json.encode(observed.samples))


def kept(key: str, artifact: str) -> Observed | None:
    """Statistics that an earlier run kept, if they are whole."""
    path = _folder(key)
    try:
        samples = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=int)
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as archive:
            return Observed(artifact, {name: archive[name] for name in archive.files}, samples)
    except (OSError, ValueError, KeyError, EOFError, msgspec.DecodeError, zipfile.BadZipFile, zlib.error):
        return None


def _folder(key: str) -> Path:
    return home() / "scores" / key[:32]


def _code() -> str:
    """The hash of the code that turns answers into statistics."""
    import benchmarks.metrics
    from registry import preprocess

    files: Iterable[Path] = (
        *sorted(Path(benchmarks.metrics.__file__).parent.glob("*.py")),
        Path(preprocess.__file__),
    )
    return hashing.digest([hashing.blob(file).sha256 for file in files])
