"""One sample: what the model is shown, and what it should say."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from registry.arrays import load
from registry.errors import InputError
from registry.preprocess import Array, load_image

if TYPE_CHECKING:
    from hashlib import _Hash

    from registry.card import Input

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A labelled object: `corners` x1, y1, x2, y2 and `area` in pixels of the image; a `crowd` box stands for many and is not asked for."""

    corners: tuple[float, float, float, float]
    category: int
    area: float
    crowd: bool = False


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One sample. `image`, `mask` and `large` are files or arrays ([H, W] or [H, W, C] as `preprocess` takes them).

    `label` is a class number, `mask` a plane of foreground or class numbers, `boxes` are objects, `points` landmarks [K, 2 or 3] (x, y in
    pixels, visibility), `large` the image to restore, `text` what is written or spoken. `dtype` is that of a raw file.
    """

    name: str
    image: Path | Array
    label: int | None = None
    mask: Path | Array | None = None
    boxes: tuple[Box, ...] | None = None
    points: Array | None = None
    large: Path | Array | None = None
    text: str | None = None
    dtype: str | None = None

    def array(self, spec: "Input | None" = None) -> Array:
        """The image: [H, W] or [H, W, C]; of a .npy file its array, of a raw file its numbers in one row.

        `spec` is the input it is for: a raw file without a `dtype` is of the input's, and has to have its size. Raises InputError.
        """
        if not isinstance(self.image, Path):
            return self.image
        if self.image.suffix.lower() in IMAGE_SUFFIXES:
            return load_image(self.image)
        if self.image.suffix.lower() == ".npy":
            return _load_npy(self.image)
        return _load_raw(self.image, np.dtype(self.dtype or (spec.dtype if spec else "uint8")), spec)

    def mask_array(self) -> Array:
        """The mask as an array [H, W] on the scale of its file (0…255, class numbers as they stand there).

        Raises InputError where there is none.
        """
        if self.mask is None:
            raise InputError(f"Sample {self.name} has no mask.")
        mask = load_image(self.mask, levels=True) if isinstance(self.mask, Path) else self.mask
        return mask if mask.ndim == 2 else mask[..., 0]

    def large_array(self) -> Array:
        """The image to restore, [H, W] or [H, W, 3] in 0…255. Raises InputError where there is none."""
        if self.large is None:
            raise InputError(f"Sample {self.name} has no large image.")
        return load_image(self.large) if isinstance(self.large, Path) else self.large

    def hash_into(self, whole: "_Hash") -> None:
        """Adds everything that the sample is to a hash; files by their bytes."""
        rest = (self.name, self.label, self.boxes, self.text, self.dtype)
        whole.update(msgspec.json.encode(rest))
        for part in (self.image, self.mask, self.points, self.large):
            if isinstance(part, Path):
                with part.open("rb") as stream:
                    while chunk := stream.read(1 << 20):
                        whole.update(chunk)
            elif part is not None:
                whole.update(f"{part.dtype} {part.shape}".encode())
                whole.update(np.ascontiguousarray(part).tobytes())
            whole.update(b"\0")


def _load_npy(file: Path) -> Array:
    try:
        arrays = load(file)
        if "" not in arrays:
            raise ValueError("it is an archive of several")
        return arrays[""]
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as an array ({error}).") from error


def _load_raw(file: Path, dtype: np.dtype[np.generic], spec: "Input | None") -> Array:
    try:
        size = file.stat().st_size
        wanted = math.prod(spec.shape) * dtype.itemsize if spec is not None else size
        if size != wanted or size % dtype.itemsize:
            takes = (
                f"input `{spec.name}` takes {wanted} as {dtype.name}"
                if spec
                else f"{dtype.name} does not divide it"
            )
            raise InputError(
                f"{file} has {size} bytes, {takes}: is it of this model, and does the card's data name its `dtype`?"
            )
        return np.fromfile(file, dtype)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error
