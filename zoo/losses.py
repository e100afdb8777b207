"""How much worse than float32 a candidate is: by the card's metric on labelled samples, else by how far its answers are off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks import accuracy
from benchmarks.accuracy import Named
from benchmarks.metrics import families
from benchmarks.metrics.family import Family
from benchmarks.metrics.figure import Figure
from registry import samples as sample_sets
from registry.card import Card
from registry.errors import InputError
from registry.progress import Progress
from registry.sample import Sample
from registry.types import Tensor
from zoo import checking, contenders, references
from zoo.checking import Reference
from zoo.contenders import Contender
from zoo.references import Sets

SAMPLES = 200
"""Labelled samples that are drawn where no number is said."""
UNLABELLED = 16
_HELD = 1 << 29
"""Bytes of preprocessed samples that are kept between candidates."""

Ends = tuple[tuple[Tensor, ...], tuple[Tensor, ...]]


@dataclass(frozen=True)
class Judged:
    """A candidate's figure, and how much worse than float32's it is (in the metric's unit; below 0: better)."""

    value: float
    loss: float


class Judge(Protocol):
    """Measures candidates. `float_value` is the metric of the float32 file."""

    metric: str
    unit: str
    data: str
    samples: int
    float_value: float

    def judge(self, path: Path, ends: Ends, what: str) -> Judged: ...


def labelled(card: Card, data: Path | None, limit: int | None) -> tuple[Family, tuple[Sample, ...]] | None:
    """The card's metric and the samples it is measured on; None where there is no metric or there are no labels for it."""
    rule = card.evaluation
    if rule is None or (data is None and rule.data is None):
        return None
    family = families.family(card)
    found = accuracy.find(card, data, limit or SAMPLES)
    if not family.label or all(getattr(sample, family.label) is None for sample in found):
        return None
    return family, found


class ByMetric:
    """The first figure of the card's metric, on labelled samples. Its loss is in the figure's own unit (points, dB or none)."""

    def __init__(
        self,
        card: Card,
        family: Family,
        found: Sequence[Sample],
        float32: tuple[Path, Ends],
        progress: Progress,
    ) -> None:
        self._card, self._family, self._found, self._progress = card, family, found, progress
        self._given = _Given(card, found)
        self.data, self.samples = sample_sets.digest(found, progress), len(found)
        self._figure, self.float_value = self._measure(*float32, "float32")
        self.metric, self.unit = self._figure.name, self._figure.unit.name

    def judge(self, path: Path, ends: Ends, what: str) -> Judged:
        figure, value = self._measure(path, ends, what)
        worse = self.float_value - value if figure.higher_is_better else value - self.float_value
        return Judged(value, worse * figure.unit.scale)

    def _measure(self, path: Path, ends: Ends, what: str) -> tuple[Figure, float]:
        names = contenders.card_names(self._card, [one.name for one in ends[1]])
        predict = contenders.predictor(self._card, Contender(what, path, "", *ends, names))
        observer = accuracy.Observer(self._family, what)
        for done, (sample, (size, given)) in enumerate(zip(self._found, self._given, strict=True)):
            self._progress(f"scoring {what}", done, len(self._found))
            observer.see(sample, size, predict(given))
        observed = observer.observed()
        figure = next(one for one in self._family.figures(observed.stats) if one.compared)
        return figure, float(figure.value(observed.stats, np.ones((1, observed.samples)))[0])


@dataclass
class _Given:
    """The samples as the model sees them, as many as fit in memory read only once."""

    card: Card
    found: Sequence[Sample]
    held: list[tuple[tuple[int, int], Named]] = field(default_factory=list)
    room: int = _HELD

    def __iter__(self) -> Iterator[tuple[tuple[int, int], Named]]:
        yield from self.held
        for sample in self.found[len(self.held) :]:
            shown = accuracy.shown(self.card, sample)
            self.room -= sum(array.nbytes for array in shown[1].values())
            if self.room > 0:
                self.held.append(shown)
            yield shown


class ByAnswers:
    """The relative RMSE of the answers, sqrt(Σ (y - y')² / Σ y²), y float32's; the mean over the outputs of floats."""

    metric, unit, float_value = "relative_rmse", "", 0.0

    def __init__(self, sets: Sets, float32: tuple[Path, Ends], progress: Progress) -> None:
        if not sets:
            raise InputError("there are no samples to compare answers on; give some with --data")
        self._reference, self._progress = Reference(sets, {}), progress
        self.samples = len(sets)
        self.data = references.digest(sets)
        self._expected = self._answers(*float32)

    def judge(self, path: Path, ends: Ends, what: str) -> Judged:
        self._progress(f"comparing the answers of {what}")
        actual = self._answers(path, ends)
        outputs = next(iter(self._expected.values()))
        errors = [self._error(actual, name) for name, array in outputs.items() if array.dtype.kind == "f"]
        if not errors:
            raise InputError("no output of the model holds floats: there is nothing to measure a loss on")
        worse = float(np.mean(errors))
        return Judged(worse, worse)

    def _answers(self, path: Path, ends: Ends) -> Sets:
        return checking.run_file(path, ends[0], self._reference, ends[1])

    def _error(self, actual: Sets, name: str) -> float:
        noise = signal = 0.0
        for key, answers in self._expected.items():
            wanted = np.nan_to_num(answers[name].astype(np.float64))
            noise += float(np.square(np.nan_to_num(actual[key][name].astype(np.float64)) - wanted).sum())
            signal += float(np.square(wanted).sum())
        return float(np.sqrt(noise / signal)) if signal else float(noise > 0)
