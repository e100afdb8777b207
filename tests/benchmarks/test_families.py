"""Each family of metrics on answers whose figures are known: by hand, or from the library that the field uses."""

import numpy as np
import pytest

from benchmarks.accuracy import Observer, scores
from benchmarks.metrics.families import family
from registry.card import Card, Entry, Evaluation, Input, Licenses, Output, Source
from registry.card_evaluation import Detection, Keypoints, Restoration, Segmentation, Text
from registry.errors import InputError
from registry.preprocess import Array
from registry.sample import Box, Sample

PIXELS = Input(name="image", shape=(1, 3, 8, 8), layout="NCHW", color="RGB")
BLANK = np.zeros((8, 8, 3), np.uint8)


def figures(
    rule: Evaluation, pairs: list[tuple[Sample, dict[str, Array]]], task: str = "test", **more: Array
) -> dict[str, float]:
    """The figures of samples and a model's answers to them; `more` is the source model's answer to each."""
    names = tuple(pairs[0][1])
    card = Card(
        schema=1, name="tested", task=task, description="",
        licenses=Licenses(code="Apache-2.0", weights="Apache-2.0"), source=Source(path="."),
        entry=Entry(model="model.onnx"), inputs=(PIXELS,), outputs=tuple(Output(name=name) for name in names),
        evaluation=rule,
    )  # fmt: skip
    found = family(card)
    observer = Observer(found, "tested")
    for sample, outputs in pairs:
        observer.see(sample, (8, 8), outputs, more or None)
    return {score.metric: score.value for score in scores(found, observer.observed())}


def test_top5_counts_the_first_five() -> None:
    ranked = np.arange(10, 0, -1, dtype=np.float32)[None]
    pairs = [(Sample(name=str(label), image=BLANK, label=label), {"out": ranked}) for label in (0, 4, 5, 9)]
    assert figures(Evaluation(metric="top5"), pairs) == {"top1": 0.25, "top5": 0.5}


def test_mean_intersection_over_union_without_ignored_pixels() -> None:
    truth = np.zeros((8, 8), np.uint8)
    truth[:, 4:] = 1
    truth[0] = 255
    planes = np.zeros((1, 2, 8, 8), np.float32)
    planes[0, 1, :, 2:] = 1
    found = figures(Evaluation(metric="miou"), [(Sample(name="a", image=BLANK, mask=truth), {"out": planes})])
    # 7 rows count: class 0 has 14 of 28 pixels right, class 1 28 of 42
    assert found == pytest.approx({"miou": (14 / 28 + 28 / 42) / 2, "pixel_accuracy": 42 / 56})
    rule = Evaluation(metric="miou", segmentation=Segmentation(ignore=None))
    with pytest.raises(InputError, match="has class 255"):
        figures(rule, [(Sample(name="a", image=BLANK, mask=truth), {"out": planes})])


def test_the_structure_measure_of_the_truth_itself() -> None:
    mask = np.zeros((8, 8), np.uint8)
    mask[2:6, 3:7] = 255
    plane = (mask / 255).astype(np.float32)[None, None]
    found = figures(
        Evaluation(metric="saliency"), [(Sample(name="a", image=BLANK, mask=mask), {"out": plane})]
    )
    assert found["s_measure"] == pytest.approx(1, abs=1e-6)
    assert (found["mae"], found["max_f"]) == pytest.approx((0, 1), abs=1e-6)
    empty = figures(
        Evaluation(metric="saliency"), [(Sample(name="a", image=BLANK, mask=mask), {"out": plane * 0})]
    )
    assert empty["s_measure"] < 0.5


