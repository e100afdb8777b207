"""`zoo eval`: artifacts as the benchmarks want them, named inputs and outputs in the source's layouts."""

from pathlib import Path

import numpy as np

from benchmarks import accuracy
from registry.card import Card
from registry.errors import InputError
from registry.progress import Progress, silent
from registry.types import Artifact, Score
from zoo import artifacts, checking, naming, targets
from zoo.references import Array


def evaluate(
    name: str,
    data: Path | None = None,
    limit: int | None = None,
    variant: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
) -> tuple[Score, ...]:
    """The card's metric of each artifact (only those that `variant` lists), on the card's data or the user's.

    Raises InputError where nothing is converted or card and data do not allow the metric.
    """
    card = naming.card(name)
    folder, manifest = artifacts.converted(card.name, out)
    chosen = artifacts.select(manifest, targets.parse(variant))
    scores: list[Score] = []
    for artifact in chosen:
        predict = predictor(card, artifact, folder)
        found = accuracy.score(
            card, predict, data=data, limit=limit, artifact=artifact.target, progress=progress
        )
        scores += found
    return tuple(scores)


def predictor(card: Card, artifact: Artifact, folder: Path) -> accuracy.Predict:
    """The artifact as a function of the card's input names to the card's output names, all in the source's layouts."""
    runtime = checking.load(folder / artifact.path)
    inputs = checking.match([one.name for one in artifact.inputs], [spec.name for spec in runtime.inputs])
    outputs = checking.match([one.name for one in artifact.outputs], [spec.name for spec in runtime.outputs])
    kept = [one.name for one in card.outputs if one.keep]
    if len(artifact.inputs) != len(card.inputs) or len(artifact.outputs) > len(kept):
        raise InputError(f"{artifact.path} has other inputs and outputs than the card of {card.name}.")

    def predict(given: dict[str, Array]) -> dict[str, Array]:
        fed = {
            inputs[tensor.name]: np.ascontiguousarray(np.transpose(given[one.name], tensor.permutation))
            for tensor, one in zip(artifact.inputs, card.inputs, strict=True)
        }
        found = runtime.run(fed)
        return {
            tensor.name: checking.to_source(found[outputs[tensor.name]], tensor)
            for tensor in artifact.outputs
        }

    return predict
