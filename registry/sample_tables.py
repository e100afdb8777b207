"""Samples whose labels stand together in one file: tables of names and labels, COCO's JSON."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from registry.card_data import Data
from registry.errors import InputError
from registry.sample import IMAGE_SUFFIXES, Box, Sample

_TABLES = (
    "y_labels.csv",
    "labels.csv",
    "labels.tsv",
    "labels.txt",
    "val.txt",
    "val.csv",
    "gt.txt",
    "transcript.txt",
)
_HEADS = frozenset({"file", "filename", "file_name", "image", "name", "path", "id"})


def read(kind: str, root: Path, data: Data, classes: Sequence[str]) -> list[Sample]:
    """The samples of a table or of a COCO file, in its order. Raises InputError."""
    return _from_table(root, data, classes) if kind == "table" else _from_coco(root, data, classes)


def table(root: Path, data: Data) -> Path | None:
    """The table of labels in a folder: the one that the card names, else one of the usual names."""
    names = (data.labels, *_TABLES) if data.labels and not data.labels.endswith(".json") else _TABLES
    return next((root / name for name in names if (root / name).is_file()), None)


def annotations(root: Path, data: Data) -> Path | None:
    """The COCO file in a folder: the one that the card names, else the only .json there (or in `annotations/`) that is one."""
    if data.labels is not None and data.labels.endswith(".json"):
        return root / data.labels if (root / data.labels).is_file() else None
    for folder in (root, root / "annotations"):
        found = sorted(folder.glob("*.json")) if folder.is_dir() else []
        if len(found) == 1 and b'"annotations"' in found[0].read_bytes():
            return found[0]
    return None


def _from_table(root: Path, data: Data, classes: Sequence[str]) -> list[Sample]:
    file = table(root, data)
    if file is None:
        raise InputError(f"{root} holds no table of labels (looked for {data.labels or ', '.join(_TABLES)}).")
    numbers = {name: index for index, name in enumerate(classes)}
    folder = root / data.images if data.images else root
    found = []
    for line, (name, label) in _rows(file):
        image = folder / name
        if not image.resolve().is_relative_to(root.resolve()):
            raise InputError(f"{file}, line {line}: {name} leads out of {root}.")
        if not image.is_file():
            raise InputError(f"{file}, line {line}: there is no file {image}.")
        number = numbers.get(label, int(label) if label.lstrip("-").isdecimal() else None)
        if number is None and classes:
            raise InputError(
                f"{file}, line {line}: `{label}` is none of the card's classes ({', '.join(classes)})."
            )
        found.append(Sample(name=name, image=image, label=number, text=label, dtype=data.dtype))
    return found


def _rows(file: Path) -> list[tuple[int, tuple[str, str]]]:
    """(line, (name, label)) of each row: first and last column; a first row that names columns is left out."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as a table ({error}).") from error
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = "\t" if "\t" in first else "," if "," in first else " "
    found: list[Any] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        cells = _cells(line, separator)
        if not found and cells[0].strip().lower() in _HEADS:
            continue
        if len(cells) < 2:
            raise InputError(f"{file}, line {number}: a row is a file name and its label, not `{line}`.")
        found.append((number, (cells[0].strip(), cells[-1].strip())))
    return found


def _cells(line: str, separator: str) -> list[str]:
    """Between spaces the label may hold more of them, the name cannot."""
    if separator == " ":
        return line.strip().split(" ", 1)
    return next(csv.reader([line], delimiter=separator))


def _from_coco(root: Path, data: Data, classes: Sequence[str]) -> list[Sample]:
    """One sample an image with its boxes; its keypoints where it has exactly one object that has some."""
    file = annotations(root, data)
    if file is None:
        raise InputError(f"{root} holds no COCO file (looked for {data.labels or 'one .json'}).")
    try:
        document = msgspec.json.decode(file.read_bytes())
        by_image: dict[Any, list[Any]] = {image["id"]: [] for image in document["images"]}
        for one in document["annotations"]:
            by_image[one["image_id"]].append(one)
        numbers = _numbers(document["categories"], classes)
        return [
            _coco_sample(_image_file(root, data, file, image["file_name"]), by_image[image["id"]], numbers)
            for image in document["images"]
        ]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise InputError(
            f"{file} is no COCO file of annotations ({type(error).__name__}: {error})."
        ) from error


def _numbers(categories: Sequence[Any], classes: Sequence[str]) -> dict[int, int]:
    """COCO's category ids → class numbers: by the card's class names where it has all of them, else in rising order of the ids."""
    names = {name: index for index, name in enumerate(classes)}
    if all(one["name"] in names for one in categories):
        return {int(one["id"]): names[one["name"]] for one in categories}
    return {number: index for index, number in enumerate(sorted(int(one["id"]) for one in categories))}


def _coco_sample(image: Path, objects: Sequence[Any], numbers: dict[int, int]) -> Sample:
    boxes = tuple(
        Box(
            corners=(x, y, x + width, y + height),
            category=numbers[int(one["category_id"])],
            area=float(one.get("area", width * height)),
            crowd=bool(one.get("iscrowd", 0)),
        )
        for one in objects
        if "bbox" in one
        for x, y, width, height in [map(float, one["bbox"])]
    )
    posed = [one["keypoints"] for one in objects if one.get("num_keypoints", len(one.get("keypoints", ())))]
    points = np.array(posed[0], np.float64).reshape(-1, 3) if len(posed) == 1 else None
    return Sample(name=image.name, image=image, boxes=boxes, points=points)


def _image_file(root: Path, data: Data, file: Path, name: str) -> Path:
    folders = (data.images,) if data.images else ("images", ".", "val2017", file.stem)
    found = next((root / folder / name for folder in folders if (root / folder / name).is_file()), None)
    if found is None or found.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(f"{file} names the image {name}, which is not in {root / folders[0]}.")
    if not found.resolve().is_relative_to(root.resolve()):
        raise InputError(f"{file} names the image {name}, which leads out of {root}.")
    return found
