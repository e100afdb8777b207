"""From a PyTorch class or program to ONNX and the answers of PyTorch, done once and kept under ZOO_HOME.

The export runs foreign code in a child process (`converters.frontends.pytorch`). What it gives is kept by the hash of all that
decides it, so another target, another option or a resumed run does not need PyTorch again.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from registry.card import Card, Input, Output
from registry.disk import mark_used, storage, write_atomic
from registry.errors import InputError
from registry.fetch import Fetched
from registry.holding import hold
from registry.home import home
from registry.progress import Progress
from zoo import hashing, references, tooling
from zoo.references import Sets

if TYPE_CHECKING:
    from converters.frontends.pytorch import ExportSpec


KERAS = (".keras", ".h5")
RECORD = "record.json"


@dataclass(frozen=True)
class Exported:
    """The ONNX as exported and simplified (IR where there is none), and what PyTorch answers to the sample inputs."""

    model: Path
    inputs: Sets
    outputs: Sets
    noise: dict[str, float]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What the user says about the export: input shapes by name, outputs to keep, and whether weights may be unpickled in full."""

    shapes: dict[str, tuple[int, ...]]
    outputs: tuple[str, ...] = ()
    allow_pickle: bool = False


class _Record(msgspec.Struct, frozen=True):
    """Written last: where it is, everything else is complete."""

    noise: dict[str, float]
    notes: tuple[str, ...]
    what: str = ""
    """The class or the program that was exported."""


def of_card(card: Card, fetched: Fetched, given: Given, samples: Sets, progress: Progress) -> Exported:
    """The model class of a card, answering `samples`. Raises SourceError for whatever its code or weights do."""
    from converters.frontends.pytorch import ExportSpec

    outputs = chosen(card.outputs, given.outputs)
    if given.shapes:  # the card's output shapes belong to the card's input shapes
        outputs = tuple(msgspec.structs.replace(one, shape=None) for one in outputs)
    spec = ExportSpec(
        entry=card.entry,
        inputs=reshaped(card.inputs, given.shapes),
        outputs=outputs,
        checkout=fetched.checkout,
        weights=fetched.files[card.weights[0].file] if card.weights else None,
        allow_pickle=given.allow_pickle,
    )
    blobs = {name: blob.sha256 for name, blob in fetched.blobs.items()}
    return _export(spec, {"blobs": blobs}, samples, progress)


def of_program(program: Path, sha256: str, progress: Progress) -> Exported:
    """A saved `.pt2`, answering seeded inputs of the shapes it was saved with."""
    from converters.frontends.pytorch import ExportSpec

    return _export(ExportSpec(program=program), {"program": sha256}, None, progress)


def of_keras(model: Path, sha256: str, progress: Progress) -> Path:
    """A Keras file as SavedModel, kept for later runs. Raises InputError, ConversionError."""
    from converters.frontends.keras import keras_to_saved_model

    decides = {"keras": sha256, "tools": tooling.versions("saved_model", exported=False)}
    folder = home() / "exports" / hashing.digest(decides)[:32] / model.stem
    hold(home(), folder.parent.name)
    mark_used(folder.parent)
    if not (folder / "saved_model.pb").is_file():
        progress("reading the Keras model")
        with storage(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
        keras_to_saved_model(model, folder)
    return folder


def reshaped(inputs: tuple[Input, ...], shapes: dict[str, tuple[int, ...]]) -> tuple[Input, ...]:
    """The card's inputs with the user's shapes. Raises InputError for a name or a number of dimensions that does not fit."""
    wanted = dict(shapes)
    if "" in wanted and len(inputs) == 1:
        wanted[inputs[0].name] = wanted.pop("")
    names = [one.name for one in inputs]
    for name, shape in wanted.items():
        if name not in names:
            said = (
                f"the model has no input `{name}`"
                if name
                else "the model has several inputs, so the shape needs a name"
            )
            raise InputError(f"--input-shape: {said}; its inputs are {', '.join(names)}.")
        known = inputs[names.index(name)].shape
        if len(known) != len(shape):
            raise InputError(
                f"--input-shape {name}: {len(shape)} dimensions, but `{name}` has {len(known)} ({', '.join(map(str, known))})."
            )
    return tuple(msgspec.structs.replace(one, shape=wanted.get(one.name, one.shape)) for one in inputs)


def chosen(outputs: tuple[Output, ...], names: tuple[str, ...]) -> tuple[Output, ...]:
    """The card's outputs with only the named ones kept (no name: as the card says). Raises InputError for an unknown name."""
    if not names:
        return outputs
    known = [one.name for one in outputs]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            f"--outputs: the model has no output `{unknown[0]}`; its outputs are {', '.join(known)}."
        )
    return tuple(msgspec.structs.replace(one, keep=one.name in names) for one in outputs)


