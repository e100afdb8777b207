"""Labelled samples of a card's data: what is there, in a fixed order; pixels are read only when somebody looks at them."""

import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from registry.card import Data
from registry.errors import InputError
from registry.preprocess import Array, load_image

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
_MASK_FOLDERS = ("masks", "ground_truth_mask", "gt")


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One sample. `image` and `mask` are files or arrays ([H, W] or [H, W, C] as `preprocess` takes them)."""

    name: str
    image: Path | Array
    label: int | None = None
    mask: Path | Array | None = None

    def mask_array(self) -> Array:
        """The mask as an array [H, W] on the scale of its file (0…255). Raises InputError where there is none."""
        mask = load_image(self.mask) if isinstance(self.mask, Path) else self.mask
        if mask is None:
            raise InputError(f"Sample {self.name} has no mask.")
        return mask if mask.ndim == 2 else mask[..., 0]


def samples(
    data: Data | None,
    *,
    path: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    classes: Sequence[str] = (),
) -> tuple[Sample, ...]:
    """The samples of `data`, or of the user's own `path` in its place (whose format is seen from what lies there).

    With `limit`, that many of them, drawn with `seed` and in the order of the whole. `classes` gives class folders their labels;
    without it they are numbered in order of their names (numerically where all are numbers).
    Raises InputError where nothing usable is there, naming the file or folder.
    """
    root = path if path is not None else locate(data)
    kind = seen_format(root) if path is not None or data is None else data.format
    names = data or Data(format="images", path=str(root))
    if kind == "npz":
        found = _from_npz(root, names)
    elif kind == "class_folders":
        found = _from_class_folders(root, classes)
    elif kind == "image_masks":
        found = _from_image_masks(root, names)
    else:
        found = [Sample(name=str(file.relative_to(root)), image=file) for file in _images(root.rglob("*"))]
    if not found:
        raise InputError(f"{root} holds no samples ({kind}).")
    return tuple(_subset(found, limit, seed))


def locate(data: Data | None) -> Path:
    """Where a card's data lies on this machine. Raises InputError where it does not, or its hash is another."""
    if data is None:
        raise InputError("The card names no data: give a folder or an .npz file of your own with --data.")
    if data.package is not None:
        root = packaged(data.package)
    elif data.path is not None:
        root = Path(data.path).expanduser()
    else:
        raise InputError(
            f"The card's data lies at {data.url}: fetch it, then name the unpacked folder with --data."
        )
    if not root.exists():
        raise InputError(f"The data {root} is not there: name your own copy with --data.")
    if data.sha256 is not None and root.is_file():
        with root.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != data.sha256:
            raise InputError(f"{root} has sha256 {found}, the card says {data.sha256}.")
    return root


def packaged(relative: str) -> Path:
    """A file or folder shipped with the package; `relative` to the folder `registry/data`."""
    base = Path(str(files("registry"))) / "data"
    path = (base / relative).resolve()
    if not path.is_relative_to(base.resolve()):
        raise InputError(f"Package data `{relative}` leads out of the package.")
    return path


def seen_format(root: Path) -> str:
    """The format of a user's data: an .npz file, `images` beside masks, a subfolder a class, or just images."""
    if root.suffix == ".npz" and root.is_file():
        return "npz"
    if not root.is_dir():
        raise InputError(f"{root} is neither a folder nor an .npz file of samples.")
    if (root / "images").is_dir() and any((root / name).is_dir() for name in _MASK_FOLDERS):
        return "image_masks"
    if _images(root.iterdir()):
        return "images"
    return "class_folders"


def _from_npz(file: Path, data: Data) -> list[Sample]:
    """`images` [N, …] and `labels`: class numbers [N] or masks [N, H, W]; without labels, unlabelled samples."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in (data.images, data.labels) if key in archive}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{file} cannot be read as an .npz file of arrays ({error}).") from error
    images, labels = arrays.get(data.images), arrays.get(data.labels)
    if images is None:
        raise InputError(f"{file} has no array `{data.images}`.")
    if labels is not None and len(labels) != len(images):
        raise InputError(f"{file} has {len(images)} images and {len(labels)} labels.")
    names = [f"{file.stem}[{index}]" for index in range(len(images))]
    if labels is None:
        return [Sample(name=name, image=image) for name, image in zip(names, images, strict=True)]
    rows = zip(names, images, labels, strict=True)
    if labels.ndim == 1:
        return [Sample(name=name, image=image, label=int(label)) for name, image, label in rows]
    return [Sample(name=name, image=image, mask=mask) for name, image, mask in rows]


def _from_class_folders(root: Path, classes: Sequence[str]) -> list[Sample]:
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
        )
        for label, name in enumerate(order)
        if name in folders
        for file in _images(folders[name].iterdir())
    ]


def _from_image_masks(root: Path, data: Data) -> list[Sample]:
    """Files of `images/` with the file of the same stem in `masks/` (or `ground_truth_mask/`, `gt/`, or as the card names them)."""
    folder = next((root / name for name in (data.labels, *_MASK_FOLDERS) if (root / name).is_dir()), None)
    if folder is None or not (root / data.images).is_dir():
        raise InputError(
            f"{root} needs a folder `{data.images}` and beside it one of {', '.join(_MASK_FOLDERS)}."
        )
    masks = {file.stem: file for file in _images(folder.iterdir())}
    found = []
    for file in _images((root / data.images).iterdir()):
        if file.stem not in masks:
            raise InputError(f"Image {file} has no mask {folder / file.stem}.* beside it.")
        found.append(Sample(name=file.name, image=file, mask=masks[file.stem]))
    return found


def _images(entries: Iterable[Path]) -> list[Path]:
    return sorted(entry for entry in entries if entry.suffix.lower() in IMAGE_SUFFIXES and entry.is_file())


def _subset(found: list[Sample], limit: int | None, seed: int) -> list[Sample]:
    if limit is None or limit >= len(found):
        return found
    if limit < 1:
        raise InputError(f"A limit of {limit} samples leaves none.")
    chosen = np.random.default_rng(seed).choice(len(found), limit, replace=False)
    return [found[index] for index in sorted(chosen.tolist())]
