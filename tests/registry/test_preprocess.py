from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from registry.card import Input, Preprocess, Resize
from registry.errors import InputError
from registry.preprocess import content_box, load_image, preprocess, resize_plane

RGB = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def spec(shape: tuple[int, ...], layout: str | None, rule: Preprocess | None = None, **more: object) -> Input:
    return Input(name="image", shape=shape, layout=layout, preprocess=rule or Preprocess(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "layout", "expected"),
    [
        ((1, 3, 2, 3), "NCHW", RGB.transpose(2, 0, 1)[None]),
        ((1, 2, 3, 3), "NHWC", RGB[None]),
        ((2, 3, 3), "HWC", RGB),
        ((3, 3, 2), "CWH", RGB.transpose(2, 1, 0)),
        ((4, 3, 2, 3), "NCHW", np.repeat(RGB.transpose(2, 0, 1)[None], 4, 0)),
    ],
)
def test_the_layout_is_the_cards(shape: tuple[int, ...], layout: str, expected: np.ndarray) -> None:
    array = preprocess(RGB, spec(shape, layout))
    assert array.dtype == np.float32
    assert array.flags["C_CONTIGUOUS"]
    assert array.flags["WRITEABLE"]
    assert np.array_equal(array, expected)


def test_colour_order_and_grey() -> None:
    bgr = preprocess(RGB, spec((1, 2, 3, 3), "NHWC", color="BGR"))
    assert np.array_equal(bgr[0], RGB[..., ::-1])
    gray = preprocess(RGB, spec((1, 1, 2, 3), "NCHW", color="gray"))
    assert np.abs(gray[0, 0] - np.asarray(Image.fromarray(RGB).convert("L"), np.float32)).max() <= 1
    spread = preprocess(RGB[..., 0], spec((1, 3, 2, 3), "NCHW", color="RGB"))
    assert np.array_equal(spread[0], np.stack([RGB[..., 0]] * 3))
    assert preprocess(RGB[..., 0], spec((1, 2, 3), "NHW")).shape == (1, 2, 3)


def test_mean_and_std_are_per_channel_in_the_models_order() -> None:
    rule = Preprocess(divide_by=255, mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7))
    array = preprocess(RGB, spec((1, 3, 2, 3), "NCHW", rule, color="BGR"))
    expected = (RGB[..., ::-1] / 255 - [0.1, 0.2, 0.3]) / [0.5, 0.6, 0.7]
    assert np.allclose(array[0].transpose(1, 2, 0), expected, atol=1e-6)


def test_divide_by_max_is_the_images_own_and_a_black_image_stays_black() -> None:
    rule = Preprocess(divide_by="max")
    assert preprocess(RGB, spec((1, 2, 3, 3), "NHWC", rule)).max() == 1
    assert not preprocess(np.zeros_like(RGB), spec((1, 2, 3, 3), "NHWC", rule)).any()


def test_integer_inputs_are_rounded_and_saturate() -> None:
    image = np.array([[0, 100, 255]], np.uint8)
    shifted = preprocess(
        image, spec((1, 1, 3, 1), "NHWC", Preprocess(mean=(128.0,), std=(0.9,)), dtype="int8")
    )
    assert (shifted.dtype, shifted.ravel().tolist()) == (np.int8, [-128, -31, 127])


def test_the_range_is_checked() -> None:
    inside = spec((1, 2, 3, 3), "NHWC", Preprocess(divide_by=255), range=(0, 1))
    assert preprocess(RGB, inside).max() <= 1
    outside = spec((1, 2, 3, 3), "NHWC", range=(0, 1))
    with pytest.raises(InputError, match=r"first.* from 0 to 17, outside of the card's range 0 to 1"):
        preprocess(RGB, outside, "first")


@pytest.mark.parametrize(
    ("image", "wanted", "words"),
    [
        (RGB, spec((1, 3, 4, 4), "NCHW"), "3 x 2, input `image` is 4 x 4 and the card declares no `resize`"),
        (RGB, spec((1, 4, 2, 3), "NCHW"), "takes 4 channels, but its images have 3"),
        (RGB[None], spec((1, 3, 2, 3), "NCHW"), "must be"),
        (
            RGB,
            spec((1, 3, 2, 3), "NCHW", Preprocess(mean=(0.0, 1.0))),
            "`mean` of input `image` has 2 numbers",
        ),
        (RGB, spec((1, 40), None), r"shape \(2, 3, 3\) does not fit input `image` of shape \(1, 40\)"),
        (Path("photo.jpg"), spec((1, 40), None), "no `layout` with H and W"),
        (np.full((2, 3, 3), np.nan), spec((1, 3, 2, 3), "NCHW"), "not finite"),
    ],
)
def test_what_does_not_fit_is_said(image: np.ndarray | Path, wanted: Input, words: str) -> None:
    with pytest.raises(InputError, match=words):
        preprocess(image, wanted)


