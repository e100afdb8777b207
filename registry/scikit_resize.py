"""Resampling as scikit-image's `transform.resize` does it, for the repositories that prepare their images so; needs scipy alone."""

import numpy as np
import numpy.typing as npt

from registry.errors import MissingDependencyError

FloatArray = npt.NDArray[np.float32]


def resize_plane(plane: FloatArray, size: tuple[int, int], *, smooth: bool, zero_edge: bool) -> FloatArray:
    """One channel [H, W] to `size`, bilinear with half-pixel centres.

    `smooth`: first, where it shrinks by the factor f, a Gaussian of σ = (f - 1) / 2. `zero_edge`: outside of the image all is 0
    (`mode="constant"`), which darkens the border of what grows; else its edge goes on.
    """
    try:
        from scipy import ndimage
    except ImportError as error:
        raise MissingDependencyError(
            'A card with `antialias: gaussian` or `edge: zero` needs scipy: pip install "zoo[tflite]".'
        ) from error
    real = plane.astype(np.float64)
    factors = np.divide(real.shape, size)
    mode = "grid-constant" if zero_edge else "nearest"
    if smooth:
        real = ndimage.gaussian_filter(real, np.maximum(0, (factors - 1) / 2), mode=mode)
    return np.asarray(ndimage.zoom(real, 1 / factors, order=1, mode=mode, grid_mode=True), np.float32)
