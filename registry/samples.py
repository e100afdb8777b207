"""Labelled samples of a card's data: what is there, in a fixed order; pixels are read only when somebody looks at them."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from registry import sample_files, sample_tables
from registry.card_data import Data
from registry.errors import InputError
from registry.progress import Progress, silent
from registry.sample import IMAGE_SUFFIXES as IMAGE_SUFFIXES
from registry.sample import Sample as Sample


def samples(
    data: Data | None,
    *,
    path: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    classes: Sequence[str] = (),
) -> tuple[Sample, ...]:
    """The samples of `data`, or of the user's own `path` in its place (whose format is seen from what lies there).

    With `limit`, that many of them, drawn with `seed` and in the order of the whole. `classes` gives class folders and names in tables
    their labels; without it folders are numbered in order of their names (numerically where all are numbers).
    Raises InputError where nothing usable is there, naming the file or folder.
    """
    root = path if path is not None else locate(data)
    data = data or Data(format="images")
    kind = seen_format(root, data) if path is not None else data.format
    reader = sample_tables if kind in ("table", "coco") else sample_files
    found = reader.read(kind, root, data, classes)
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


def seen_format(root: Path, data: Data | None = None) -> str:
    """The format of a user's data, from what lies there; the card's `data` says which of its names to look for."""
    data = data or Data(format="images")
    if root.suffix == ".npz" and root.is_file():
        return "npz"
    if not root.is_dir():
        raise InputError(f"{root} is neither a folder nor an .npz file of samples.")
    if sample_tables.annotations(root, data) is not None:
        return "coco"
    if sample_files.large_folder(root, data) is not None and data.format == "image_pairs":
        return "image_pairs"
    if sample_files.mask_folder(root, data) is not None:
        return "image_masks"
    if sample_files.large_folder(root, data) is not None:
        return "image_pairs"
    if sample_tables.table(root, data) is not None:
        return "table"
    entries = list(root.iterdir())
    if sample_files.images(entries):
        if data.format == "image_pairs":
            return "image_pairs"
        return "image_points" if any(entry.suffix == ".pts" for entry in entries) else "images"
    if any(entry.suffix in sample_files.RAW_SUFFIXES for entry in entries):
        return "images"
    return "class_folders"


def digest(found: Sequence[Sample], progress: Progress = silent) -> str:
    """The hash of samples with all that belongs to them: names, pixels and labels."""
    whole = hashlib.sha256()
    for done, sample in enumerate(found):
        progress("reading the samples", done, len(found))
        sample.hash_into(whole)
    return whole.hexdigest()


def _subset(found: list[Sample], limit: int | None, seed: int) -> list[Sample]:
    if limit is None or limit >= len(found):
        return found
    if limit < 1:
        raise InputError(f"A limit of {limit} samples leaves none.")
    chosen = np.random.default_rng(seed).choice(len(found), limit, replace=False)
    return [found[index] for index in sorted(chosen.tolist())]
