"""Average precision beside pycocotools' own, and the ways from a detector's outputs to boxes."""

from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest

from benchmarks.metrics import boxes
from benchmarks.metrics.detection import Detection as Family
from benchmarks.metrics.family import Answer
from registry.card import Card, Entry, Evaluation, Input, Licenses, Output, Preprocess, Resize, Source
from registry.card_evaluation import Anchors, Detection, Grid
from registry.errors import InputError
from registry.preprocess import Array, preprocess
from registry.sample import Box, Sample

pytest.importorskip("pycocotools")

CLASSES = 3


def card(rule: Detection, spec: Input, outputs: tuple[str, ...]) -> Card:
    return Card(
        schema=1, name="tested", task="object-detection", description="",
        licenses=Licenses(code="Apache-2.0", weights="Apache-2.0"), source=Source(path="."),
        entry=Entry(model="model.onnx"), inputs=(spec,), outputs=tuple(Output(name=name) for name in outputs),
        evaluation=Evaluation(metric="map", detection=rule),
    )  # fmt: skip


def scene(random: np.random.Generator) -> tuple[tuple[Box, ...], np.ndarray, np.ndarray]:
    """Some objects, some of them a crowd, and a detector that finds most of them, moved, with others besides."""
    corner = random.uniform(0, 60, (random.integers(0, 7), 2))
    truth = np.concatenate([corner, corner + random.uniform(4, 40, corner.shape)], axis=1)
    labels = random.integers(0, CLASSES, len(truth))
    objects = tuple(
        Box(corners=tuple(row), category=int(label), area=float(np.prod(row[2:] - row[:2])), crowd=index == 5)
        for index, (row, label) in enumerate(zip(truth.tolist(), labels, strict=True))
        for row in [np.array(row)]
    )
    near = truth + random.normal(0, 3, truth.shape)
    lone = random.uniform(0, 50, (4, 2))
    found = np.concatenate([near, np.concatenate([lone, lone + 20], axis=1)]).astype(np.float32)
    scores = random.uniform(0, 1, (len(found), CLASSES)).astype(np.float32).round(2)  # with ties
    return objects, np.clip(found, 0, 100), scores


def observed(seed: int, images: int) -> tuple[Family, list[dict[str, Array]]]:
    random = np.random.default_rng(seed)
    spec = Input(name="image", shape=(1, 3, 100, 100), layout="NCHW")
    family = Family(
        card(Detection(boxes="boxes", scores="scores", iou=None), spec, ("boxes", "scores")),
        Evaluation(metric="map", detection=Detection(boxes="boxes", scores="scores", iou=None)),
    )
    rows = []
    for index in range(images):
        objects, found, scores = scene(random)
        sample = Sample(name=str(index), image=np.zeros((100, 100, 3), np.uint8), boxes=objects)
        outputs = {"boxes": found[None], "scores": scores[None]}
        rows.append(family.observe(Answer(sample, (100, 100), outputs)))
    return family, rows


