"""From a detector's outputs to boxes in pixels of its input: declared forms, anchors, grids, non-maximum suppression."""

from collections.abc import Mapping

import numpy as np

from benchmarks.metrics.figure import Array, FloatArray
from registry.card_evaluation import Anchors, Detection, Grid
from registry.errors import InputError

Found = tuple[FloatArray, FloatArray, Array]
"""Corners x1, y1, x2, y2 [N, 4] in pixels of the model's input, scores [N], class numbers [N]; best first."""


def read(outputs: Mapping[str, FloatArray], rule: Detection, size: tuple[int, int]) -> Found:
    """The detections of one image; `size` is the input's (height, width). Raises InputError where the outputs are not as declared."""
    boxes, scores = _rows(outputs, rule) if rule.boxes is None else _apart(outputs, rule)
    if rule.anchors is not None:
        boxes = from_anchors(boxes, rule.anchors, size)
    elif rule.grid is not None:
        boxes = from_grid(boxes, rule.grid, size)
    else:
        boxes = corners(boxes, rule.box) * _scale(rule, size)
    if rule.classes is not None:
        classes = _named(outputs, rule.classes).reshape(-1)[: len(boxes)]
        best, labels = scores.reshape(len(boxes), -1).max(1), np.rint(classes).astype(np.int64)
        if rule.background:
            labels = labels - 1
    else:
        chosen = _activated(scores, rule)
        rows, labels = np.nonzero(chosen > rule.score)
        boxes, best = boxes[rows], chosen[rows, labels]
    return _best(boxes, best, labels, rule)


def _named(outputs: Mapping[str, FloatArray], name: str) -> FloatArray:
    return outputs[name].astype(np.float64)


def _rows(outputs: Mapping[str, FloatArray], rule: Detection) -> tuple[FloatArray, FloatArray]:
    """[N, 4] and [N, C] (with objectness [N, 1 + C])."""
    if rule.rows is not None:
        table = _table(_named(outputs, rule.rows), rule.rows, rule.transposed)
    else:
        table = np.concatenate([_head(_named(outputs, name), name, rule) for name in rule.heads])
    if table.shape[1] < 5 + rule.objectness:
        raise InputError(
            f"A row of the detector's output has {table.shape[1]} numbers, too few for a box and scores (is it `transposed`?)."
        )
    return table[:, :4], table[:, 4:]


def _head(output: FloatArray, name: str, rule: Detection) -> FloatArray:
    """[1, A · (5 + C), H, W] → rows in the order anchor, y, x."""
    if output.ndim != 4 or rule.grid is None:
        raise InputError(f"Head `{name}` has shape {output.shape}, not [N, A (5 + C), H, W].")
    many = len(rule.grid.anchors[0]) if rule.grid.anchors else 1
    if output.shape[1] % many:
        raise InputError(f"Head `{name}` has {output.shape[1]} channels, which {many} anchors do not share.")
    parts = output[0].reshape(many, -1, *output.shape[2:])
    return np.asarray(parts.transpose(0, 2, 3, 1).reshape(-1, parts.shape[1]))


def _apart(outputs: Mapping[str, FloatArray], rule: Detection) -> tuple[FloatArray, FloatArray]:
    boxes = _named(outputs, rule.boxes or "")
    scores = _named(outputs, rule.scores or "")
    boxes = _table(boxes, rule.boxes or "", rule.transposed) if boxes.ndim > 1 else boxes.reshape(-1, 4)
    if boxes.shape[1] != 4 and boxes.size % 4 == 0 and boxes.ndim == 2 and boxes.shape[0] == 1:
        boxes = boxes.reshape(-1, 4)
    if boxes.shape[1] != 4:
        raise InputError(
            f"Output `{rule.boxes}` has rows of {boxes.shape[1]} numbers, a box has 4 (is it `transposed`?)."
        )
    scores = scores.reshape(-1, len(boxes)).T if rule.transposed else scores.reshape(len(boxes), -1)
    if rule.count is not None:
        valid = int(np.rint(_named(outputs, rule.count).reshape(-1)[0]))
        boxes, scores = boxes[:valid], scores[:valid]
    return boxes, scores


def _table(output: FloatArray, name: str, transposed: bool) -> FloatArray:
    table = (
        output.reshape(output.shape[-2:])
        if output.ndim >= 2 and output.size == np.prod(output.shape[-2:])
        else output
    )
    if table.ndim != 2:
        raise InputError(f"Output `{name}` has shape {output.shape}, not [N, rows, numbers] with N = 1.")
    return table.T if transposed else table


def _activated(scores: FloatArray, rule: Detection) -> FloatArray:
    """Class scores [N, C]: activated, times objectness, without the background."""
    if rule.activation == "sigmoid":
        scores = sigmoid(scores)
    elif rule.activation == "softmax":
        scores = np.exp(scores - scores.max(1, keepdims=True))
        scores = scores / scores.sum(1, keepdims=True)
    if rule.objectness:
        scores = scores[:, :1] * scores[:, 1:] if scores.shape[1] > 1 else scores
    return scores[:, 1:] if rule.background else scores


def sigmoid(values: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)))


