"""The source model as a contender: a card's ready file in its own runtime, or a PyTorch class as the ONNX that agreed with PyTorch."""

import tempfile
from pathlib import Path

from registry.card import Card
from registry.errors import InputError, MissingDependencyError
from registry.progress import Progress
from registry.types import Artifact, Manifest, Tensor
from zoo import checking, doctor, exporting, hashing, model_files, sampling, sources, workspace
from zoo.contenders import SOURCE, Contender, card_names
from zoo.request import Access
from zoo.sources import Confirm


def find(
    card: Card,
    folder: Path,
    manifest: Manifest | None,
    access: Access,
    progress: Progress,
    confirm: Confirm,
) -> Contender:
    """Of a card with a ready model that file; of a PyTorch class its export, which was held against PyTorch when it was made.

    The export is the folder's own `onnx` artifact where there is one, else that kept under ZOO_HOME, else it is made now.
    Raises whatever fetching, trust and export raise.
    """
    sources.require_usable(card, access)
    if card.entry.model is not None:
        fetched = sources.fetch(card, access, progress)
        return _contender(card, model_files.ready(card, fetched, Path(_lasting().name)))
    made = next((one for one in manifest.artifacts if one.target == "onnx"), None) if manifest else None
    if made is not None and workspace.intact(folder, [made]):
        return _contender(card, folder / made.path, made)
    fetched = sources.fetch(card, access, progress)
    sources.require_trust(card, fetched, access, confirm)
    missing = doctor.missing(("torch", "onnx", "onnxruntime"))
    if missing:
        raise MissingDependencyError(f"Scoring the source model of {card.name}: {missing}.")
    samples = sampling.for_card(card, card.inputs, None, None)
    given = exporting.Given({}, allow_pickle=access.allow_pickle)
    return _contender(card, exporting.of_card(card, fetched, given, samples, progress).model)


_folders: list[tempfile.TemporaryDirectory[str]] = []


def _lasting() -> tempfile.TemporaryDirectory[str]:
    """A folder that lasts as long as the process."""
    _folders.append(tempfile.TemporaryDirectory(prefix="zoo-source-"))
    return _folders[-1]


def _contender(card: Card, path: Path, artifact: Artifact | None = None) -> Contender:
    """The file's inputs and outputs matched with the card's, axes as they are."""
    runtime = checking.load_source(path)
    theirs = [spec.name for spec in runtime.inputs]
    names = checking.match([one.name for one in card.inputs], theirs)
    if len(names) != len(card.inputs):
        raise InputError(
            f"{path.name} has {len(theirs)} inputs ({', '.join(theirs)}), the card of {card.name} {len(card.inputs)}."
        )
    inputs = tuple(_tensor(names[one.name], one.shape, one.dtype, one.name) for one in card.inputs)
    outputs = tuple(
        _tensor(spec.name, tuple(abs(size) for size in spec.shape or ()), spec.dtype, spec.name)
        for spec in runtime.outputs
    )
    sha256 = artifact.sha256 if artifact else hashing.blob(path).sha256
    renamed = card_names(card, [one.name for one in outputs])
    if set(renamed.values()) < {one.name for one in card.outputs if one.keep}:
        renamed = dict(zip((one.name for one in outputs), (one.name for one in card.outputs), strict=False))
    return Contender(SOURCE, path, sha256, inputs, outputs, renamed)


def _tensor(name: str, shape: tuple[int, ...], dtype: str, source_name: str) -> Tensor:
    return Tensor(
        name=name, shape=shape, dtype=dtype, permutation=tuple(range(len(shape))), source_name=source_name
    )