def cocos_own(rows: list[dict[str, Array]]) -> list[float]:
    """AP, AP50 and AP75 as COCOeval.summarize prints them."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, found = [], []
    for image, row in enumerate(rows, 1):
        for x1, y1, x2, y2, label, area, crowd in row["truth"].tolist():
            box = {"image_id": image, "category_id": int(label), "bbox": [x1, y1, x2 - x1, y2 - y1]}
            truth.append(box | {"id": len(truth) + 1, "area": area, "iscrowd": int(crowd)})
        for (x1, y1, x2, y2), score, label in zip(row["found"], row["scores"], row["labels"], strict=True):
            box = {"image_id": image, "category_id": int(label), "bbox": [x1, y1, x2 - x1, y2 - y1]}
            found.append(box | {"score": score})
    with redirect_stdout(StringIO()):
        labelled = COCO()
        labelled.dataset = {
            "info": {}, "annotations": truth, "images": [{"id": image + 1} for image in range(len(rows))],
            "categories": [{"id": number} for number in range(CLASSES)],
        }  # fmt: skip
        labelled.createIndex()
        evaluation = COCOeval(labelled, labelled.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return list(evaluation.stats[:3])


@pytest.mark.parametrize("seed", range(4))
def test_the_precision_is_cocos(seed: int) -> None:
    family, rows = observed(seed, 12)
    stats = family.collect(rows)
    ones = np.ones((1, 12))
    assert [float(one.value(stats, ones)[0]) for one in family.figures(stats)] == pytest.approx(
        cocos_own(rows), abs=1e-9
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_weight_is_as_many_copies_of_the_image(seed: int) -> None:
    family, rows = observed(seed, 8)
    weights = np.random.default_rng(seed).integers(0, 4, 8)
    copies = [row for row, many in zip(rows, weights, strict=True) for _ in range(many)]
    stats = family.collect(rows)
    drawn = [float(one.value(stats, weights[None].astype(np.float64))[0]) for one in family.figures(stats)]
    assert drawn == pytest.approx(cocos_own(copies), abs=1e-9)


def test_a_detector_that_finds_nothing_has_precision_0() -> None:
    family, rows = observed(0, 3)
    empty = [
        {**row, "found": np.zeros((0, 4)), "scores": np.zeros(0), "labels": np.zeros(0, np.int64)}
        for row in rows
    ]
    stats = family.collect(empty)
    assert [one.value(stats, np.ones((1, 3)))[0] for one in family.figures(stats)] == [0, 0, 0]


TRUTH = np.array([[10.0, 20, 50, 60], [30, 5, 90, 45]])
CENTRES = np.concatenate([(TRUTH[:, :2] + TRUTH[:, 2:]) / 2, TRUTH[:, 2:] - TRUTH[:, :2]], axis=1)
SIZE = (64, 96)


@pytest.mark.parametrize(
    ("rule", "outputs"),
    [
        (Detection(boxes="b", scores="s"), {"b": TRUTH[None]}),
        (
            Detection(boxes="b", scores="s", box="yxyx", units="normalized"),
            {"b": (TRUTH / (96, 64, 96, 64))[None][..., [1, 0, 3, 2]]},
        ),
        (
            Detection(boxes="b", scores="s", box="xywh"),
            {"b": np.concatenate([TRUTH[:, :2], CENTRES[:, 2:]], 1)[None]},
        ),
        (Detection(boxes="b", scores="s", box="cxcywh"), {"b": CENTRES[None]}),
    ],
)
def test_boxes_in_every_declared_form(rule: Detection, outputs: dict[str, Array]) -> None:
    scores = np.array([[[0.9, 0.1], [0.0, 0.8]]])
    found, best, labels = boxes.read(outputs | {"s": scores}, rule, SIZE)
    order = np.argsort(-best)[:2]
    assert np.allclose(found[order], TRUTH)
    assert labels[order].tolist() == [0, 1]


def test_rows_of_yolo_either_way_round() -> None:
    rows = np.concatenate([CENTRES, [[0.9, 0.1], [0.0, 0.8]]], axis=1)[None]
    plain = boxes.read({"r": rows}, Detection(rows="r", box="cxcywh"), SIZE)
    turned = boxes.read(
        {"r": rows.transpose(0, 2, 1)}, Detection(rows="r", box="cxcywh", transposed=True), SIZE
    )
    assert all(np.array_equal(a, b) for a, b in zip(plain, turned, strict=True))
    sure = np.concatenate([CENTRES, [[0.5, 0.9, 0.1], [1.0, 0.0, 0.8]]], axis=1)[None]
    rule = Detection(rows="r", box="cxcywh", objectness=True, score=0.3)
    _, best, labels = boxes.read({"r": sure}, rule, SIZE)
    assert (best.tolist(), labels.tolist()) == (pytest.approx([0.8, 0.45]), [1, 0])


def test_background_softmax_and_chosen_classes() -> None:
    logits = np.log([[[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]])
    rule = Detection(boxes="b", scores="s", background=True, activation="softmax", score=0.15)
    _, best, labels = boxes.read({"b": TRUTH[None], "s": logits}, rule, SIZE)
    assert (best.tolist(), labels.tolist()) == (pytest.approx([0.8, 0.2]), [1, 0])
    chosen = Detection(boxes="b", scores="s", classes="c", count="n", iou=None)
    outputs = {"b": TRUTH[None], "s": np.array([[0.3, 0.9]]), "c": np.array([[4.0, 7]]), "n": np.array([1.0])}
    found, best, labels = boxes.read(outputs, chosen, SIZE)
    assert (len(found), best.tolist(), labels.tolist()) == (1, [0.3], [4])


def test_anchors_decode_what_they_encode() -> None:
    anchors = Anchors(strides=(16, 32), sizes=((20.0, 40.0), (60.0,)), ratios=(1.0, 2.0))
    prior = boxes.priors(anchors, SIZE)
    assert prior.shape == (4 * 6 * 4 + 2 * 3 * 2, 4)
    assert prior[0].tolist() == [8, 8, 20, 20]
    assert prior[1, 2] / prior[1, 3] == pytest.approx(2)
    wanted = np.tile(CENTRES, (len(prior) // 2, 1))
    location = np.concatenate(
        [
            (wanted[:, :2] - prior[:, :2]) / prior[:, 2:] / 0.1,
            np.log(wanted[:, 2:] / prior[:, 2:]) / 0.2,
        ],
        axis=1,
    )
    assert np.allclose(boxes.from_anchors(location, anchors, SIZE), np.tile(TRUTH, (len(prior) // 2, 1)))
    with pytest.raises(InputError, match="make 108 boxes, the model gives 3"):
        boxes.from_anchors(location[:3], anchors, SIZE)


def test_a_grid_puts_boxes_where_their_cells_are() -> None:
    grid = Grid(kind="yolox", strides=(32,))
    rows = np.zeros((6, 4))
    found = boxes.from_grid(rows, grid, SIZE)
    assert found[4].tolist() == [32 - 16, 32 - 16, 32 + 16, 32 + 16]
    old = Grid(kind="yolov3", strides=(32,), anchors=(((10.0, 20.0),),))
    assert boxes.from_grid(rows, old, SIZE)[4].tolist() == [48 - 5, 48 - 10, 48 + 5, 48 + 10]
    new = Grid(kind="yolov5", strides=(32,), anchors=(((10.0, 20.0),),))
    assert np.array_equal(boxes.from_grid(rows, new, SIZE), boxes.from_grid(rows, old, SIZE))
    head = np.zeros((1, 7, 2, 3))
    head[0, 4:, 1, 1] = (5, 5, -5)
    rule = Detection(heads=("h",), grid=old, objectness=True, activation="sigmoid", score=0.3)
    found, best, labels = boxes.read({"h": head}, rule, SIZE)
    assert (found[0].tolist(), labels[0], len(found)) == ([43, 38, 53, 58], 0, 1)
    assert best[0] == pytest.approx(1 / (1 + np.exp(-5)) ** 2)


def test_suppression_leaves_the_best_of_each_class() -> None:
    row = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [20, 0, 30, 10]])
    assert boxes.suppress(row, np.array([0, 0, 1, 0]), 0.5, 100).tolist() == [0, 2, 3]
    assert boxes.suppress(row, np.array([0, 0, 1, 0]), 0.9, 2).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("rule", "outputs", "words"),
    [
        (Detection(rows="r"), {"r": np.zeros((1, 84, 3))}, "too few"),
        (Detection(rows="r"), {"r": np.zeros((2, 8, 30))}, "not .N, rows, numbers. with N = 1"),
        (
            Detection(boxes="b", scores="s"),
            {"b": np.zeros((1, 4, 9)), "s": np.zeros((1, 9, 2))},
            "a box has 4",
        ),
    ],
)
def test_outputs_that_are_not_as_declared(rule: Detection, outputs: dict[str, Array], words: str) -> None:
    with pytest.raises(InputError, match=words):
        boxes.read(outputs, rule, SIZE)


@pytest.mark.parametrize("place", ["middle", "corner"])
def test_boxes_come_back_from_the_letterbox(place: str) -> None:
    resize = Resize(keep_aspect=True, place=place)  # type: ignore[arg-type]
    spec = Input(name="image", shape=(1, 1, 64, 64), layout="NCHW", preprocess=Preprocess(resize=resize))
    image = np.zeros((50, 100), np.uint8)
    image[10:30, 20:60] = 255
    seen = preprocess(image, spec)[0, 0] > 127
    rows, columns = np.nonzero(seen)
    found = np.array([[[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]], np.float32)
    rule = Detection(boxes="b", scores="s")
    family = Family(card(rule, spec, ("b", "s")), Evaluation(metric="map", detection=rule))
    sample = Sample(name="a", image=image, boxes=())
    row = family.observe(Answer(sample, (50, 100), {"b": found, "s": np.ones((1, 1, 1), np.float32)}))
    assert np.abs(np.asarray(row["found"])[0] - (20, 10, 60, 30)).max() < 1.6  # a pixel of the input
