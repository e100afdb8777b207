"""A card's declared preprocessing, executed: from an image to the array that the model sees."""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from registry.card import Input, Resize
from registry.errors import InputError, MissingDependencyError

Array = npt.NDArray[np.generic]
FloatArray = npt.NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Grey from RGB as JPEG and Pillow do it (ITU-R BT.601)."""


def preprocess(image: Array | Path, spec: Input, name: str = "") -> Array:
    """The model input of one sample: an array of `spec.shape` and `spec.dtype`, axes as `spec.layout` says.

    `image` is an image file, an array [H, W] (grey) or [H, W, C] (RGB) on the scale of its file (uint8: 0…255), or, for an input
    without H and W in its layout, an array of the input's own shape (the batch axis may be missing). In this order: colour, resize,
    divide, mean and standard deviation, layout, range check. A fixed batch larger than one is filled with copies. `name` is what an
    error calls the sample.

    Raises InputError where image and card do not fit together or a value leaves the card's `range`.
    """
    name = name or (image.name if isinstance(image, Path) else "a sample")
    layout = spec.layout or ""
    if "H" not in layout or "W" not in layout:
        return _finish(_normalize(_plain(image, spec), spec), spec, name)
    pixels = load_image(image) if isinstance(image, Path) else _unrolled(image, spec)
    size = (spec.shape[layout.index("H")], spec.shape[layout.index("W")])
    channels = spec.shape[layout.index("C")] if "C" in layout else 1
    ready = _resize(_color(pixels, spec, channels), spec.preprocess.resize, size, spec.name, name)
    ready = _normalize(ready, spec)
    return _finish(_arrange(ready, spec), spec, name)


def load_image(path: Path, *, levels: bool = False) -> Array:
    """uint8 [H, W] of a grey image file, [H, W, 3] RGB of any other; transparency is dropped, EXIF rotation is not applied.

    With `levels`, a palette's numbers instead of its colours, and 16-bit grey as it is: class numbers of a mask.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise MissingDependencyError("Reading images needs Pillow: pip install pillow.") from error
    try:
        with Image.open(path) as image:
            if levels and image.mode in ("P", "I", "I;16", "I;16B"):
                return np.asarray(image)
            return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be read as an image ({error}).") from error


def content_box(
    image: tuple[int, int], target: tuple[int, int], resize: Resize | None
) -> tuple[int, int, int, int]:
    """Where in a `target` (height, width) the resized `image` (height, width) lies: (top, left, height, width).

    With `crop_pct` it reaches beyond the target on both sides.
    """
    if resize is not None and resize.crop_pct is not None:
        return _cropped_box(image, target, resize.crop_pct)
    if resize is None or not resize.keep_aspect:
        return 0, 0, *target
    scale = min(target[0] / image[0], target[1] / image[1])
    height, width = (max(1, min(t, round(i * scale))) for i, t in zip(image, target, strict=True))
    if resize.place == "corner":
        return 0, 0, height, width
    return (target[0] - height) // 2, (target[1] - width) // 2, height, width


def _cropped_box(
    image: tuple[int, int], target: tuple[int, int], crop_pct: float
) -> tuple[int, int, int, int]:
    """As torchvision's Resize(shorter side) and CenterCrop: the longer side is cut to whole pixels, the margin rounded half to even."""
    wanted = tuple(int(t / crop_pct) for t in target)
    long, short = (0, 1) if image[0] / wanted[0] >= image[1] / wanted[1] else (1, 0)
    size = [0, 0]
    size[short] = wanted[short]
    size[long] = max(target[long], int(wanted[short] * image[long] / image[short]))
    top, left = (-round((s - t) / 2) for s, t in zip(size, target, strict=True))
    return top, left, size[0], size[1]


def resize_plane(plane: Array, size: tuple[int, int], resize: Resize) -> FloatArray:
    """One channel [H, W] resampled to `size` (height, width) in float32, half-pixel centres, by Pillow.

    With `antialias` a smaller image is the filter's weighted mean over the pixels that it covers; without, it is sampled at points.
    """
    if resize.as_scikit:
        from registry import scikit_resize

        smooth, zero = resize.antialias == "gaussian", resize.edge == "zero"
        return scikit_resize.resize_plane(plane.astype(np.float32), size, smooth=smooth, zero_edge=zero)
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError("Resizing images needs Pillow: pip install pillow.") from error
    sampling = Image.Resampling
    method = {
        "nearest": sampling.NEAREST,
        "bilinear": sampling.BILINEAR,
        "bicubic": sampling.BICUBIC,
        "area": sampling.BOX,
    }
    height, width = size
    if resize.whole_levels:
        plane = np.clip(np.rint(plane), 0, 255).astype(np.uint8)
    source = Image.fromarray(np.ascontiguousarray(plane, np.uint8 if resize.whole_levels else np.float32))
    if resize.antialias or resize.method in ("nearest", "area"):
        return np.array(source.resize((width, height), method[resize.method]), np.float32)
    steps = (source.width / width, 0.0, 0.0, 0.0, source.height / height, 0.0)
    turned = source.transform((width, height), Image.Transform.AFFINE, steps, method[resize.method])
    return np.array(turned, np.float32)


