"""A card's preprocessing beside what the repositories themselves do to an image, written out as they do it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from registry import catalog
from registry.card import Input, Preprocess, Resize
from registry.preprocess import load_image, preprocess
from tests.conftest import corpus

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Something with soft and hard edges, uint8 [H, W, 3]."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (9, 12, 3)).astype(np.uint8))
    pixels = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).copy()
    pixels[height // 3 : height // 2, width // 4 : width // 2] = random.integers(0, 256, 3)
    return pixels


def u2net_loader(image: np.ndarray) -> np.ndarray:
    """RescaleT(320) and ToTensorLab(flag=0) of xuebinqin/U-2-Net, data_loader.py, as u2net_test.py composes them."""
    transform = pytest.importorskip("skimage.transform")
    if image.ndim == 2:
        image = np.stack([image] * 3, axis=2)
    rescaled = transform.resize(image, (320, 320), mode="constant")
    rescaled = rescaled / np.max(rescaled)
    tensor = np.zeros((320, 320, 3))
    for channel in range(3):
        tensor[:, :, channel] = (rescaled[:, :, channel] - MEAN[channel]) / STD[channel]
    return tensor.transpose(2, 0, 1)[None]


@pytest.mark.parametrize("size", [(300, 400), (1200, 900), (80, 640)])
@pytest.mark.parametrize("name", ["u2net", "u2netp"])
def test_u2net_as_its_own_loader(name: str, size: tuple[int, int]) -> None:
    image = photo(*size)
    spec = catalog.load(name).inputs[0]
    assert np.abs(preprocess(image, spec) - u2net_loader(image)).max() < 1e-5


@pytest.mark.corpus
def test_u2net_as_its_own_loader_on_real_images() -> None:
    spec = catalog.load("u2netp").inputs[0]
    for file in sorted(corpus("eval_ecssd_100/images").iterdir())[::20]:
        assert np.abs(preprocess(file, spec) - u2net_loader(load_image(file))).max() < 1e-5


def torchvision_classifier(image: Image.Image, shorter: int, size: int) -> np.ndarray:
    """Resize(shorter), CenterCrop(size), ToTensor, Normalize of torchvision 0.2x on a Pillow image (functional.py)."""
    width, height = image.size
    short, long = (width, height) if width <= height else (height, width)
    new_long = int(shorter * long / short)
    new = (shorter, new_long) if width <= height else (new_long, shorter)
    resized = image.resize(new, Image.Resampling.BILINEAR)
    top, left = round((new[1] - size) / 2.0), round((new[0] - size) / 2.0)
    cropped = resized.crop((left, top, left + size, top + size))
    return ((np.asarray(cropped, np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)[None]


CLASSIFIER = Input(
    name="image",
    shape=(1, 3, 224, 224),
    layout="NCHW",
    color="RGB",
    preprocess=Preprocess(
        resize=Resize(crop_pct=0.875, whole_levels=True), divide_by=255, mean=MEAN, std=STD
    ),
)


@settings(max_examples=20)
@given(st.integers(100, 700), st.integers(100, 700))
def test_a_classifier_as_torchvision(height: int, width: int) -> None:
    image = photo(height, width)
    expected = torchvision_classifier(Image.fromarray(image), 256, 224)
    assert np.abs(preprocess(image, CLASSIFIER) - expected).max() < 1e-5


@pytest.mark.corpus
def test_a_classifier_as_torchvision_on_real_images() -> None:
    for file in sorted(corpus("eval_ecssd_100/images").iterdir())[::20]:
        expected = torchvision_classifier(Image.open(file).convert("RGB"), 256, 224)
        assert np.abs(preprocess(file, CLASSIFIER) - expected).max() < 1e-5


def letterbox(image: np.ndarray, size: int, corner: bool) -> np.ndarray:
    """YOLOv5's (in the middle) and YOLOX's (in the corner) border of 114 around an image resized without changing its aspect."""
    height, width = image.shape[:2]
    ratio = min(size / height, size / width)
    new_height, new_width = round(height * ratio), round(width * ratio)
    resized = np.asarray(Image.fromarray(image).resize((new_width, new_height), Image.Resampling.BILINEAR))
    canvas = np.full((size, size, 3), 114, np.uint8)
    top, left = (0, 0) if corner else ((size - new_height) // 2, (size - new_width) // 2)
    canvas[top : top + new_height, left : left + new_width] = resized
    return canvas


@pytest.mark.parametrize("corner", [False, True])
@pytest.mark.parametrize("size", [(300, 400), (640, 111)])
def test_a_detector_as_its_letterbox(size: tuple[int, int], corner: bool) -> None:
    image = photo(*size)
    resize = Resize(keep_aspect=True, fill=114, place="corner" if corner else "middle", whole_levels=True)
    spec = Input(name="image", shape=(1, 160, 160, 3), layout="NHWC", preprocess=Preprocess(resize=resize))
    assert np.array_equal(preprocess(image, spec)[0], letterbox(image, 160, corner))


def test_forms_that_contradict_each_other_are_no_card() -> None:
    with pytest.raises(ValueError, match="not both"):
        Resize(keep_aspect=True, crop_pct=0.9)
    with pytest.raises(ValueError, match="bilinear"):
        Resize(antialias="gaussian", method="bicubic")
    with pytest.raises(ValueError, match="edge: zero"):
        Resize(edge="zero")


def test_raw_numbers_of_an_image_are_in_the_inputs_order(tmp_path: Path) -> None:
    image = photo(6, 4)
    spec = Input(name="image", shape=(1, 6, 4, 3), layout="NHWC", preprocess=Preprocess(divide_by=255))
    assert np.array_equal(preprocess(image.ravel(), spec), preprocess(image, spec))
