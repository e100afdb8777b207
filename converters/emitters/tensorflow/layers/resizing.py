"""Resampling of N H W C images, each flag exactly."""

import numpy as np
from keras import ops

from converters.emitters.tensorflow.layers.site import Array, Site, Tensor, litert, numbers
from converters.emitters.tensorflow.windows import bilinear, nearest


def _factors(x: Tensor, height: int, width: int) -> tuple[int, int] | None:
    """How many times larger the result is, where that is whole."""
    if height % x.shape[1] or width % x.shape[2]:
        return None
    return height // x.shape[1], width // x.shape[2]


@litert("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest_neighbor(
    site: Site, x: Tensor, size: Array, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """UpSampling2D where it repeats the same elements; otherwise rows and columns are picked."""
    height, width = numbers(size, "the size of RESIZE_NEAREST_NEIGHBOR")
    rows = nearest(x.shape[1], height, align_corners, half_pixel_centers)
    columns = nearest(x.shape[2], width, align_corners, half_pixel_centers)
    factors = _factors(x, height, width)
    repeats = factors is not None and all(
        np.array_equal(picked, np.arange(len(picked)) // factor)
        for picked, factor in zip((rows, columns), factors, strict=True)
    )
    if repeats:
        return site.layer(
            "UpSampling2D", x, size=factors, data_format="channels_last", interpolation="nearest"
        )
    return ops.take(ops.take(x, rows, axis=1), columns, axis=2)


@litert("RESIZE_BILINEAR")
def resize_bilinear(
    site: Site, x: Tensor, size: Array, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Keras itself resizes by half-pixel centres; the other two rules are written out, columns first as in the kernel."""
    height, width = numbers(size, "the size of RESIZE_BILINEAR")
    if half_pixel_centers and not align_corners:
        factors = _factors(x, height, width)
        if factors is not None:
            return site.layer(
                "UpSampling2D", x, size=factors, data_format="channels_last", interpolation="bilinear"
            )
        return ops.image.resize(
            x, (height, width), interpolation="bilinear", antialias=False, data_format="channels_last"
        )
    flags = (align_corners, half_pixel_centers)
    x = _between(x, 2, bilinear(x.shape[2], width, *flags))
    return _between(x, 1, bilinear(x.shape[1], height, *flags))


def _between(x: Tensor, axis: int, places: tuple[Array, Array, Array]) -> Tensor:
    """lower + (upper - lower) · share along `axis`."""
    lower, upper, share = places
    if not share.any():
        picks_all = np.array_equal(lower, np.arange(x.shape[axis]))
        return x if picks_all else ops.take(x, lower, axis=axis)
    first, second = ops.take(x, lower, axis=axis), ops.take(x, upper, axis=axis)
    share = share.reshape([-1 if i == axis else 1 for i in range(axis, 4)])
    return ops.add(first, ops.multiply(ops.subtract(second, first), share))
