"""Semantic segmentation: mean intersection over union, and the share of right pixels."""

import numpy as np

from benchmarks.metrics.family import Answer, Stacked, only_input, scored_output, without_batch
from benchmarks.metrics.figure import Array, Figure, FloatArray, Row, Stats, Weights, ratio_of
from benchmarks.metrics.planes import content, resize_plane
from registry.card import Card, Evaluation
from registry.errors import InputError


class Segmentation(Stacked):
    """A class for every pixel, held against a mask of class numbers (Everingham et al. 2015, "The PASCAL VOC challenge").

    The model's planes are brought to the mask's size (bilinear), then the largest counts; class numbers by the nearest. A class that
    neither model nor masks show is left out of the mean.
    """

    label = "mask"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        self._rule = rule.segmentation
        self._spec = only_input(card)
        last = (self._spec.layout or "NCHW").endswith("C")
        self._last = self._rule.channels == "last" if self._rule.channels else last
        self._classes = len(rule.classes)

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        return (Figure("miou", _miou), Figure("pixel_accuracy", ratio_of("right", "pixels")))

    def observe(self, answer: Answer) -> Row:
        truth = answer.sample.mask_array().astype(np.int64)
        counts = np.ones(truth.shape, bool) if self._rule.ignore is None else truth != self._rule.ignore
        found, classes = self._labels(answer, (truth.shape[0], truth.shape[1]))
        truth = np.where(counts, truth + self._rule.label_offset, 0)
        if truth.min() < 0 or truth.max() >= classes:
            raise InputError(
                f"The mask of {answer.sample.name} has class {truth.max() if truth.max() >= classes else truth.min()}, the model "
                f"knows 0 to {classes - 1}: `segmentation.label_offset` and `ignore` say what masks mean."
            )
        pairs = np.bincount(classes * truth[counts] + found[counts], minlength=classes**2)
        confusion = pairs.reshape(classes, classes)
        right = np.diag(confusion)
        return {
            "intersection": right,
            "union": confusion.sum(0) + confusion.sum(1) - right,
            "right": right.sum(),
            "pixels": confusion.sum(),
        }

    def _labels(self, answer: Answer, size: tuple[int, int]) -> tuple[Array, int]:
        """The model's class of each pixel [H, W] at the mask's size, and how many classes there are."""
        name = self.outputs[0]
        found = answer.outputs[name]
        planes = np.asarray(without_batch(found, 3) if found.ndim > 2 else found, np.float32)
        if planes.ndim == 3 and not self._last and planes.shape[0] != 1:
            planes = planes.transpose(1, 2, 0)
        elif planes.ndim == 3 and 1 in (planes.shape[0], planes.shape[2]):
            return self._binary(planes.reshape([n for n in planes.shape if n != 1] or [1, 1]), answer, size)
        if planes.ndim == 2:
            numbers = resize_plane(content(planes, self._spec, answer.image), size, nearest=True)
            return self._numbers(np.rint(numbers).astype(np.int64), name)
        if planes.ndim != 3:
            raise InputError(
                f"miou needs an output of class planes or class numbers, not `{name}` of shape {found.shape}."
            )
        planes = content(planes, self._spec, answer.image)
        if planes.shape[2] > 1 and planes.shape[:2] == size:
            return planes.argmax(2), planes.shape[2]
        best = np.full(size, -np.inf, np.float32)
        labels = np.zeros(size, np.int64)
        for index in range(planes.shape[2]):  # plane by plane: all at the image's size would take gigabytes
            plane = resize_plane(planes[..., index], size)
            labels[plane > best] = index
            best = np.maximum(best, plane)
        return labels, planes.shape[2]

    def _binary(self, plane: FloatArray, answer: Answer, size: tuple[int, int]) -> tuple[Array, int]:
        shown = resize_plane(content(plane, self._spec, answer.image), size)
        return (shown > self._rule.threshold).astype(np.int64), 2

    def _numbers(self, labels: Array, name: str) -> tuple[Array, int]:
        if not self._classes:
            raise InputError(
                f"Output `{name}` holds class numbers: the card's `evaluation.classes` must name them, so that their number is known."
            )
        if labels.min() < 0 or labels.max() >= self._classes:
            raise InputError(
                f"Output `{name}` holds class {labels.max()}, the card names {self._classes} classes."
            )
        return labels, self._classes


def _miou(stats: Stats, weights: Weights) -> FloatArray:
    """The mean over classes of Σ intersection / Σ union, sums over the images."""
    inside = weights @ stats["intersection"].astype(np.float64)
    union = weights @ stats["union"].astype(np.float64)
    shown = union > 0
    ratios = np.divide(inside, union, out=np.zeros_like(union), where=shown)
    return np.asarray(ratios.sum(1) / np.maximum(shown.sum(1), 1))
