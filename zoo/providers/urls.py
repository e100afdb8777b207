"""URLs of ready models, and `kaggle/<owner>/<model>/<framework>/<variation>/<version>`: cards pinned by what the first fetch brings.

A model file (`https://…/model.onnx`), or an archive: of a SavedModel, as TensorFlow Hub and Kaggle give them, or of what is said after
`#` (`https://…/models.zip#folder/model.onnx`).
"""

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from registry.card import Card
from registry.catalog import StrangersCard
from registry.errors import InputError
from registry.summary import FORMATS
from zoo.providers import answer, spdx

_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tar\.(gz|bz2|xz))$", re.I)
_KAGGLE = re.compile(
    r"(kaggle|https://(www\.)?kaggle\.com/models)/(?P<model>[\w-]+/[\w-]+)/(?P<framework>\w+)/(?P<variation>[\w.-]+)/(?P<version>\d+)"
)
_TFHUB = re.compile(r"https://tfhub\.dev/[\w./-]+/\d+")
_SAVED_MODEL = "saved_model.pb"


def name(text: str) -> str:
    """Of Kaggle's the name as it is without the version, of a URL its last part. Raises InputError."""
    match = _KAGGLE.fullmatch(text)
    if match:
        return f"kaggle/{match['model']}/{match['framework'].lower()}/{match['variation']}"
    return _stem(text)


def card(text: str) -> Card:
    """Nothing is fetched for it. Raises InputError for what is no model's URL."""
    match = _KAGGLE.fullmatch(text)
    if match:
        return _of_kaggle(match)
    if text.startswith("kaggle/"):
        raise InputError(
            f"`{text}`: a model of Kaggle is kaggle/<owner>/<model>/<framework>/<variation>/<version>, like "
            "kaggle/google/movenet/tensorFlow2/singlepose-lightning/4."
        )
    address, _, inside = text.partition("#")
    if _TFHUB.fullmatch(address):
        address, inside = f"{address}?tf-hub-format=compressed", _SAVED_MODEL
    path = PurePosixPath(unquote(urlsplit(address).path))
    packed = _ARCHIVE.search(path.name) is not None or bool(inside)
    if not packed and path.suffix.lower() not in FORMATS:
        raise InputError(
            f"{text} is the URL of no model: it ends in {', '.join(sorted(FORMATS))}, or in .tar.gz or .zip of a SavedModel."
        )
    return answer.converted(_data(text, address, inside, packed), Card, text)


def _of_kaggle(match: re.Match[str]) -> Card:
    if not match["framework"].lower().startswith("tensorflow"):
        raise InputError(
            f"{match[0]}: only the SavedModels of Kaggle (tensorFlow1, tensorFlow2) say which file is the model; give the file's URL."
        )
    place = f"{match['model']}/{match['framework']}/{match['variation']}/{match['version']}"
    address = f"https://www.kaggle.com/api/v1/models/{place}/download"
    return answer.converted(
        _data(f"kaggle/{place}", address, _SAVED_MODEL, packed=True), StrangersCard, match[0]
    )


def _data(text: str, address: str, inside: str, packed: bool) -> dict[str, Any]:
    stem = _stem(text)
    file = (
        f"{stem}.tar.gz"
        if packed and _ARCHIVE.search(address) is None
        else PurePosixPath(unquote(urlsplit(address).path)).name
    )
    return {
        "schema": 1,
        "name": stem,
        "task": "other",
        "description": f"The model of {text}.",
        "licenses": {"code": spdx.UNKNOWN, "weights": spdx.UNKNOWN},
        "source": {"url": address},
        "weights": [
            {"file": file, "urls": [address], "first_use": True, **({"unpack": True} if packed else {})},
            *_beside(file, address),
        ],
        "entry": {"model": (inside or _SAVED_MODEL) if packed else file},
    }


def _beside(file: str, address: str) -> list[dict[str, Any]]:
    """The file with the weights of a model file that has them in another, expected at the same place."""
    path, parts = PurePosixPath(file), urlsplit(address)
    if path.suffix not in answer.BESIDE:
        return []
    ending = answer.BESIDE[path.suffix]
    there = urlunsplit(parts._replace(path=parts.path.removesuffix(path.suffix) + ending))
    return [{"file": str(path.with_suffix(ending)), "urls": [there], "first_use": True}]


def _stem(text: str) -> str:
    """A card's name from the last part of an address; a version alone is put behind the part before it."""
    address, _, inside = text.partition("#")
    parts = [part for part in unquote(urlsplit(address).path).split("/") if part]
    inner = PurePosixPath(inside)
    last = inner.name if inner.stem not in ("", "saved_model", "model") else parts[-1] if parts else ""
    if last.isdigit() and len(parts) > 1:
        last = f"{parts[-2]}-{last}"
    stem = _ARCHIVE.sub("", last)
    stem = (
        stem.removesuffix(PurePosixPath(stem).suffix)
        if PurePosixPath(stem).suffix.lower() in FORMATS
        else stem
    )
    found = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:96]
    if not found:
        raise InputError(f"{text} names no file, so no model.")
    return found