def _plain(values: Array | Path, spec: Input) -> FloatArray:
    if isinstance(values, Path):
        raise InputError(
            f"Input `{spec.name}` has no `layout` with H and W, so the image {values.name} cannot be fitted to it; "
            "give the card a layout such as NCHW."
        )
    array = np.asarray(values, np.float32)
    if array.shape in (spec.shape, spec.shape[1:]):
        return np.broadcast_to(array, spec.shape)
    if _long(array.shape) != _long(spec.shape) and array.shape != (math.prod(spec.shape),):
        raise InputError(
            f"A sample of shape {array.shape} does not fit input `{spec.name}` of shape {spec.shape}."
        )
    return array.reshape(spec.shape)


def _long(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape if size != 1]


def _unrolled(array: Array, spec: Input) -> Array:
    """Numbers in one row, as raw files hold them, as the image [H, W, C] that they are when the input is."""
    layout = (spec.layout or "").replace("N", "")
    sizes = [size for axis, size in zip(spec.layout or "", spec.shape, strict=True) if axis != "N"]
    if array.ndim != 1 or array.size != math.prod(sizes):
        return array
    axes = [layout.index(axis) for axis in "HWC" if axis in layout]
    return array.reshape(sizes).transpose(axes)


def _color(pixels: Array, spec: Input, channels: int) -> FloatArray:
    """[H, W] or [H, W, C] → float32 [H, W, `channels`] in the card's colour order."""
    image = np.asarray(pixels, np.float32)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3:
        raise InputError(
            f"An image for input `{spec.name}` must be [H, W] or [H, W, C], not of shape {image.shape}."
        )
    color = spec.color or {1: "gray", 3: "RGB"}.get(channels)
    if color in ("RGB", "BGR"):
        image = np.repeat(image, 3, 2) if image.shape[2] == 1 else image[..., :3]
        image = image[..., ::-1] if color == "BGR" else image
    elif color == "gray" and image.shape[2] >= 3:
        image = (image[..., :3] @ _LUMA)[..., None]
    if image.shape[2] != channels:
        raise InputError(
            f"Input `{spec.name}` takes {channels} channels, but its images have {image.shape[2]}."
        )
    return image


def _resize(
    image: FloatArray, resize: Resize | None, size: tuple[int, int], name: str, file: str
) -> FloatArray:
    """[H, W, C] → [*size, C]; what the resized image leaves empty is filled, what reaches beyond is cut off."""
    have = image.shape[0], image.shape[1]
    if have == size and (resize is None or resize.crop_pct is None):
        return image
    if resize is None:
        raise InputError(
            f"{file} is {have[1]} x {have[0]}, input `{name}` is {size[1]} x {size[0]} and the card declares no `resize`."
        )
    top, left, height, width = content_box(have, size, resize)
    result = np.full((*size, image.shape[2]), resize.fill, np.float32)
    inside = slice(max(0, top), top + height), slice(max(0, left), left + width)
    for channel in range(image.shape[2]):
        plane = resize_plane(image[..., channel], (height, width), resize)
        result[(*inside, channel)] = plane[max(0, -top) :, max(0, -left) :][: size[0], : size[1]]
    if resize.method == "bicubic":  # its negative lobes overshoot, which no 8-bit image can
        np.clip(result, 0.0, 255.0, out=result)
    return result


def _normalize(values: FloatArray, spec: Input) -> FloatArray:
    """(x / divide_by - mean) / std over the last axis."""
    rule = spec.preprocess
    mean, std = np.asarray(rule.mean, np.float32), np.asarray(rule.std, np.float32)
    for key, numbers in (("mean", mean), ("std", std)):
        if numbers.size not in (1, values.shape[-1]):
            raise InputError(
                f"`{key}` of input `{spec.name}` has {numbers.size} numbers for {values.shape[-1]} channels."
            )
    divisor = float(values.max()) if rule.divide_by == "max" else rule.divide_by
    return ((values / np.float32(divisor or 1.0) - mean) / std).astype(np.float32)


def _arrange(image: FloatArray, spec: Input) -> FloatArray:
    """[H, W, C] → the axes of `spec.layout`; any other axis (N) is filled with copies."""
    layout = spec.layout or ""
    axes = [axis for axis in layout if axis in "HWC"]
    if "C" not in axes:
        image = image[..., 0]
    image = image.transpose(["HWC".index(axis) for axis in axes])
    unit = [size if axis in "HWC" else 1 for axis, size in zip(layout, spec.shape, strict=True)]
    return np.broadcast_to(image.reshape(unit), spec.shape)


def _finish(values: FloatArray, spec: Input, name: str) -> Array:
    """Range check, then the card's dtype (integers are rounded, and saturate)."""
    if not np.isfinite(values).all():
        raise InputError(f"{name} gives input `{spec.name}` values that are not finite.")
    if spec.range is not None:
        low, high = spec.range
        slack = 1e-4 * (high - low)
        if values.min() < low - slack or values.max() > high + slack:
            raise InputError(
                f"{name} gives input `{spec.name}` values from {values.min():g} to {values.max():g}, outside of the card's "
                f"range {low:g} to {high:g}: the card's `preprocess` and `range` disagree, or this is other data."
            )
    dtype = np.dtype(spec.dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)
    return np.array(values, dtype, order="C")
