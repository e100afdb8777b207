"""Object detection: COCO average precision, by pycocotools."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np

from benchmarks.metrics import boxes
from benchmarks.metrics.family import Answer, kept_output, only_input
from benchmarks.metrics.figure import Array, Figure, FloatArray, Row, Stats, Weights
from registry.card import Card, Evaluation
from registry.errors import InputError, MissingDependencyError
from registry.preprocess import content_box

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)


class Detection:
    """Boxes with classes and scores, held against labelled boxes of any size (Lin et al. 2014, "Microsoft COCO")."""

    label = "boxes"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        if rule.detection is None:
            raise InputError(f"The evaluation of {card.name} needs `detection`.")
        self._rule = rule.detection
        named = (self._rule.rows, *self._rule.heads, self._rule.boxes, self._rule.scores)
        named = (*named, self._rule.classes, self._rule.count)
        self.outputs: tuple[str, ...] = tuple(kept_output(card, name) for name in named if name is not None)
        self._spec = only_input(card)
        self._coco = _pycocotools()

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        return (
            Figure("map", lambda stats, weights: _ap(stats, weights, range(len(THRESHOLDS)))),
            Figure("map50", lambda stats, weights: _ap(stats, weights, range(1))),
            Figure("map75", lambda stats, weights: _ap(stats, weights, range(5, 6))),
        )

    def observe(self, answer: Answer) -> Row:
        labelled = answer.sample.boxes
        if labelled is None:
            raise InputError(f"Sample {answer.sample.name} has no labelled boxes.")
        found, scores, labels = boxes.read(answer.outputs, self._rule, self._target())
        truth = [(*one.corners, one.category, one.area, one.crowd) for one in labelled]
        return {
            "found": self._in_image(found, answer.image),
            "scores": scores,
            "labels": labels,
            "truth": np.array(truth, np.float64).reshape(-1, 7),
        }

    def collect(self, rows: Sequence[Row]) -> Stats:
        """Every detection with the thresholds at which it hits, and the objects asked for by image and class."""
        evaluated = self._evaluate(rows)
        classes = sorted({one["category_id"] for one in evaluated})
        asked = np.zeros((len(rows), max(1, len(classes))), np.int64)
        parts: dict[str, list[Array]] = {"score": [], "image": [], "class": [], "hit": [], "ignored": []}
        for one in evaluated:
            image, number = one["image_id"] - 1, classes.index(one["category_id"])
            asked[image, number] = np.count_nonzero(~np.asarray(one["gtIgnore"], bool))
            many = len(one["dtScores"])
            parts["score"].append(np.asarray(one["dtScores"], np.float64))
            parts["image"].append(np.full(many, image))
            parts["class"].append(np.full(many, number))
            parts["hit"].append(np.asarray(one["dtMatches"]).reshape(len(THRESHOLDS), many).T > 0)
            parts["ignored"].append(np.asarray(one["dtIgnore"], bool).reshape(len(THRESHOLDS), many).T)
        empty = {"hit": np.zeros((0, len(THRESHOLDS)), bool), "ignored": np.zeros((0, len(THRESHOLDS)), bool)}
        whole = {
            name: np.concatenate(part) if part else empty.get(name, np.zeros(0))
            for name, part in parts.items()
        }
        return {"asked": asked, **whole}

    def _evaluate(self, rows: Sequence[Row]) -> list[Any]:
        """pycocotools' matches of each image and class, for objects of all sizes."""
        truth: list[Any] = []
        found: list[Any] = []
        for image, row in enumerate(rows, 1):
            for x1, y1, x2, y2, category, area, crowd in np.asarray(row["truth"]).tolist():
                one = {"id": len(truth) + 1, "image_id": image, "category_id": int(category) + 1}
                truth.append({**one, "bbox": [x1, y1, x2 - x1, y2 - y1], "area": area, "iscrowd": int(crowd)})
            detected = zip(
                *(np.asarray(row[key]).tolist() for key in ("found", "scores", "labels")), strict=True
            )
            for (x1, y1, x2, y2), score, label in detected:
                box = [x1, y1, x2 - x1, y2 - y1]
                found.append({"image_id": image, "category_id": label + 1, "bbox": box, "score": score})
        with redirect_stdout(StringIO()):
            labelled = self._coco.coco.COCO()
            labelled.dataset = {
                "info": {},
                "images": [{"id": image} for image in range(1, len(rows) + 1)],
                "categories": [{"id": number} for number in sorted({one["category_id"] for one in truth})],
                "annotations": truth,
            }
            labelled.createIndex()
            results = labelled.loadRes(found) if found else self._nothing(labelled)
            evaluation = self._coco.cocoeval.COCOeval(labelled, results, "bbox")
            evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
            evaluation.evaluate()
        return [one for one in evaluation.evalImgs if one is not None]

    def _nothing(self, labelled: Any) -> Any:
        empty = self._coco.coco.COCO()
        empty.dataset = {**labelled.dataset, "annotations": []}
        empty.createIndex()
        return empty

    def _target(self) -> tuple[int, int]:
        layout = self._spec.layout or "NCHW"
        return self._spec.shape[layout.index("H")], self._spec.shape[layout.index("W")]

    def _in_image(self, found: FloatArray, image: tuple[int, int]) -> FloatArray:
        """Boxes of the model's input in pixels of the image, cut at its edges."""
        top, left, height, width = content_box(image, self._target(), self._spec.preprocess.resize)
        moved = (found - (left, top, left, top)) * np.tile((image[1] / width, image[0] / height), 2)
        return np.asarray(np.clip(moved, 0, np.tile((image[1], image[0]), 2)))


