"""Scores models on labelled data: samples stream through, a few numbers of each answer stay, and the figures are made of those."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks import resampling
from benchmarks.metrics.families import family as family_of
from benchmarks.metrics.family import Answer, Family, only_input
from benchmarks.metrics.figure import Row, Stats
from registry.card import Card
from registry.errors import InputError, VerificationError
from registry.preprocess import Array, preprocess
from registry.progress import Progress, silent
from registry.sample import Sample
from registry.samples import samples
from registry.types import Score

Named = dict[str, Array]
Predict = Callable[[Named], Named]
"""The model's inputs by name, in the source's layouts → its outputs by name, in the source's layouts."""


class Observed(msgspec.Struct, frozen=True):
    """One model's statistics on one data set: what its figures, and comparisons with another model, are made of."""

    artifact: str
    stats: Stats
    samples: int


def score(
    card: Card,
    predict: Predict,
    *,
    data: Path | None = None,
    limit: int | None = None,
    artifact: str = "",
    progress: Progress = silent,
) -> tuple[Score, ...]:
    """The card's figures on its evaluation data, or on the user's own `data` (a folder or .npz file); `limit` samples of it (seed 0).

    Raises InputError where card and data do not allow it, VerificationError where the model answers with NaN or infinity.
    """
    family, found = family_of(card), find(card, data, limit)
    observer, what = Observer(family, artifact or card.name), f"scoring {artifact or card.name}"
    for done, sample in enumerate(found):
        progress(what, done, len(found))
        image, given = shown(card, sample)
        observer.see(sample, image, predict(given))
    progress(what, len(found), len(found))
    return scores(family, msgspec.structs.replace(observer.observed(), artifact=artifact))


def find(card: Card, data: Path | None, limit: int | None) -> tuple[Sample, ...]:
    """The samples that a card's metric is computed on. Raises InputError."""
    rule = card.evaluation
    return samples(rule.data if rule else None, path=data, limit=limit, classes=rule.classes if rule else ())


def shown(card: Card, sample: Sample) -> tuple[tuple[int, int], Named]:
    """The height and width of a sample's image (1, 1 for what is no image), and what the model is given of it."""
    spec, rule = only_input(card), card.evaluation
    image = sample.array(spec)
    if rule is not None and rule.metric == "psnr":
        from benchmarks.metrics.restoration import small

        image = small(image, sample, spec, rule.restoration)
    size = (image.shape[0], image.shape[1]) if image.ndim > 1 else (1, 1)
    return size, {spec.name: preprocess(image, spec, sample.name)}


class Observer:
    """Takes a model's answers one by one and keeps a few numbers of each."""

    def __init__(self, family: Family, artifact: str) -> None:
        self._family, self._artifact = family, artifact
        self._rows: list[Row] = []

    def see(
        self, sample: Sample, image: tuple[int, int], outputs: Named, reference: Named | None = None
    ) -> None:
        """`reference` is the source model's answer, where the family asks for it. Raises InputError, VerificationError."""
        ours = _finite(outputs, self._family, sample, self._artifact)
        theirs = (
            _finite(reference, self._family, sample, "The source model") if reference is not None else None
        )
        self._rows.append(self._family.observe(Answer(sample, image, ours, theirs)))

    def observed(self) -> Observed:
        return Observed(self._artifact, self._family.collect(self._rows), len(self._rows))


def scores(family: Family, observed: Observed, reference: Observed | None = None) -> tuple[Score, ...]:
    """The figures with their 95 % intervals and, with the `reference` model on the same samples, what is lost against it."""
    figures = family.figures(observed.stats)
    values = resampling.resample(figures, observed.stats, observed.samples)
    others = resampling.resample(figures, reference.stats, reference.samples) if reference else {}
    found = []
    for figure in figures:
        estimate = resampling.estimate(figure, observed.stats, values[figure.name])
        score = Score(
            artifact=observed.artifact,
            metric=figure.name,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            samples=observed.samples,
            unit=figure.unit.name,
            higher_is_better=figure.higher_is_better,
        )
        if reference is not None and figure.compared:
            difference = resampling.compare(
                figure, observed.stats, values[figure.name], reference.stats, others[figure.name]
            )
            score = score.against(
                reference.artifact,
                difference.value,
                (difference.low, difference.high),
                difference.p,
                difference.verdict,
            )
        found.append(score)
    return tuple(found)


def _finite(
    outputs: Mapping[str, Array], family: Family, sample: Sample, model: str
) -> dict[str, npt.NDArray[np.float32]]:
    """The outputs that are read, as floats."""
    found = {}
    for name in family.outputs:
        if name not in outputs:
            raise InputError(f"{model} has no output `{name}`, only {', '.join(outputs)}.")
        found[name] = np.asarray(outputs[name], np.float32)
        if not np.isfinite(found[name]).all():
            raise VerificationError(f"{model} answers {sample.name} with values that are not finite.")
    return found
