"""The S-measure: how much a saliency map is like a mask in structure, not pixel by pixel."""

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.figure import FloatArray

ALPHA = 0.5
_TINY = np.finfo(np.float64).eps


def s_measure(saliency: FloatArray, mask: FloatArray) -> float:
    """alpha · S_object + (1 - alpha) · S_region, at least 0; both [H, W] in 0…1, foreground is mask > 0.5.

    Fan et al. 2017, "Structure-measure: a new way to evaluate foreground maps" (ICCV), with the authors' code where the paper leaves
    room: of a mask without foreground the measure is 1 - mean(saliency), of one without background mean(saliency).
    """
    truth = mask > 0.5
    found = saliency.astype(np.float64)
    share = truth.mean()
    if share in (0.0, 1.0):
        return float(found.mean() if share else 1 - found.mean())
    return max(0.0, ALPHA * _object(found, truth) + (1 - ALPHA) * _region(found, truth))


def _object(found: FloatArray, truth: npt.NDArray[np.bool_]) -> float:
    """Equation 8: foreground and background each by their likeness to a uniform object, weighted by their share."""
    share = truth.mean()
    return float(share * _uniform(found[truth]) + (1 - share) * _uniform(1 - found[~truth]))


def _uniform(values: FloatArray) -> float:
    """Equation 5 with lambda = 0.5: 2 x / (x² + 1 + σ)."""
    mean = values.mean()
    deviation = values.std(ddof=1) if values.size > 1 else 0.0
    return float(2 * mean / (mean**2 + 1 + deviation + _TINY))


def _region(found: FloatArray, truth: npt.NDArray[np.bool_]) -> float:
    """Equation 4: the structural similarity of four blocks that meet at the foreground's centroid, weighted by their share of it all."""
    rows, columns = np.nonzero(truth)
    y, x = round(rows.mean()) + 1, round(columns.mean()) + 1
    total = 0.0
    for vertical in (slice(0, y), slice(y, None)):
        for horizontal in (slice(0, x), slice(x, None)):
            block = found[vertical, horizontal]
            if block.size:
                total += block.size * _similarity(block, truth[vertical, horizontal].astype(np.float64))
    return total / truth.size


def _similarity(a: FloatArray, b: FloatArray) -> float:
    """Equation 3: 4 x y σxy / ((x² + y²) (σx² + σy²)); 1 of two blocks without any."""
    mean_a, mean_b, many = a.mean(), b.mean(), a.size - 1 + _TINY
    variances = ((a - mean_a) ** 2).sum() / many + ((b - mean_b) ** 2).sum() / many
    covariance = ((a - mean_a) * (b - mean_b)).sum() / many
    above = 4 * mean_a * mean_b * covariance
    below = (mean_a**2 + mean_b**2) * variances
    if above:
        return float(above / (below + _TINY))
    return 1.0 if below == 0 else 0.0
