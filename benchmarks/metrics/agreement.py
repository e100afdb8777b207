"""Agreement with the source model's own answers, where there are no labels; and the cosine of embeddings."""

import numpy as np

from benchmarks.metrics.family import Answer, Stacked, scored_output
from benchmarks.metrics.figure import DECIBEL, PLAIN, Figure, FloatArray, Row, Stats, Weights, mean_of, share
from registry.card import Card
from registry.errors import InputError

_EXACT_DB = 200.0
"""What is told of answers that are the same to the last bit."""


class Agreement(Stacked):
    """Of a classifier, how often the highest score is that of the source model; of anything else, cosine and SQNR.

    The signal-to-quantisation-noise ratio is 10 log10(Σ x² / Σ (x - y)²) in dB over all samples, x the source model's answer.
    """

    label = ""

    def __init__(self, card: Card, *, embedding: bool = False) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        self._classifier = not embedding and card.task.endswith("classification")
        self._embedding = embedding

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        cosine = Figure("cosine", mean_of("cosine"), PLAIN)
        if self._embedding:
            return (cosine,)
        first = share("top1_agreement", "same") if self._classifier else cosine
        return (first, Figure("sqnr", _sqnr, DECIBEL, compared=False))

    def observe(self, answer: Answer) -> Row:
        name = self.outputs[0]
        if answer.reference is None:
            raise InputError("Agreement is with the source model's answers, which are not here.")
        ours = answer.outputs[name].astype(np.float64).ravel()
        theirs = answer.reference[name].astype(np.float64).ravel()
        if ours.shape != theirs.shape:
            raise InputError(
                f"Output `{name}` has {ours.size} values, the source model's {theirs.size}: they cannot be compared."
            )
        return {
            "same": bool(ours.argmax() == theirs.argmax()),
            "cosine": _cosine(ours, theirs),
            "signal": float(theirs @ theirs),
            "noise": float(np.sum((ours - theirs) ** 2)),
        }


def _cosine(a: FloatArray, b: FloatArray) -> float:
    """a · b / (|a| |b|); 1 of two zeros, 0 of one."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else float(not a.any() and not b.any())


def _sqnr(stats: Stats, weights: Weights) -> FloatArray:
    signal, noise = weights @ stats["signal"], weights @ stats["noise"]
    tiny = np.finfo(np.float64).tiny
    floor = np.maximum(signal, tiny) * 10 ** (-_EXACT_DB / 10)
    return np.asarray(10 * np.log10(np.maximum(signal, floor) / np.maximum(noise, floor)))