def _ap(stats: Stats, weights: Weights, thresholds: range) -> FloatArray:
    """The mean over classes and IoU thresholds of the precision at 101 recalls [B], as COCOeval accumulates it.

    A class without an object in a draw is left out of that draw's mean, as COCO leaves out classes without objects.
    """
    total, counted = np.zeros(len(weights)), np.zeros(len(weights))
    for number in range(stats["asked"].shape[1]):
        asked = weights @ stats["asked"][:, number].astype(np.float64)
        mine = np.flatnonzero(stats["class"] == number)
        mine = mine[np.argsort(-stats["score"][mine], kind="stable")]
        there = asked > 0
        counted += there
        if mine.size and there.any():
            precision = sum(_precision(stats, weights[there], mine, asked[there], t) for t in thresholds)
            total[there] += np.asarray(precision) / len(thresholds)
    return np.asarray(np.divide(total, counted, out=np.zeros_like(total), where=counted > 0))


def _precision(stats: Stats, weights: Weights, mine: Array, asked: FloatArray, threshold: int) -> FloatArray:
    """One class at one threshold: the mean interpolated precision at 101 recalls, [B]."""
    hit, ignored = stats["hit"][mine, threshold], stats["ignored"][mine, threshold]
    hits = hit & ~ignored
    if not hits.any():
        return np.zeros(len(weights))
    last = int(np.flatnonzero(hits)[-1]) + 1  # what comes after the last hit changes no precision
    drawn = weights[:, stats["image"][mine[:last]]]
    right = np.cumsum(drawn * hits[:last], axis=1)
    wrong = np.cumsum(drawn * (~hit & ~ignored)[:last], axis=1)
    precision = right / (right + wrong + np.spacing(1))
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = right / asked[:, None]
    values = np.empty(len(weights))
    for index in range(len(weights)):
        places = np.searchsorted(recall[index], RECALLS, side="left")
        inside = places < last
        values[index] = envelope[index, places[inside]].sum() / len(RECALLS)
    return values


def _pycocotools() -> Any:
    try:
        import pycocotools.coco
        import pycocotools.cocoeval
    except ImportError as error:
        raise MissingDependencyError(
            'Average precision needs pycocotools: pip install "zoo[eval]".'
        ) from error
    return pycocotools
