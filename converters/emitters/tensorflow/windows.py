"""Where sliding windows and resampling look: sizes and indices, in plain arithmetic."""

import numpy as np
import numpy.typing as npt


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Zeros before and after that SAME stands for (TensorFlow's rule: the odd one comes after)."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _scale(size: int, result: int, align_corners: bool) -> np.float32:
    if align_corners and result > 1:
        return np.float32(size - 1) / np.float32(result - 1)
    return np.float32(size) / np.float32(result)


def nearest(size: int, result: int, align_corners: bool, half_pixel: bool) -> npt.NDArray[np.int32]:
    """Which of `size` elements each of `result` shows: float32 arithmetic as in LiteRT (reference/resize_nearest_neighbor.h)."""
    place = np.arange(result, dtype=np.float32) + np.float32(0.5 if half_pixel else 0.0)
    place = place * _scale(size, result, align_corners)
    index = np.floor(place + np.float32(0.5)) if align_corners else np.floor(place)
    return np.asarray(np.clip(index, 0, size - 1), np.int32)


def bilinear(
    size: int, result: int, align_corners: bool, half_pixel: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """(lower index, upper index, share of the upper) of each of `result` places (reference/resize_bilinear.h)."""
    place = np.arange(result, dtype=np.float32)
    scale = _scale(size, result, align_corners)
    half = np.float32(0.5)
    place = (place + half) * scale - half if half_pixel else place * scale
    floor = np.floor(place)
    lower = np.clip(floor, 0, size - 1).astype(np.int32)
    upper = np.clip(floor + 1, 0, size - 1).astype(np.int32)
    return lower, upper, (place - floor).astype(np.float32)
