"""The artifacts as they are published: .tflite files with metadata in them, everything else as it is, and the manifest that says so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from registry.card import Card
from registry.errors import ConversionError
from registry.progress import Progress
from registry.types import Artifact, Manifest
from zoo import hashing, workspace
from zoo.publish import describing, metadata
from zoo.publish.model import Model
from zoo.publish.plan import Planned, of_bytes, of_file

_WHAT = {
    "float32": "TFLite, float32",
    "float16": "TFLite, float16 weights",
    "dynamic_range": "TFLite, 8-bit weights, activations quantized as they come",
    "dynamic_range_mixed": "TFLite, dynamic range with the layers in float32 that accuracy needs",
    "weight_only_int8": "TFLite, 8-bit weights, computed in float",
    "weight_only_int4": "TFLite, 4-bit weights, computed in float",
    "int8": "TFLite, computed in 8-bit integers, float inputs and outputs",
    "int8_mixed": "TFLite, int8 with the layers in float32 (or on 16-bit activations) that accuracy needs",
    "full_int8": "TFLite, 8-bit integers throughout (int8)",
    "full_uint8": "TFLite, 8-bit integers throughout (uint8 inputs and outputs)",
    "int16x8": "TFLite, 16-bit activations, 8-bit weights, float inputs and outputs",
    "full_int16x8": "TFLite, 16-bit activations, 8-bit weights, int16 inputs and outputs",
    "edgetpu": "TFLite, shaped for the Edge TPU's compiler",
    "saved_model": "TensorFlow SavedModel",
    "pb": "TensorFlow frozen graph",
    "h5": "Keras HDF5",
    "keras": "Keras 3",
    "json": "Keras JSON with weights",
    "openvino": "OpenVINO IR, float32",
    "openvino_fp16": "OpenVINO IR, float16 weights",
    "openvino_int8": "OpenVINO IR, 8 bits by NNCF",
    "onnx": "ONNX, simplified",
}


def what(target: str) -> str:
    """A target in words."""
    return _WHAT.get(target, target.replace("_", " "))


def shipped(model: Model, scratch: Path, author: str, progress: Progress) -> tuple[Model, list[Planned]]:
    """The model with the hashes of the published files in its manifest (`built`: as converted), and these files.

    Copies with metadata are made in `scratch`.
    """
    files: list[Planned] = []
    made: list[Artifact] = []
    notes = list(model.notes)
    for artifact in model.artifacts:
        progress(f"preparing {artifact.path}")
        source, why = model.folder / artifact.path, what(artifact.target)
        if source.suffix == ".tflite":
            try:
                source, why = _described(model, artifact, scratch, author), f"{why}, with TFLite metadata"
            except ConversionError as error:
                notes.append(f"{artifact.path}: no TFLite metadata, {error}")
        parts = [source, *workspace.companions(model.folder / artifact.path)]
        for part in parts:
            files += _of(part, artifact.path if part is source else part.name, why)
        made.append(_as_published(artifact, source))
    manifest = msgspec.structs.replace(
        model.manifest, artifacts=tuple(made), card=_portable(model.manifest.card)
    )
    return replace(model, manifest=manifest, notes=tuple(notes)), files


def manifest_file(manifest: Manifest) -> Planned:
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    return of_bytes(workspace.MANIFEST, content, "the card, hashes, tools, graph statistics and every check")


def labels(model: Model) -> list[Planned]:
    """The names of the classes, for those who do not read them out of the .tflite files."""
    content = describing.label_file(model.card) if model.card else b""
    return [of_bytes(describing.LABELS, content, "names of the classes, one a line")] if content else []


def _described(model: Model, artifact: Artifact, scratch: Path, author: str) -> Path:
    source, into = model.folder / artifact.path, scratch / model.name / artifact.path
    into.parent.mkdir(parents=True, exist_ok=True)
    with metadata.readable(source):
        ordered = describing.in_file_order(source, artifact)
    license_ = model.clearance.weights
    facts = describing.model(model.card, model.manifest, ordered, license_, author)
    metadata.write(source, into, facts, describing.files(model.card, facts))
    return into


def _of(source: Path, path: str, why: str) -> list[Planned]:
    if not source.is_dir():
        return [of_file(path, source, why)]
    inside = sorted(one for one in source.rglob("*") if one.is_file())
    return [of_file(f"{path}/{one.relative_to(source).as_posix()}", one, why) for one in inside]


def _as_published(artifact: Artifact, source: Path) -> Artifact:
    if source.suffix != ".tflite":
        return artifact
    blob = hashing.blob(source)
    if blob.sha256 == artifact.sha256:
        return artifact
    built = artifact.built or artifact.sha256
    return msgspec.structs.replace(artifact, sha256=blob.sha256, size=blob.size, built=built)


def _portable(card: dict[str, Any]) -> dict[str, Any]:
    """The card without the folders of this machine: of a local path its last part stays."""
    if not card:
        return card
    found: Card = msgspec.convert(card, Card)
    changes: dict[str, Any] = {
        "source": _last_part(found.source),
        "weights": tuple(_last_part(one) for one in found.weights),
    }
    for key in ("calibration", "evaluation"):
        part = getattr(found, key)
        if part is not None and part.data is not None:
            changes[key] = msgspec.structs.replace(part, data=_last_part(part.data))
    return dict(msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(found, **changes))))


def _last_part(part: Any) -> Any:
    if part.path is None or not Path(part.path).is_absolute():
        return part
    return msgspec.structs.replace(part, path=Path(part.path).name)
