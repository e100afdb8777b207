"""Top-1 and top-5 accuracy."""

import numpy as np

from benchmarks.metrics.family import Answer, Stacked, scored_output
from benchmarks.metrics.figure import Figure, FloatArray, Row, Stats, share
from registry.card import Card, Evaluation
from registry.errors import InputError

TOP = 5


class Classification(Stacked):
    """The rank of the label among one sample's class scores."""

    label = "label"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        self._offset = rule.label_offset
        self._top5 = rule.metric == "top5"

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        return (share("top1", "top1"), *((share("top5", "top5"),) if self._top5 else ()))

    def observe(self, answer: Answer) -> Row:
        sample = answer.sample
        if sample.label is None:
            raise InputError(
                f"Sample {sample.name} has no label: top1 needs class folders, a table of labels or an .npz with labels."
            )
        found = answer.outputs[self.outputs[0]]
        scores, label = (found[0] if found.ndim > 1 else found), sample.label + self._offset
        if not 0 <= label < scores.size:
            raise InputError(f"Sample {sample.name} has label {label}, the model gives {scores.size} scores.")
        return {"top1": is_top(scores, label, 1), "top5": is_top(scores, label, TOP)}


def is_top(scores: FloatArray, label: int, k: int) -> bool:
    """Whether the label is among the `k` highest of one sample's class scores (any shape, flattened); of equal ones the first count."""
    flat = np.asarray(scores).ravel()
    higher = np.count_nonzero(flat > flat[label]) + np.count_nonzero(flat[:label] == flat[label])
    return bool(higher < k)
