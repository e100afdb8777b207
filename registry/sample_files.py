"""Samples whose labels lie in arrays, folders and files of their own: .npz, class folders, masks, pairs, landmarks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from registry.arrays import load
from registry.card_data import Data
from registry.errors import InputError
from registry.preprocess import Array
from registry.sample import IMAGE_SUFFIXES, Sample

RAW_SUFFIXES = frozenset({".bin", ".raw", ".npy"})
_MASK_FOLDERS = ("masks", "ground_truth_mask", "gt")
_LARGE_FOLDERS = ("HR", "hr", "large", "GT", "target")
_SMALL_FOLDERS = ("LR", "lr", "images", "small", "input")


def read(kind: str, root: Path, data: Data, classes: Sequence[str]) -> list[Sample]:
    """The samples of one of these forms, in order of name. Raises InputError."""
    if kind == "npz":
        return _from_npz(root, data)
    if kind == "class_folders":
        return _from_class_folders(root, data, classes)
    if kind == "image_masks":
        return _from_image_masks(root, data)
    if kind == "image_pairs":
        return _from_pairs(root, data)
    if kind == "image_points":
        return [
            Sample(name=file.name, image=file, points=_points(file.with_suffix(".pts")))
            for file in images(root.iterdir())
        ]
    return [
        Sample(name=str(file.relative_to(root)), image=file, dtype=data.dtype)
        for file in _readable(root.rglob("*"))
    ]


def images(entries: Iterable[Path]) -> list[Path]:
    """The image files among `entries`, sorted."""
    return sorted(entry for entry in entries if entry.suffix.lower() in IMAGE_SUFFIXES and entry.is_file())


def mask_folder(root: Path, data: Data) -> Path | None:
    """The folder of masks beside a folder of images."""
    names = (data.labels, *_MASK_FOLDERS) if data.labels else _MASK_FOLDERS
    if not (root / (data.images or "images")).is_dir():
        return None
    return next((root / name for name in names if (root / name).is_dir()), None)


def large_folder(root: Path, data: Data) -> Path | None:
    """The folder of large images."""
    names = (data.labels, *_LARGE_FOLDERS) if data.labels else _LARGE_FOLDERS
    return next((root / name for name in names if (root / name).is_dir()), None)


def _readable(entries: Iterable[Path]) -> list[Path]:
    known = IMAGE_SUFFIXES | RAW_SUFFIXES
    return sorted(entry for entry in entries if entry.suffix.lower() in known and entry.is_file())


def _from_npz(file: Path, data: Data) -> list[Sample]:
    """`images` [N, …] and `labels`: class numbers [N], texts [N], masks [N, H, W] or points [N, K, 2…3]; without, unlabelled samples."""
    images_key, labels_key = data.images or "images", data.labels or "labels"
    try:
        arrays = load(file, (images_key, labels_key))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as an .npz file of arrays ({error}).") from error
    pixels, labels = arrays.get(images_key), arrays.get(labels_key)
    if pixels is None:
        raise InputError(f"{file} has no array `{images_key}`.")
    if labels is not None and len(labels) != len(pixels):
        raise InputError(f"{file} has {len(pixels)} images and {len(labels)} labels.")
    names = [f"{file.stem}[{index}]" for index in range(len(pixels))]
    if labels is None:
        return [Sample(name=name, image=image) for name, image in zip(names, pixels, strict=True)]
    rows = zip(names, pixels, labels, strict=True)
    if labels.dtype.kind == "U":
        return [Sample(name=name, image=image, text=str(label)) for name, image, label in rows]
    if labels.ndim == 1:
        return [Sample(name=name, image=image, label=int(label)) for name, image, label in rows]
    if labels.ndim == 3 and labels.shape[2] in (2, 3) and labels.shape[1:] != pixels.shape[1:3]:
        return [Sample(name=name, image=image, points=points) for name, image, points in rows]
    return [Sample(name=name, image=image, mask=mask) for name, image, mask in rows]


def _from_class_folders(root: Path, data: Data, classes: Sequence[str]) -> list[Sample]:
    folders = {
        entry.name: entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    }
    if classes:
        unknown = sorted(set(folders) - set(classes))
        if unknown:
            raise InputError(f"{root / unknown[0]} is none of the card's classes ({', '.join(classes)}).")
        order = list(classes)
    else:
        numeric = all(name.isdecimal() for name in folders)
        order = sorted(folders, key=lambda name: (int(name), name) if numeric else (0, name))
    return [
        Sample(
            name=f"{name}/{file.name}",
            image=file,
            label=int(name) if name.isdecimal() and not classes else label,
            dtype=data.dtype,
        )
        for label, name in enumerate(order)
        if name in folders
        for file in _readable(folders[name].iterdir())
    ]


def _from_image_masks(root: Path, data: Data) -> list[Sample]:
    """Files of `images/` with the file of the same stem in `masks/` (or `ground_truth_mask/`, `gt/`, or as the card names them)."""
    folder = mask_folder(root, data)
    if folder is None:
        raise InputError(
            f"{root} needs a folder `{data.images or 'images'}` and beside it one of {', '.join(_MASK_FOLDERS)}."
        )
    masks = {file.stem: file for file in images(folder.iterdir())}
    found = []
    for file in images((root / (data.images or "images")).iterdir()):
        if file.stem not in masks:
            raise InputError(f"Image {file} has no mask {folder / file.stem}.* beside it.")
        found.append(Sample(name=file.name, image=file, mask=masks[file.stem]))
    return found


def _from_pairs(root: Path, data: Data) -> list[Sample]:
    """Large images, and beside them small ones of the same stem (an ending such as `x4` is allowed), if there are any."""
    folder = large_folder(root, data)
    if folder is None:
        return [Sample(name=file.name, image=file, large=file) for file in images(root.iterdir())]
    names = (data.images,) if data.images else _SMALL_FOLDERS
    small = next((root / name for name in names if (root / name).is_dir()), None)
    large = images(folder.iterdir())
    if small is None:
        return [Sample(name=file.name, image=file, large=file) for file in large]
    by_stem = {file.stem: file for file in images(small.iterdir())}
    found = []
    for file in large:
        stem = next((one for one in by_stem if one == file.stem or _enlarged(one, file.stem)), None)
        if stem is None:
            raise InputError(f"Image {file} has no small image {small / file.stem}.* beside it.")
        found.append(Sample(name=file.name, image=by_stem[stem], large=file))
    return found


def _enlarged(small: str, large: str) -> bool:
    """Whether `small` is `large` with an ending such as `x4` or `_x2`."""
    rest = small.removeprefix(large).lstrip("_")
    return small.startswith(large) and len(rest) > 1 and rest[0] in "xX" and rest[1:].isdecimal()


def _points(file: Path) -> Array:
    """Landmarks [K, 2] of a .pts file: between braces one `x y` a line, counted from 1 as 300-W does."""
    try:
        text = file.read_text()
        rows = text[text.index("{") + 1 : text.rindex("}")].split()
        points = np.array([float(row) for row in rows], np.float64).reshape(-1, 2)
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror}; every image needs its .pts file."
        ) from error
    except ValueError as error:
        raise InputError(f"{file} is no .pts file of landmarks ({error}).") from error
    return points - 1
