import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from benchmarks.metrics.classification import is_top
from benchmarks.metrics.saliency import f_measure, mean_absolute_error, precision_recall, rescale
from benchmarks.metrics.structure import s_measure


def test_top1_reads_the_highest_score() -> None:
    assert is_top(np.array([0.1, 0.7, 0.2]), 1, 1)
    assert not is_top(np.array([[0.1, 0.7, 0.2]]), 2, 1)


def test_rescale_spans_0_to_1_and_a_flat_map_is_empty() -> None:
    assert rescale(np.array([[2.0, 4.0], [3.0, 2.0]])).tolist() == [[0, 1], [0.5, 0]]
    assert rescale(np.full((2, 2), 0.7)).tolist() == [[0, 0], [0, 0]]


def test_mean_absolute_error() -> None:
    assert mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[0.5, 0.0]])) == 0.75


@given(st.integers(0, 2**32 - 1))
def test_precision_and_recall_agree_with_scikit_learn_at_every_threshold(seed: int) -> None:
    generator = np.random.default_rng(seed)
    levels = generator.integers(0, 256, (6, 7))
    mask = generator.integers(0, 2, (6, 7)).astype(np.float64)
    mask[0, 0] = 1
    precision, recall = precision_recall(levels / 255, mask)
    assert precision.shape == recall.shape == (255,)
    for threshold in (0, 1, 100, 200, 254):
        predicted = ((levels >= threshold) * 1).ravel()
        truth = mask.astype(int).ravel()
        assert precision[threshold] == pytest.approx(
            precision_score(truth, predicted, zero_division=0), abs=1e-6
        )
        assert recall[threshold] == pytest.approx(recall_score(truth, predicted), abs=1e-6)


def test_f_measure_weighs_precision_more() -> None:
    assert f_measure(np.array([1.0]), np.array([1.0])).max() == pytest.approx(1)
    assert f_measure(np.array([0.9, 0.2]), np.array([0.5, 1.0])).max() == pytest.approx(
        1.3 * 0.45 / (0.27 + 0.5)
    )


def test_a_perfect_map_has_f_1_and_an_inverted_one_has_that_of_everything() -> None:
    mask = np.zeros((4, 4))
    mask[:, :2] = 1
    assert f_measure(*precision_recall(mask, mask)).max() == pytest.approx(1)
    assert f_measure(*precision_recall(1 - mask, mask)).max() == pytest.approx(1.3 * 0.5 / (0.15 + 1))


@pytest.mark.parametrize(
    ("seed", "expected"), [(0, 0.7091145912468217), (1, 0.6642550640185112), (2, 0.5936060850074879)]
)
def test_the_structure_measure_is_that_of_pysodmetrics(seed: int, expected: float) -> None:
    """What PySODMetrics 1.x (lartpang, `Smeasure().step(pred, gt)`), a port of the authors' own code, gives."""
    random = np.random.default_rng(seed)
    mask = np.zeros((20, 30), np.uint8)
    mask[5:14, 4 + 3 * seed : 15] = 255
    drawn = np.where(mask > 0, random.integers(100, 256, mask.shape), random.integers(0, 120, mask.shape))
    found = drawn.astype(np.uint8)
    found[0, 0], found[6, 14] = 0, 255
    assert s_measure(found / 255, mask / 255) == pytest.approx(expected, abs=1e-12)


def test_the_structure_measure_of_masks_without_an_edge() -> None:
    found = np.full((4, 4), 0.25)
    assert s_measure(found, np.zeros((4, 4))) == 0.75
    assert s_measure(found, np.ones((4, 4))) == 0.25
