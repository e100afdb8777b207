from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy import Predict, score
from registry.card import Card, Entry, Evaluation, Input, Licenses, Output, Preprocess, Resize, Source
from registry.errors import InputError, VerificationError
from registry.preprocess import Array
from tests.conftest import corpus

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def card(spec: Input, evaluation: Evaluation | None, outputs: tuple[str, ...] = ("out",)) -> Card:
    return Card(
        schema=1,
        name="tested",
        task="test",
        description="",
        licenses=Licenses(code="Apache-2.0", weights="Apache-2.0"),
        source=Source(path="."),
        entry=Entry(model="model.onnx"),
        inputs=(spec,),
        outputs=tuple(Output(name=name, keep=name != "dropped") for name in outputs),
        evaluation=evaluation,
    )


PIXELS = Input(name="image", shape=(1, 1, 2, 2), layout="NCHW", color="gray")
TOP1 = Evaluation(metric="top1")


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    """Four images; the class is the place of the brightest pixel; the last label is wrong."""
    images = np.zeros((4, 2, 2), np.uint8)
    images.reshape(4, 4)[range(4), range(4)] = 200
    np.savez(tmp_path / "data.npz", images=images, labels=np.array([0, 1, 2, 0]))
    return tmp_path / "data.npz"


def brightest(inputs: dict[str, Array]) -> dict[str, Array]:
    return {"out": inputs["image"].reshape(1, 4)}


def test_top1(npz: Path) -> None:
    (result,) = score(card(PIXELS, TOP1), brightest, data=npz, artifact="a.tflite")
    assert (result.artifact, result.metric, result.value, result.samples) == ("a.tflite", "top1", 0.75, 4)


def test_limit_and_progress(npz: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    (result,) = score(
        card(PIXELS, TOP1),
        brightest,
        data=npz,
        limit=2,
        progress=lambda what, done=0, total=None: seen.append((done, total)),
    )
    assert result.samples == 2
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_the_named_output_is_read(npz: Path) -> None:
    def predict(inputs: dict[str, Array]) -> dict[str, Array]:
        return {"out": np.zeros((1, 4)), "other": inputs["image"].reshape(1, 4)}

    named = Evaluation(metric="top1", output="other")
    (result,) = score(card(PIXELS, named, ("out", "other")), predict, data=npz)
    assert result.value == 0.75


@pytest.mark.parametrize(
    ("evaluation", "predict", "error", "words"),
    [
        (None, brightest, InputError, "declares no `evaluation`"),
        (
            Evaluation(metric="top1", output="dropped"),
            brightest,
            InputError,
            "`dropped`, which is none of out",
        ),
        (TOP1, lambda inputs: {"wrong": np.zeros(4)}, InputError, "has no output `out`, only wrong"),
        (TOP1, lambda inputs: {"out": np.zeros((1, 2))}, InputError, "label 2, the model gives 2 scores"),
        (
            TOP1,
            lambda inputs: {"out": np.full((1, 4), np.nan)},
            VerificationError,
            r"data\[0\] with values that are not finite",
        ),
        (Evaluation(metric="saliency"), brightest, InputError, "one channel"),
    ],
)
def test_what_does_not_fit_is_said(
    npz: Path, evaluation: Evaluation | None, predict: Predict, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        score(card(PIXELS, evaluation, ("out", "dropped")), predict, data=npz)


def test_without_data_the_user_is_told(npz: Path) -> None:
    with pytest.raises(InputError, match="--data"):
        score(card(PIXELS, TOP1), brightest)


@pytest.fixture
def saliency_folder(tmp_path: Path) -> Path:
    """Two white squares on black, 40 × 24, each its own mask."""
    for index, (top, left) in enumerate([(4, 8), (8, 16)]):
        pixels = np.zeros((24, 40), np.uint8)
        pixels[top : top + 12, left : left + 16] = 255
        for folder, suffix in (("images", "png"), ("masks", "png")):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / folder / f"{index}.{suffix}")
    return tmp_path


@pytest.mark.parametrize("keep_aspect", [False, True])
def test_saliency_of_a_model_that_sees_everything(saliency_folder: Path, keep_aspect: bool) -> None:
    spec = Input(
        name="image",
        shape=(1, 1, 40, 40),
        layout="NCHW",
        preprocess=Preprocess(resize=Resize(method="nearest", keep_aspect=keep_aspect), divide_by=255),
    )
    mae, max_f, _ = score(
        card(spec, Evaluation(metric="saliency")),
        lambda inputs: {"out": inputs["image"]},
        data=saliency_folder,
    )
    assert (mae.metric, max_f.metric, mae.samples) == ("mae", "max_f", 2)
    assert mae.value < 0.03  # the bilinear way back blurs the edge
    assert max_f.value > 0.97


def test_saliency_of_a_blind_model(saliency_folder: Path) -> None:
    spec = Input(name="image", shape=(1, 1, 24, 40), layout="NCHW")
    mae, max_f, _ = score(
        card(spec, Evaluation(metric="saliency")),
        lambda inputs: {"out": np.ones((1, 1, 24, 40))},
        data=saliency_folder,
    )
    share = 12 * 16 / (24 * 40)
    assert mae.value == pytest.approx(share)
    assert max_f.value == pytest.approx(1.3 * share / (0.3 * share + 1))


def onnx_model(path: Path) -> tuple[Predict, str, str]:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    run: Callable[[dict[str, Array]], dict[str, Array]] = lambda inputs: dict(  # noqa: E731
        zip(names, session.run(None, inputs), strict=True)
    )
    return run, session.get_inputs()[0].name, names[0]


@pytest.mark.corpus
def test_resnet20_has_its_known_accuracy() -> None:
    predict, name, output = onnx_model(corpus("onnx/resnet20_cifar10.onnx"))
    spec = Input(
        name=name, shape=(1, 3, 32, 32), layout="NCHW", preprocess=Preprocess(divide_by=255, **IMAGENET)
    )
    (result,) = score(card(spec, TOP1, (output,)), predict, data=corpus("eval_cifar10_test500"))
    assert (result.value, result.samples) == (0.798, 500)


@pytest.mark.corpus
def test_u2netp_has_its_known_quality_on_a_few_images() -> None:
    predict, name, output = onnx_model(corpus("onnx/u2netp.onnx"))
    preprocess = Preprocess(resize=Resize(), divide_by="max", **IMAGENET)
    spec = Input(name=name, shape=(1, 3, 320, 320), layout="NCHW", color="RGB", preprocess=preprocess)
    mae, max_f, _ = score(
        card(spec, Evaluation(metric="saliency"), (output,)), predict, data=corpus("eval_ecssd_100"), limit=8
    )
    assert mae.value < 0.028  # 0.0295 where red and blue are swapped
    assert max_f.value > 0.975
