"""What `zoo bench` times: the files that a name or a path stands for, and which of them go with which target."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results import Failure, Plan
from benchmarks.targets import catalog
from benchmarks.targets.catalog import Spec
from registry.card_file import is_card_file
from registry.disk import write_atomic
from registry.errors import InputError, ZooError
from registry.home import home
from registry.progress import Progress
from registry.types import Artifact, Tensor
from zoo import artifacts, hashing, naming, request, sources, workspace
from zoo.request import Access
from zoo.sources import Confirm
from zoo.workspace import MANIFEST

Shapes = dict[str, tuple[int, ...]]
SOURCE = "source"
"""The variant that is the card's own PyTorch model."""
_HOW = {
    "/saved_model.pb": "--to saved_model",
    ".tflite": "--to float32",
    ".xml": "--to openvino",
    ".onnx": "--to onnx",
}


@dataclass(frozen=True)
class Subject:
    """One file that can be timed. `inputs` tell how the source's axes lie in it."""

    path: Path
    sha256: str
    size: int
    model: str
    variant: str = ""
    inputs: tuple[Tensor, ...] = ()
    worker: str = "benchmarks.worker"
    label: str = ""


@dataclass(frozen=True)
class Model:
    """What one name stands for. `unavailable` says why the card's own PyTorch model is not among its files."""

    name: str
    files: tuple[Subject, ...]
    unavailable: str = ""


@dataclass(frozen=True)
class Grid:
    """Every combination is a configuration of its own. Shapes are in the source's axes where a manifest tells them."""

    threads: tuple[int, ...] = (1,)
    batches: tuple[int, ...] = (1,)
    shapes: tuple[Shapes, ...] = field(default_factory=lambda: ({},))


def find(
    text: str,
    out: Path | None,
    variants: tuple[str, ...],
    own: bool,
    access: Access,
    confirm: Confirm,
    progress: Progress,
) -> Model:
    """A model file, a folder with a manifest, or a name something was converted under. `own`: the card's PyTorch model too.

    Raises InputError where there is nothing, or nothing of these variants.
    """
    if not (Path(text) / MANIFEST).is_file() and not naming.is_card(text):
        path = request.model_file(text)
        if path is not None:
            return Model(request.stem(path), (_lone(path),))
    folder, manifest = artifacts.converted(text, out)
    known = (*(one.target for one in manifest.artifacts), SOURCE)
    unknown = [one for one in variants if one not in known]
    if unknown:
        raise InputError(f"{manifest.name} has no variant {unknown[0]}; there are {', '.join(known)}")
    files = [
        _artifact(folder, one, manifest.name)
        for one in manifest.artifacts
        if one.target in variants or not variants
    ]
    why = ""
    if own and (SOURCE in variants or not variants):
        try:
            card = text if is_card_file(text) else manifest.name
            files.append(_own(card, manifest.name, access, confirm, progress))
        except ZooError as error:
            why = str(error)
    return Model(manifest.name, tuple(files), why)


def plans(model: Model, spec: Spec, grid: Grid) -> tuple[list[Plan], list[Failure]]:
    """The configurations of one model on one target; a failure where the target takes none of its files."""
    taken = catalog.chosen(spec.name, [one.path for one in model.files])
    if not taken:
        return [], [
            Failure(
                artifact=model.name,
                model=model.name,
                target=str(spec),
                status="refused",
                reason=_no_file(model, spec),
            )
        ]
    subjects = [one for one in model.files if one.path in taken]
    made = [
        Plan(
            path=str(one.path),
            target=str(spec),
            threads=threads,
            batch=batch,
            shapes=_in_its_axes(shapes, one.inputs),
            model=one.model,
            variant=one.variant,
            sha256=one.sha256,
            size=one.size,
            artifact=one.label or one.path.name,
            worker=one.worker,
        )
        for one in subjects
        for threads in grid.threads
        for batch in grid.batches
        for shapes in grid.shapes
    ]
    return made, []


def _lone(path: Path) -> Subject:
    if (path.parent / MANIFEST).is_file():
        manifest = workspace.read_manifest(path.parent)
        for artifact in manifest.artifacts:
            if path.name == artifact.path:
                return _artifact(path.parent, artifact, manifest.name)
    return Subject(path, *_identity(path), request.stem(path))


def _artifact(folder: Path, artifact: Artifact, model: str) -> Subject:
    """The hash is that of the file as it is now: what the manifest says may be of an older one."""
    path = folder / artifact.path
    if not path.exists():
        raise InputError(f"{path} is gone: convert again, or leave {artifact.target} out with --variant")
    return Subject(path, *_identity(path), model, artifact.target, artifact.inputs)


def _identity(path: Path) -> tuple[str, int]:
    """Hash and size, with the files that belong to it, as a manifest has them."""
    parts = [hashing.blob(one) for one in (path, *workspace.companions(path))]
    return workspace.artifact_hash(parts), sum(one.size for one in parts)


def _own(text: str, name: str, access: Access, confirm: Confirm, progress: Progress) -> Subject:
    """The card's PyTorch class and weights, described for `zoo.torch_worker`, as a form of the model `name`."""
    from converters.frontends.pytorch.spec import ExportSpec, encode

    card = naming.card(text)
    if card.entry.cls is None:
        raise InputError(f"the source of {card.name} is no PyTorch class")
    sources.require_usable(card, access)
    fetched = sources.fetch(card, access, progress)
    sources.require_trust(card, fetched, access, confirm)
    spec = ExportSpec(
        entry=card.entry,
        inputs=card.inputs,
        checkout=fetched.checkout,
        weights=fetched.files[card.weights[0].file] if card.weights else None,
        allow_pickle=access.allow_pickle,
    )
    decides = {"blobs": {name: blob.sha256 for name, blob in fetched.blobs.items()}, "entry": card.entry}
    digest = hashing.digest(decides)
    path = home() / "bench" / "sources" / f"{card.name}-{digest[:16]}.torch"
    write_atomic(path, encode(spec))
    size = spec.weights.stat().st_size if spec.weights else 0
    return Subject(
        path, digest, size, name, SOURCE, worker="zoo.torch_worker", label=f"{card.name} in PyTorch"
    )


def _no_file(model: Model, spec: Spec) -> str:
    wanted = catalog.module(spec.name).TAKES
    if spec.name == "torch" and model.unavailable:
        return model.unavailable
    if spec.name == "torch":
        return f"{model.name} is neither a card with a PyTorch class nor a .pt2 file"
    how = _HOW.get(wanted[0])
    return f"{model.name} has no file that {spec.name} takes ({', '.join(wanted)})" + (
        f": zoo convert {model.name} {how}" if how else ""
    )


def _in_its_axes(shapes: Shapes, inputs: tuple[Tensor, ...]) -> Shapes:
    """Shapes in the source's axes → under the artifact's names and in its axes (axis i is axis permutation[i] of the source)."""
    if not shapes or not inputs:
        return shapes
    named = dict(shapes)
    if "" in named and len(inputs) == 1:
        named[inputs[0].source_name or inputs[0].name] = named.pop("")
    by_source = {one.source_name or one.name: one for one in inputs}
    found = {}
    for name, shape in named.items():
        one = by_source.get(name)
        fits = one is not None and len(one.permutation) == len(shape)
        key = one.name if one is not None else name
        found[key] = tuple(shape[axis] for axis in one.permutation) if one is not None and fits else shape
    return found
