"""The parts of the card schema that everything else builds on: the strict base, checked texts, and where samples lie."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
DType = Literal["float32", "float16", "int8", "uint8", "int16", "int32", "int64", "bool"]
DataFormat = Literal[
    "npz", "class_folders", "image_masks", "images", "table", "coco", "image_pairs", "image_points"
]


MODEL_SUFFIXES = (".onnx", ".xml", ".pb", ".tflite", ".pt2", ".keras", ".h5", ".pdmodel")
"""Files that are a model by themselves, for an entry or a command line; a SavedModel is a folder."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every card part: unknown keys are errors."""


class Data(Strict, frozen=True):
    """Samples, with their labels in one of these forms.

    - `npz`: an .npz with arrays `images` and `labels` (class numbers [N], masks [N, H, W], points [N, K, 2 or 3], texts [N]).
    - `class_folders`: a folder with a subfolder a class.
    - `image_masks`: folders `images` and `masks`, files of one stem belong together.
    - `images`: image, .npy or raw files without labels, at any depth.
    - `table`: a folder of image, .npy or raw files, and in it a table `labels` (.csv, .tsv or .txt) whose first column names a file
      and whose last column is its label: a class number, a class name, or a text.
    - `coco`: a folder with COCO's JSON `labels` (boxes, keypoints) and the images `images` that it names.
    - `image_pairs`: folders `images` (small) and `labels` (large) with files of one stem, or only large ones to make small.
    - `image_points`: image files, each with its landmarks in a .pts file (300-W) of the same stem beside it.

    `images` and `labels` name arrays, folders or files inside; None is the form's usual name. `dtype` is that of raw files, whose
    numbers are in the input's own order (None: the input's).
    """

    format: DataFormat
    path: str | None = None
    package: str | None = None
    url: str | None = None
    sha256: Sha256 | None = None
    images: str | None = None
    labels: str | None = None
    dtype: DType | None = None
    license: str = "unknown"
