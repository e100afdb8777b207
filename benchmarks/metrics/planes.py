"""Maps as large as the model's input, brought back to the image that they show."""

from typing import Any

import numpy as np

from benchmarks.metrics.figure import Array, FloatArray
from registry.card import Input
from registry.errors import InputError, MissingDependencyError
from registry.preprocess import content_box


def content(plane: Array, spec: Input, image: tuple[int, int]) -> Array:
    """The part of a map [H, W, …] that shows the image: all of it, but for the margins of an input resized with `keep_aspect`.

    Raises InputError where the input shows a part of the image only.
    """
    if spec.preprocess.resize is not None and spec.preprocess.resize.crop_pct is not None:
        raise InputError(
            f"Input `{spec.name}` is cropped (`crop_pct`), so its map does not show the whole image: this metric needs all of it."
        )
    top, left, height, width = content_box(image, (plane.shape[0], plane.shape[1]), spec.preprocess.resize)
    return plane[top : top + height, left : left + width]


def resize_levels(levels: Array, size: tuple[int, int]) -> FloatArray:
    """A plane of uint8 [H, W], bilinear to `size` (height, width) in whole levels by Pillow, as float32."""
    image = _pillow().fromarray(levels)
    return np.asarray(image.resize((size[1], size[0]), _pillow().Resampling.BILINEAR), np.float32)


def resize_plane(plane: FloatArray, size: tuple[int, int], *, nearest: bool = False) -> FloatArray:
    """A plane [H, W] in float32 to `size` (height, width): bilinear with half-pixel centres, or the nearest value."""
    if plane.shape == size:
        return plane
    how = _pillow().Resampling.NEAREST if nearest else _pillow().Resampling.BILINEAR
    image = _pillow().fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(image.resize((size[1], size[0]), how))


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError("This metric needs Pillow: pip install pillow.") from error
    return Image
