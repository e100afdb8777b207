"""`zoo eval`: artifacts as the benchmarks want them, named inputs and outputs in the source's layouts."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import accuracy
from registry.card import Card
from registry.errors import ConversionError, InputError
from registry.preprocess import load_image, preprocess
from registry.progress import Progress, silent
from registry.samples import samples
from registry.stored import to_real, to_stored
from registry.types import Artifact, Score
from zoo import artifacts, checking, naming, references, targets
from zoo.references import Array

_BATCH_BYTES = 256 << 20
"""Inputs and outputs that one TensorFlow process is given at most."""


@dataclass(frozen=True)
class Samples:
    """Which samples: the user's `data` or the card's; `limit` of them."""

    data: Path | None = None
    limit: int | None = None


def evaluate(
    name: str,
    chosen: Samples,
    variant: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
) -> tuple[Score, ...]:
    """The card's metric of each artifact (only those that `variant` lists), on the card's data or the user's.

    Raises InputError where nothing is converted or card and data do not allow the metric.
    """
    card = naming.card(name)
    folder, manifest = artifacts.converted(card.name, out)
    wanted = artifacts.select(manifest, targets.parse(variant))
    for artifact in wanted:
        _require_fit(card, artifact)
    predictors = {
        one.target: predictor(card, one, folder) for one in wanted if one.target not in targets.TENSORFLOW
    }
    in_tensorflow = [one for one in wanted if one.target in targets.TENSORFLOW]
    if in_tensorflow:
        predictors |= _tensorflow_predictors(card, in_tensorflow, folder, chosen, progress)
    return tuple(
        score
        for target, predict in predictors.items()
        for score in accuracy.score(
            card, predict, data=chosen.data, limit=chosen.limit, artifact=target, progress=progress
        )
    )


def predictor(card: Card, artifact: Artifact, folder: Path) -> accuracy.Predict:
    """The artifact as a function of the card's input names to the card's output names, all in the source's layouts."""
    runtime = checking.load(folder / artifact.path)
    inputs = checking.match([one.name for one in artifact.inputs], [spec.name for spec in runtime.inputs])
    outputs = checking.match([one.name for one in artifact.outputs], [spec.name for spec in runtime.outputs])

    def predict(given: dict[str, Array]) -> dict[str, Array]:
        fed = _to_artifact(card, artifact, given)
        found = runtime.run({theirs: fed[ours] for ours, theirs in inputs.items()})
        return _to_source(artifact, {ours: found[theirs] for ours, theirs in outputs.items()})

    return predict


def _tensorflow_predictors(
    card: Card, wanted: list[Artifact], folder: Path, chosen: Samples, progress: Progress
) -> dict[str, accuracy.Predict]:
    """TensorFlow artifacts answer all samples ahead, many in one child process; then each answer is given when it is asked for."""
    rule = card.evaluation
    if rule is None or len(card.inputs) != 1:
        return {}  # the metric says what is wrong
    found = samples(rule.data, path=chosen.data, limit=chosen.limit, classes=rule.classes)
    answers: dict[str, list[dict[str, Array]]] = {one.target: [] for one in wanted}
    one_sample = sum(4 * int(np.prod(tensor.shape)) for tensor in (*wanted[0].inputs, *wanted[0].outputs))
    batch = max(1, _BATCH_BYTES // max(1, one_sample))
    scored = rule.output or next(one.name for one in card.outputs if one.keep)
    for start in range(0, len(found), batch):
        progress("running TensorFlow on the samples", start, len(found))
        part = found[start : start + batch]
        images = (load_image(one.image) if isinstance(one.image, Path) else one.image for one in part)
        given = [{card.inputs[0].name: preprocess(image, card.inputs[0])} for image in images]
        for artifact, answered in zip(wanted, _answers(card, wanted, folder, given), strict=True):
            answers[artifact.target] += [{scored: one[scored]} for one in answered if scored in one]
    return {target: _replay(iter(given)) for target, given in answers.items()}


def _answers(
    card: Card, wanted: list[Artifact], folder: Path, given: list[dict[str, Array]]
) -> list[list[dict[str, Array]]]:
    """What each artifact answers to each of the inputs, in the source's terms."""
    from converters.verify.tensorflow_runs import run_tensorflow

    fed = {str(index): _to_artifact(card, wanted[0], arrays) for index, arrays in enumerate(given)}
    with tempfile.TemporaryDirectory(prefix="zoo-eval-") as scratch:
        file = Path(scratch) / "inputs.npz"
        references.save(fed, file)
        runs = run_tensorflow([folder / one.path for one in wanted], file)
    collected = []
    for artifact in wanted:
        run = runs[folder / artifact.path]
        if run.reason:
            raise ConversionError(f"{artifact.path} cannot be run: {run.reason}")
        names = checking.match([one.name for one in artifact.outputs], [spec.name for spec in run.outputs])
        ordered = (run.answers[str(index)] for index in range(len(given)))
        collected.append(
            [
                _to_source(artifact, {ours: found[theirs] for ours, theirs in names.items()})
                for found in ordered
            ]
        )
    return collected


def _replay(answers: Iterator[dict[str, Array]]) -> accuracy.Predict:
    return lambda _: next(answers)


def _to_artifact(card: Card, artifact: Artifact, given: dict[str, Array]) -> dict[str, Array]:
    """Real numbers under the card's input names → under the artifact's, in its axis order, on its grids."""
    return {
        tensor.name: to_stored(
            np.ascontiguousarray(np.transpose(given[one.name], tensor.permutation)), tensor
        )
        for tensor, one in zip(artifact.inputs, card.inputs, strict=True)
    }


def _to_source(artifact: Artifact, found: dict[str, Array]) -> dict[str, Array]:
    """The artifact's outputs as real numbers in the source's axis order."""
    return {
        one.name: np.transpose(to_real(found[one.name], one), np.argsort(one.permutation))
        for one in artifact.outputs
    }


def _require_fit(card: Card, artifact: Artifact) -> None:
    if len(artifact.inputs) != len(card.inputs):
        raise InputError(
            f"{artifact.path} has {len(artifact.inputs)} inputs, the card of {card.name} {len(card.inputs)}: convert again."
        )