def test_average_precision() -> None:
    pytest.importorskip("pycocotools")
    rule = Evaluation(
        metric="map", classes=("a", "b"), detection=Detection(boxes="boxes", scores="scores", iou=None)
    )
    labelled = tuple(Box(corners=corners, category=0, area=16) for corners in ((0, 0, 4, 4), (4, 4, 8, 8)))
    sample = Sample(name="a", image=BLANK, boxes=labelled)
    both = np.asarray([[[0, 0, 4, 4], [4, 4, 8, 8]]], np.float32)
    sure = np.asarray([[[0.9, 0], [0.8, 0]]], np.float32)
    assert figures(rule, [(sample, {"boxes": both, "scores": sure})])["map"] == pytest.approx(1)
    # one of two objects is found: the precision is 1 up to a recall of 0.5, 51 of COCO's 101 points
    one = figures(rule, [(sample, {"boxes": both[:, :1], "scores": sure[:, :1]})])
    assert one == pytest.approx({"map": 51 / 101, "map50": 51 / 101, "map75": 51 / 101})


def test_landmarks() -> None:
    truth = np.asarray([[1, 1], [5, 1], [3, 5]], np.float64)
    answer = (truth + np.asarray([[0, 0], [0, 1], [0, 0]])).astype(np.float32)[None]
    rule = Evaluation(metric="keypoints", keypoints=Keypoints(normalizer=(0, 1), pck=0.1))
    found = figures(rule, [(Sample(name="a", image=BLANK, points=truth), {"out": answer})])
    assert found == pytest.approx({"nme": 1 / 3 / 4, "pck": 2 / 3})


def test_restoration_as_scikit_image_says() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    random = np.random.default_rng(0)
    large = random.integers(0, 256, (32, 32, 3)).astype(np.uint8)
    answer = np.clip(large + random.normal(0, 9, large.shape), 0, 255).astype(np.float32)
    rule = Evaluation(metric="psnr", restoration=Restoration(multiply=1, channel="RGB", crop=0))
    found = figures(
        rule, [(Sample(name="a", image=BLANK, large=large), {"out": answer.transpose(2, 0, 1)[None]})]
    )
    expected = metrics.peak_signal_noise_ratio(
        large.astype(float), np.rint(answer).astype(float), data_range=255
    )
    assert found["psnr"] == pytest.approx(expected)


def test_text_by_the_best_path() -> None:
    pytest.importorskip("jiwer")
    rule = Evaluation(metric="text", text=Text(alphabet="abc "))
    classes = [1, 1, 0, 1, 2, 4, 3, 3]  # a, a, b, space, c once repetitions are merged and blanks dropped
    path = np.eye(5, dtype=np.float32)[classes][None]
    right = figures(rule, [(Sample(name="a", image=BLANK, text="aab c"), {"out": path})])
    assert right == {"word_accuracy": 1, "character_accuracy": 1, "exact": 1}
    wrong = figures(rule, [(Sample(name="a", image=BLANK, text="aab a"), {"out": path})])
    assert wrong == pytest.approx({"word_accuracy": 0.5, "character_accuracy": 0.8, "exact": 0})


def test_agreement_with_the_source_model() -> None:
    theirs = np.asarray([[3.0, 4.0]], np.float32)
    sample = Sample(name="a", image=BLANK)
    rule = Evaluation(metric="agreement")
    same = figures(rule, [(sample, {"out": theirs})], task="image-classification", out=theirs)
    assert same["top1_agreement"] == 1
    other = figures(
        rule, [(sample, {"out": theirs + np.float32(0.5) * np.eye(1, 2, dtype=np.float32)})], out=theirs
    )
    assert other["sqnr"] == pytest.approx(10 * np.log10(25 / 0.25))
    turned = figures(Evaluation(metric="cosine"), [(sample, {"out": theirs[:, ::-1]})], out=theirs)
    assert turned == pytest.approx({"cosine": 24 / 25})


def test_a_sample_without_its_label_is_an_input_error() -> None:
    bare = Sample(name="bare", image=BLANK)
    for rule in (
        Evaluation(metric="top1"),
        Evaluation(metric="miou"),
        Evaluation(metric="keypoints"),
        Evaluation(metric="psnr"),
    ):
        with pytest.raises(InputError, match="bare"):
            figures(rule, [(bare, {"out": np.zeros((1, 3, 8, 8), np.float32)})])