def test_features_that_are_no_image_pass_through() -> None:
    features = np.linspace(0, 1, 10, dtype=np.float32)
    assert np.array_equal(preprocess(features, spec((1, 10), "NC"))[0], features)


def test_files_are_read_as_grey_or_rgb(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "color.png")
    Image.fromarray(RGB[..., 0]).save(tmp_path / "gray.png")
    Image.fromarray(RGB).convert("RGBA").save(tmp_path / "alpha.png")
    Image.fromarray(RGB).convert("P").save(tmp_path / "palette.png")
    assert np.array_equal(load_image(tmp_path / "color.png"), RGB)
    assert np.array_equal(load_image(tmp_path / "gray.png"), RGB[..., 0])
    assert np.array_equal(load_image(tmp_path / "alpha.png"), RGB)
    assert load_image(tmp_path / "palette.png").shape == RGB.shape
    assert np.array_equal(preprocess(tmp_path / "color.png", spec((1, 2, 3, 3), "NHWC"))[0], RGB)


def test_what_is_no_image_is_said(tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html>")
    with pytest.raises(InputError, match=r"page\.jpg cannot be read as an image"):
        load_image(tmp_path / "page.jpg")
    with pytest.raises(InputError, match=r"gone\.png cannot be read"):
        load_image(tmp_path / "gone.png")


def half_pixel_bilinear(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Point-sampled bilinear with half-pixel centres and clamped edges, written out."""
    result = plane.astype(np.float64)
    for axis, length in enumerate(size):
        have = result.shape[axis]
        position = np.clip((np.arange(length) + 0.5) * have / length - 0.5, 0, have - 1)
        low = np.floor(position).astype(int)
        share = (position - low).reshape((-1, 1) if axis == 0 else (1, -1))
        high = np.minimum(low + 1, have - 1)
        result = result.take(low, axis) * (1 - share) + result.take(high, axis) * share
    return result


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 20), st.integers(1, 20), st.integers(0, 99))
def test_bilinear_without_antialias_is_point_sampling(
    h: int, w: int, height: int, width: int, seed: int
) -> None:
    plane = np.random.default_rng(seed).uniform(0, 255, (h, w)).astype(np.float32)
    found = resize_plane(plane, (height, width), Resize(antialias=False))
    assert np.abs(found - half_pixel_bilinear(plane, (height, width))).max() < 1e-3


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3), st.integers(0, 99))
def test_antialias_only_matters_when_the_image_shrinks(
    h: int, w: int, more_h: int, more_w: int, seed: int
) -> None:
    plane = np.random.default_rng(seed).uniform(0, 255, (h, w)).astype(np.float32)
    size = (h + more_h, w + more_w)
    smooth, sharp = (resize_plane(plane, size, Resize(antialias=antialias)) for antialias in (True, False))
    assert np.abs(smooth - sharp).max() < 1e-3


def test_area_is_the_mean_of_what_is_covered() -> None:
    plane = np.arange(16, dtype=np.float32).reshape(4, 4)
    found = resize_plane(plane, (2, 2), Resize(method="area"))
    assert np.array_equal(found, plane.reshape(2, 2, 2, 2).mean((1, 3)))


def test_nearest_keeps_values() -> None:
    found = resize_plane(RGB[..., 0], (8, 6), Resize(method="nearest"))
    assert np.array_equal(found, np.repeat(np.repeat(RGB[..., 0], 4, 0), 2, 1))


def test_antialias_keeps_the_mean_of_a_fine_pattern() -> None:
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.float32)
    assert np.abs(resize_plane(board, (16, 16), Resize())[1:-1, 1:-1] - 127.5).max() < 1
    assert np.abs(resize_plane(board, (16, 16), Resize(method="nearest")) - 127.5).min() > 100


def test_bicubic_does_not_leave_the_range_of_8_bits() -> None:
    edge = np.zeros((8, 8), np.uint8)
    edge[:, 4:] = 255
    wanted = spec((1, 1, 16, 16), "NCHW", Preprocess(resize=Resize(method="bicubic")), range=(0, 255))
    assert preprocess(edge, wanted).max() == 255


def test_keep_aspect_puts_the_image_in_the_middle() -> None:
    image = np.full((2, 4), 200, np.uint8)
    wanted = spec((1, 1, 8, 8), "NCHW", Preprocess(resize=Resize(keep_aspect=True)))
    array = preprocess(image, wanted)[0, 0]
    assert (array[2:6] == 200).all()
    assert not array[:2].any()
    assert not array[6:].any()


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 300), st.integers(1, 300))
def test_the_content_lies_inside_and_touches_two_sides(h: int, w: int, height: int, width: int) -> None:
    top, left, inner_h, inner_w = content_box((h, w), (height, width), Resize(keep_aspect=True))
    assert inner_h >= 1
    assert inner_w >= 1
    assert 0 <= top <= height - inner_h
    assert 0 <= left <= width - inner_w
    assert inner_h == height or inner_w == width
    assert content_box((h, w), (height, width), Resize()) == (0, 0, height, width)
