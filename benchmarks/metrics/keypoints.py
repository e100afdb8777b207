"""Landmarks: the normalised mean error, the share of points near enough, and the object keypoint similarity."""

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.family import Answer, Stacked, only_input, scored_output
from benchmarks.metrics.figure import PLAIN, Figure, FloatArray, Row, Stats, mean_of, ratio_of
from registry.card import Card, Evaluation
from registry.errors import InputError
from registry.preprocess import content_box


class Keypoints(Stacked):
    """K points of one object. Labels are pixels of the image; the model's points are brought there before anything is measured."""

    label = "points"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        self._rule = rule.keypoints
        self._spec = only_input(card)

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        nme = Figure("nme", mean_of("error"), PLAIN, higher_is_better=False)
        similarity = (Figure("oks", mean_of("similarity")),) if self._rule.sigmas else ()
        return (nme, Figure("pck", ratio_of("near", "visible")), *similarity)

    def observe(self, answer: Answer) -> Row:
        if answer.sample.points is None:
            raise InputError(f"Sample {answer.sample.name} has no landmarks.")
        labels = np.asarray(answer.sample.points, np.float64)
        truth = labels[:, :2]
        visible = labels[:, 2] > 0 if labels.shape[1] > 2 else np.ones(len(labels), bool)
        found = self._in_image(answer)
        if self._rule.order:
            found = found[list(self._rule.order)]
        if len(found) != len(truth) or not visible.any():
            raise InputError(
                f"Sample {answer.sample.name} has {len(truth)} landmarks ({visible.sum()} visible), the model gives {len(found)}: "
                "`keypoints.order` says which belong together."
            )
        distances = np.linalg.norm(found - truth, axis=1)[visible]
        length = self._length(truth, visible, answer)
        return {
            "error": float(distances.mean() / length),
            "near": int(np.count_nonzero(distances < self._rule.pck * length)),
            "visible": int(visible.sum()),
            "similarity": self._similarity(distances, truth, visible),
        }

    def _in_image(self, answer: Answer) -> FloatArray:
        """The model's points [K, 2], x and y in pixels of the image."""
        layout = self._spec.layout or "NCHW"
        target = (self._spec.shape[layout.index("H")], self._spec.shape[layout.index("W")])
        points = self._points(np.asarray(answer.outputs[self.outputs[0]], np.float64), target)
        top, left, height, width = content_box(answer.image, target, self._spec.preprocess.resize)
        rows, columns = answer.image
        return (points - (left, top)) * (columns / width, rows / height)

    def _points(self, found: FloatArray, target: tuple[int, int]) -> FloatArray:
        """[K, 2] in pixels of the model's input."""
        if self._rule.kind == "heatmaps":
            return _peaks(found, self._spec.layout or "NCHW", target)
        if found.size % self._rule.values:
            raise InputError(
                f"Output `{self.outputs[0]}` has {found.size} numbers, which are no points of `values: {self._rule.values}`."
            )
        points = found.reshape(-1, self._rule.values)[:, :2]
        return points * (target[1], target[0]) if self._rule.units == "normalized" else points

    def _length(self, truth: FloatArray, visible: npt.NDArray[np.bool_], answer: Answer) -> float:
        """What errors are divided by, in pixels."""
        rule = self._rule.normalizer
        if rule == "diagonal":
            return float(np.hypot(*answer.image))
        if rule == "box":
            span = np.ptp(truth[visible], axis=0)
            length = float(np.sqrt(span[0] * span[1]))
        else:
            if max(rule) >= len(truth):
                raise InputError(f"`keypoints.normalizer` names point {max(rule)}, there are {len(truth)}.")
            length = float(np.linalg.norm(truth[rule[0]] - truth[rule[1]]))
        if length <= 0:
            raise InputError(f"The landmarks of {answer.sample.name} have no extent to measure errors by.")
        return length

    def _similarity(self, distances: FloatArray, truth: FloatArray, visible: npt.NDArray[np.bool_]) -> float:
        """Mean of exp(-d² / (2 s² k²)) with k = 2σ and s² the area of the points' box (COCO keypoint evaluation)."""
        if not self._rule.sigmas:
            return 0.0
        if len(self._rule.sigmas) != len(truth):
            raise InputError(
                f"`keypoints.sigmas` has {len(self._rule.sigmas)} numbers for {len(truth)} points."
            )
        falloff = (2 * np.asarray(self._rule.sigmas)[visible]) ** 2
        area = float(np.prod(np.ptp(truth[visible], axis=0))) + np.spacing(1)
        return float(np.exp(-(distances**2) / (2 * area * falloff)).mean())


def _peaks(maps: FloatArray, layout: str, target: tuple[int, int]) -> FloatArray:
    """The largest value of each heatmap, moved a quarter of a cell to its larger neighbour (Newell et al. 2016), in the input's pixels."""
    planes = maps[0] if maps.ndim == 4 else maps
    if planes.ndim != 3:
        raise InputError(f"Heatmaps have shape [N, K, H, W] or [N, H, W, K], not {maps.shape}.")
    if layout.endswith("C"):
        planes = planes.transpose(2, 0, 1)
    height, width = planes.shape[1:]
    points = np.empty((len(planes), 2))
    for index, plane in enumerate(planes):
        y, x = divmod(int(plane.argmax()), width)
        points[index] = x + _lean(plane[y], x), y + _lean(plane[:, x], y)
    return np.asarray((points + 0.5) * (target[1] / width, target[0] / height) - 0.5)


def _lean(line: FloatArray, place: int) -> float:
    if not 0 < place < len(line) - 1:
        return 0.0
    return 0.25 * float(np.sign(line[place + 1] - line[place - 1]))
