"""Super-resolution and other image restoration: PSNR and SSIM, by scikit-image."""

from typing import Any

import numpy as np

from benchmarks.metrics.family import Answer, Stacked, only_input, scored_output, without_batch
from benchmarks.metrics.figure import DECIBEL, PLAIN, Array, Figure, FloatArray, Row, Stats, mean_of
from registry.card import Card, Evaluation, Input
from registry.card_evaluation import Restoration as Rule
from registry.errors import InputError, MissingDependencyError
from registry.preprocess import load_image
from registry.sample import Sample

_LARGEST_DB = 100.0
"""What is told of an image without an error (its PSNR is infinite)."""
_Y = np.array([65.481, 128.553, 24.966]) / 255
"""BT.601 luma of RGB in 0…255, then + 16: MATLAB's rgb2ycbcr, which super-resolution papers use."""


class Restoration(Stacked):
    """An image in 0…255 held against the labelled one, borders cut off (as Timofte et al. 2017, NTIRE, and papers before it do)."""

    label = "large"

    def __init__(self, card: Card, rule: Evaluation) -> None:
        self.outputs: tuple[str, ...] = (scored_output(card),)
        self._rule = rule.restoration
        self._spec = only_input(card)
        self._measures = _scikit_image()

    def figures(self, stats: Stats) -> tuple[Figure, ...]:
        return (Figure("psnr", mean_of("psnr"), DECIBEL), Figure("ssim", mean_of("ssim"), PLAIN))

    def observe(self, answer: Answer) -> Row:
        found = self._image(answer.outputs[self.outputs[0]])
        truth, factor = fitted(answer.sample.large_array(), self._spec, found.shape)
        ours, theirs = _channels(found, truth, self._rule.channel)
        crop = factor if self._rule.crop is None else self._rule.crop
        if min(ours.shape[:2]) <= 2 * crop + 10:
            raise InputError(
                f"The output of {answer.sample.name}, {ours.shape[1]} x {ours.shape[0]}, leaves nothing within its borders."
            )
        inner = slice(crop, -crop or None)
        ours, theirs = ours[inner, inner], theirs[inner, inner]
        error = float(np.mean((ours - theirs) ** 2))
        psnr = self._measures.peak_signal_noise_ratio(theirs, ours, data_range=255) if error else _LARGEST_DB
        ssim = self._measures.structural_similarity(
            theirs,
            ours,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            channel_axis=2 if ours.ndim == 3 else None,
        )
        return {"psnr": min(float(psnr), _LARGEST_DB), "ssim": float(ssim)}

    def _image(self, output: FloatArray) -> FloatArray:
        """[H, W, C] in whole levels 0…255, RGB."""
        planes = without_batch(output, 3)
        if planes.ndim == 2:
            planes = planes[..., None]
        elif planes.ndim == 3 and not (self._spec.layout or "NCHW").endswith("C"):
            planes = planes.transpose(1, 2, 0)
        if planes.ndim != 3 or planes.shape[2] not in (1, 3):
            raise InputError(f"psnr needs an output of one image, not of shape {output.shape}.")
        image = planes[..., ::-1] if self._spec.color == "BGR" else planes
        real = np.asarray(image, np.float64) * self._rule.multiply + self._rule.add
        return np.asarray(np.clip(np.rint(real), 0, 255))


def small(image: Array, sample: Sample, spec: Input, rule: Rule) -> Array:
    """What the model is shown of a sample: its small image, or its large one made small; where the input has another size, the middle."""
    if rule.factor is not None and sample.large is sample.image:
        image = _reduced(
            load_image(sample.image) if not isinstance(sample.image, np.ndarray) else image, rule.factor
        )
    size = _input_size(spec)
    if spec.preprocess.resize is not None or image.shape[:2] == size:
        return image
    top, left = _corner((image.shape[0], image.shape[1]), size, spec)
    return image[top : top + size[0], left : left + size[1]]


def fitted(large: Array, spec: Input, found: tuple[int, ...]) -> tuple[Array, int]:
    """The part of the large image that the model was shown (see `small`), and the factor of enlargement."""
    size = _input_size(spec)
    factor = max(1, found[0] // size[0])
    if spec.preprocess.resize is not None or large.shape[:2] == found[:2]:
        if large.shape[:2] != found[:2]:
            raise InputError(
                f"The large image is {large.shape[1]} x {large.shape[0]}, the model's {found[1]} x {found[0]}."
            )
        return large, factor
    low = large.shape[0] // factor, large.shape[1] // factor
    top, left = (factor * place for place in _corner(low, size, spec))
    return large[top : top + found[0], left : left + found[1]], factor


def _corner(image: tuple[int, int], size: tuple[int, int], spec: Input) -> tuple[int, int]:
    if image[0] < size[0] or image[1] < size[1]:
        raise InputError(
            f"An image of {image[1]} x {image[0]} is smaller than input `{spec.name}`, {size[1]} x {size[0]}."
        )
    return (image[0] - size[0]) // 2, (image[1] - size[1]) // 2


def _input_size(spec: Input) -> tuple[int, int]:
    layout = spec.layout or "NCHW"
    return spec.shape[layout.index("H")], spec.shape[layout.index("W")]


def _reduced(image: Array, factor: int) -> Array:
    """Bicubic with antialiasing, of the part that the factor divides (Pillow's kernel is MATLAB's, a = -0.5)."""
    from PIL import Image

    height, width = image.shape[0] // factor, image.shape[1] // factor
    part = Image.fromarray(image[: height * factor, : width * factor])
    return np.asarray(part.resize((width, height), Image.Resampling.BICUBIC))


def _channels(found: FloatArray, truth: Array, channel: str) -> tuple[FloatArray, FloatArray]:
    """Both images as they are compared: [H, W] luma, or [H, W, 3]."""
    if found.shape[2] == 1:
        other = truth.astype(np.float64)
        return found[..., 0], other if other.ndim == 2 else other @ _Y + 16
    other = (np.repeat(truth[..., None], 3, 2) if truth.ndim == 2 else truth).astype(np.float64)
    return (found, other) if channel == "RGB" else (found @ _Y + 16, other @ _Y + 16)


def _scikit_image() -> Any:
    try:
        from skimage import metrics
    except ImportError as error:
        raise MissingDependencyError('PSNR and SSIM need scikit-image: pip install "zoo[eval]".') from error
    return metrics