def corners(boxes: FloatArray, form: str) -> FloatArray:
    """Boxes [N, 4] of a declared form as x1, y1, x2, y2."""
    if form == "yxyx":
        return boxes[:, [1, 0, 3, 2]]
    if form == "xywh":
        return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    if form == "cxcywh":
        half = boxes[:, 2:] / 2
        return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    return boxes


def priors(anchors: Anchors, size: tuple[int, int]) -> FloatArray:
    """The prior boxes [N, 4] (centre x, y, width, height) in pixels, in the order stride, row, column, size, ratio."""
    found = []
    for stride, sizes in zip(anchors.strides, anchors.sizes, strict=True):
        rows, columns = (
            -(-length // stride) if anchors.cells == "ceil" else length // stride for length in size
        )
        y, x = np.meshgrid(
            (np.arange(rows) + 0.5) * stride, (np.arange(columns) + 0.5) * stride, indexing="ij"
        )
        shapes = [(s * ratio**0.5, s / ratio**0.5) for s in sizes for ratio in anchors.ratios]
        cells = np.stack([x, y], axis=-1).reshape(-1, 1, 2)
        both = (
            np.broadcast_to(cells, (len(cells), len(shapes), 2)),
            np.broadcast_to(np.array(shapes), (len(cells), len(shapes), 2)),
        )
        found.append(np.concatenate(both, axis=2).reshape(-1, 4))
    boxes = np.concatenate(found)
    limits = np.array([size[1], size[0], size[1], size[0]], np.float64)
    return np.asarray(np.clip(boxes, 0, limits) if anchors.clip else boxes)


def from_anchors(locations: FloatArray, anchors: Anchors, size: tuple[int, int]) -> FloatArray:
    """SSD's decoding (Liu et al. 2016): corners in pixels."""
    prior = priors(anchors, size)
    if len(prior) != len(locations):
        raise InputError(f"The card's `anchors` make {len(prior)} boxes, the model gives {len(locations)}.")
    centre = prior[:, :2] + locations[:, :2] * anchors.variances[0] * prior[:, 2:]
    extent = prior[:, 2:] * np.exp(locations[:, 2:] * anchors.variances[1])
    return corners(np.concatenate([centre, extent], axis=1), "cxcywh")


def from_grid(rows: FloatArray, grid: Grid, size: tuple[int, int]) -> FloatArray:
    """YOLO's decoding, rows in the order stride, anchor, y, x: corners in pixels."""
    cells, strides, shapes = [], [], []
    for index, stride in enumerate(grid.strides):
        height, width = size[0] // stride, size[1] // stride
        y, x = np.indices((height, width))
        for shape in grid.anchors[index] if grid.anchors else ((float(stride), float(stride)),):
            cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
            strides.append(np.full((height * width, 1), float(stride)))
            shapes.append(np.broadcast_to(np.array(shape), (height * width, 2)))
    cell, stride_of, anchor = (np.concatenate(parts) for parts in (cells, strides, shapes))
    if len(cell) != len(rows):
        raise InputError(f"The card's `grid` makes {len(cell)} boxes, the model gives {len(rows)}.")
    if grid.kind == "yolox":
        centre, extent = (rows[:, :2] + cell) * stride_of, np.exp(rows[:, 2:]) * stride_of
    elif grid.kind == "yolov3":
        centre, extent = (sigmoid(rows[:, :2]) + cell) * stride_of, np.exp(rows[:, 2:]) * anchor
    else:
        centre = (2 * sigmoid(rows[:, :2]) - 0.5 + cell) * stride_of
        extent = (2 * sigmoid(rows[:, 2:])) ** 2 * anchor
    return corners(np.concatenate([centre, extent], axis=1), "cxcywh")


def _scale(rule: Detection, size: tuple[int, int]) -> FloatArray:
    share = (size[1], size[0], size[1], size[0]) if rule.units == "normalized" else (1, 1, 1, 1)
    return np.array(share, np.float64)


def _best(boxes: FloatArray, scores: FloatArray, labels: Array, rule: Detection) -> Found:
    kept = np.flatnonzero((scores > rule.score) & (labels >= 0))
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    boxes, scores, labels = boxes[kept], scores[kept], labels[kept]
    if rule.iou is not None:
        left = suppress(boxes, labels, rule.iou, rule.largest)
        boxes, scores, labels = boxes[left], scores[left], labels[left]
    return boxes[: rule.largest], scores[: rule.largest], labels[: rule.largest]


def suppress(boxes: FloatArray, labels: Array, iou: float, largest: int) -> Array:
    """Non-maximum suppression: of boxes sorted by score, the places of those no better one of their class overlaps by more than `iou`."""
    left = np.arange(len(boxes))
    kept: list[int] = []
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    while left.size and len(kept) < largest:
        first, left = left[0], left[1:]
        kept.append(first)
        low = np.maximum(boxes[first, :2], boxes[left, :2])
        high = np.minimum(boxes[first, 2:], boxes[left, 2:])
        inside = np.prod(np.maximum(high - low, 0), axis=1)
        union = areas[first] + areas[left] - inside
        overlap = np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)
        left = left[(overlap <= iou) | (labels[left] != labels[first])]
    return np.array(kept, np.int64)