def _export(spec: "ExportSpec", blobs: dict[str, Any], samples: Sets | None, progress: Progress) -> Exported:
    decides = {
        **blobs,
        "entry": spec.entry,
        "inputs": spec.inputs,
        "outputs": spec.outputs,
        "samples": references.digest(samples) if samples is not None else None,
        "tools": tooling.versions("onnx", exported=True),
    }
    folder = home() / "exports" / hashing.digest(decides)[:32]
    hold(home(), folder.name)
    found = _kept(folder)
    if found is not None:
        return found
    with storage(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        _make(spec, samples, folder, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    found = _kept(folder)
    if found is None:
        raise RuntimeError(f"the export in {folder} is not readable")
    return found


def _make(spec: "ExportSpec", samples: Sets | None, folder: Path, progress: Progress) -> None:
    from converters.frontends.onnx_simplify import simplify
    from converters.frontends.pytorch import export
    from converters.verify.samples import seeded

    exported = folder / "exported.onnx"
    if (
        samples is None
    ):  # a program knows its inputs, we do not: the first export tells them, the second answers
        told = export(spec, exported, progress=progress)
        known = [msgspec.convert(msgspec.structs.asdict(one), Input) for one in told.inputs]
        samples = seeded(known)
    with storage(folder):
        references.save(samples, folder / "inputs.npz")
    answering = {"reference_inputs": folder / "inputs.npz", "reference_outputs": folder / "outputs.npz"}
    report = export(msgspec.structs.replace(spec, **answering), exported, progress=progress)
    straight = report.exporter == "openvino"
    by = (
        "read from PyTorch by OpenVINO"
        if straight
        else f"exported with {report.exporter}, opset {report.opset}"
    )
    notes = [by, *report.notes]
    notes += [
        f"{name} was not used: {why}"
        for name, why in report.rejected.items()
        if not why.startswith("not tried")
    ]
    if straight:
        with storage(folder):
            for ending in (".bin", ".xml"):
                exported.with_suffix(ending).replace(folder / f"model{ending}")
    else:
        progress("simplifying the ONNX model")
        simplified = simplify(exported, folder / "model.onnx")
        exported.unlink()
        if simplified.reason:
            notes.append(simplified.reason)
    record = _Record(noise=report.noise, notes=tuple(notes), what=_label(spec))
    write_atomic(folder / RECORD, msgspec.json.encode(record))


def what(folder: Path) -> str:
    """What an export that is kept in `folder` was made of; empty where nothing says it."""
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=_Record).what
    except (OSError, msgspec.DecodeError):
        keras = next(folder.glob("*/saved_model.pb"), None)
        return keras.parent.name if keras else ""


def _label(spec: "ExportSpec") -> str:
    return (
        f"{spec.entry.module}:{spec.entry.cls}" if spec.entry else spec.program.name if spec.program else ""
    )


def _kept(folder: Path) -> Exported | None:
    """What an earlier export left, if it is whole."""
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=_Record)
        mark_used(folder / RECORD)
    except (OSError, msgspec.DecodeError):
        return None
    inputs, outputs = references.load(folder / "inputs.npz"), references.load(folder / "outputs.npz")
    model = next((path for name in ("model.onnx", "model.xml") if (path := folder / name).is_file()), None)
    if inputs is None or outputs is None or model is None:
        return None
    return Exported(model, inputs, outputs, record.noise, record.notes)
