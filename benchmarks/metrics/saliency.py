"""Salient object detection: mean absolute error, max-F and the S-measure."""

import numpy as np

from benchmarks.metrics.family import Answer, Stacked, only_input, scored_output
from benchmarks.metrics.figure import PLAIN, Array, Figure, FloatArray, Row, Stats, Weights, mean_of
from benchmarks.metrics.planes import content, resize_levels
from benchmarks.metrics.structure import s_measure
from registry.card import Card, Evaluation
from registry.errors import InputError

THRESHOLDS = 255
BETA_SQUARED = 0.3


class Saliency(Stacked):
    """A map in one plane, held against a mask of foreground."""

    label = "mask"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        self._spec = only_input(card)

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        return (
            Figure("mae", mean_of("error"), PLAIN, higher_is_better=False),
            Figure("max_f", _max_f),
            Figure("s_measure", mean_of("structure")),
        )

    def observe(self, answer: Answer) -> Row:
        found = answer.outputs[self.outputs[0]]
        plane = np.squeeze(found[0] if found.ndim == 4 else found)
        if plane.ndim != 2:
            raise InputError(
                f"saliency needs an output with one channel, [N, 1, H, W], not of shape {found.shape}."
            )
        mask = answer.sample.mask_array().astype(np.float32)
        mask = mask / (mask.max() or 1)
        predicted = as_mask(content(plane, self._spec, answer.image), (mask.shape[0], mask.shape[1]))
        precision, recall = precision_recall(predicted, mask)
        return {
            "error": mean_absolute_error(predicted, mask),
            "structure": s_measure(predicted, mask),
            "precision": precision.astype(np.float32),
            "recall": recall.astype(np.float32),
        }


def as_mask(plane: FloatArray, size: tuple[int, int]) -> FloatArray:
    """The map as U²-Net's test script saves it and its authors' evaluation reads it, 0…1.

    Min-max to 8 bits, bilinear to `size`, then divided by its maximum.
    """
    resized = resize_levels((rescale(plane) * 255).astype(np.uint8), size)
    return np.asarray(resized / (resized.max() or 1))


def rescale(values: FloatArray) -> FloatArray:
    """Min-max normalisation to 0…1; a constant map becomes all zeros."""
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low) if high > low else np.zeros_like(values))


def mean_absolute_error(saliency: FloatArray, mask: FloatArray) -> float:
    """Mean over pixels of |saliency - mask|, both [H, W] in 0…1 (Perazzi et al. 2012, "Saliency filters")."""
    return float(np.abs(saliency.astype(np.float64) - mask).mean())


def precision_recall(saliency: FloatArray, mask: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Precision and recall [255] of `saliency >= t / 255` for t = 0…254; [H, W] in 0…1, foreground is mask > 128 / 255.

    As in the evaluation code of U²-Net's authors (xuebinqin/Binary-Segmentation-Evaluation-Tool, measures.py): 255 bins of the map
    scaled to 0…255, the last one closed, counted from the top.
    """
    foreground = mask > 128 / 255
    level = np.minimum((saliency * 255).astype(np.int64), THRESHOLDS - 1)
    hits = _from_the_top(level[foreground])
    false = _from_the_top(level[~foreground])
    tiny = 1e-8
    return hits / (hits + false + tiny), hits / (np.count_nonzero(foreground) + tiny)


def f_measure(precision: FloatArray, recall: FloatArray) -> FloatArray:
    """(1 + beta²) · P · R / (beta² · P + R) with beta² = 0.3 (Achanta et al. 2009, "Frequency-tuned salient region detection")."""
    return np.asarray((1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall + 1e-8))


def _max_f(stats: Stats, weights: Weights) -> FloatArray:
    """The largest F over the thresholds; the field averages precision and recall over the images first, then takes F."""
    total = weights.sum(1, keepdims=True)
    precision, recall = (weights @ stats[key].astype(np.float64) / total for key in ("precision", "recall"))
    return np.asarray(f_measure(precision, recall).max(1))


def _from_the_top(levels: Array) -> Array:
    """How many levels are at least t, for t = 0…254."""
    counts = np.bincount(levels, minlength=THRESHOLDS)
    return np.cumsum(counts[::-1])[::-1]
