"""The files beside an ONNX file that hold its tensors: within its folder, and as large as the tensors say.

OpenVINO, onnxruntime and onnx look at their places too, each in its own way; this is one sentence before any of them opens a file.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from registry.errors import InputError

_KEY = b"location"
"""Stands in every file with external data (onnx.proto, TensorProto.external_data)."""


def check_external_data(path: Path) -> None:
    """Raises InputError for a tensor whose data lie outside of the file's folder, or beyond their file's end."""
    if not _mentions(path):
        return
    import onnx

    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception:  # damaged: the reader says so itself
        return
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _check(path, tensor.name, {entry.key: entry.value for entry in tensor.external_data})


def _mentions(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return False
        with content:
            return content.find(_KEY) >= 0


def _tensors(message: Any) -> Iterator[Any]:
    """Every tensor of a model: initializers, attributes, those of subgraphs and functions."""
    if message.DESCRIPTOR.name == "TensorProto":
        yield message
        return
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for part in value if hasattr(value, "__len__") else (value,):
                yield from _tensors(part)


def _check(path: Path, name: str, entries: dict[str, str]) -> None:
    location = entries.get("location", "")
    inside = PurePosixPath(location.replace("\\", "/"))
    if (
        not location
        or inside.is_absolute()
        or ".." in inside.parts
        or location[1:2] == ":"
        or "\0" in location
    ):
        raise InputError(
            f"`{path}`: tensor {name!a} has its data at {location!a}, which leads out of the model's folder; "
            "export the model with its data beside it"
        )
    file = path.parent / inside
    if not file.is_file():
        raise InputError(f"`{path}`: the file {location!a} with the data of tensor {name!a} is not beside it")
    try:
        offset, length = int(entries.get("offset") or 0), int(entries.get("length") or 0)
    except ValueError as error:
        raise InputError(f"`{path}`: the place of tensor {name!a} in its file is no number") from error
    if offset < 0 or length < 0 or offset + length > file.stat().st_size:
        raise InputError(
            f"`{path}`: tensor {name!a} takes bytes {offset:,} to {offset + length:,} of {location!a}, which has "
            f"{file.stat().st_size:,}; fetch both files again"
        )
