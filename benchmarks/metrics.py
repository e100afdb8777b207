"""The task metrics, on plain arrays."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]

THRESHOLDS = 255
BETA_SQUARED = 0.3


def is_top1(scores: FloatArray, label: int) -> bool:
    """Whether the highest of one sample's class scores (any shape, flattened) is the label's."""
    return int(np.argmax(scores)) == label


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


def max_f_measure(precision: FloatArray, recall: FloatArray) -> float:
    """The largest F-measure over the thresholds, beta² = 0.3 (Achanta et al. 2009, "Frequency-tuned salient region detection").

    `precision` and `recall`, [255], are means over the images of a data set: the field averages these first, then takes F.
    """
    f = (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall + 1e-8)
    return float(f.max())


def _from_the_top(levels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many levels are at least t, for t = 0…254."""
    counts = np.bincount(levels, minlength=THRESHOLDS)
    return np.cumsum(counts[::-1])[::-1]
