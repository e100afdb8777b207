"""onnx/models: one card a file, since a user names model and opset; inputs and outputs where every axis can be said."""

from pathlib import PurePosixPath
from typing import Any

from registry.importing import facts, tables

REPOSITORY = "https://github.com/onnx/models"
_TYPES = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(int64)": "int64", "tensor(int32)": "int32",
    "tensor(uint8)": "uint8", "tensor(int8)": "int8", "tensor(bool)": "bool",
}  # fmt: skip


def cards(known: facts.Onnx) -> tuple[dict[str, Any], dict[str, str]]:
    """The cards, and what is left out with the reason (nothing)."""
    base = {
        "schema": 1,
        "licenses": {  # of the repository; a model's README may say otherwise, so the weights' is not known
            "code": "Apache-2.0",
            "weights": "unknown",
            "link": f"{REPOSITORY}/blob/{known.commit}/LICENSE",
        },
    }
    found: dict[str, Any] = {"_onnx": base}
    for one in known.models:
        name = PurePosixPath(one.path).stem.lower()
        found[name] = _card(name, one, known)
    return found, {}


def _card(name: str, one: facts.OnnxModel, known: facts.Onnx) -> dict[str, Any]:
    path = PurePosixPath(one.path)
    words = [name, *reversed(one.tags)]
    card: dict[str, Any] = {
        "extends": "_onnx",
        "name": name,
        "task": tables.task_of("onnx", *words),
        "description": f"{one.model} of the ONNX Model Zoo ({', '.join(one.tags)}), opset {one.opset}.",
        "source": {"url": f"{REPOSITORY}/tree/{known.commit}/{path.parent.parent}"},
        "weights": [
            {
                "file": path.name,
                "urls": [facts.download(known.download, known.commit, one.path)],
                "size": one.bytes,
                "sha256": one.sha256,
            }
        ],
        "entry": {"model": path.name},
    }
    inputs = [_tensor(*tensor) for tensor in one.inputs]
    if inputs and all(inputs):
        card["inputs"] = inputs
        if one.outputs:
            card["outputs"] = [_output(*tensor) for tensor in one.outputs]
    return card


def _tensor(name: str, shape: facts.Shape, kind: str) -> dict[str, Any] | None:
    """An input; a batch left open is 1 in the card. None where another axis is open, or the type is none that a card has."""
    if shape is None:
        return None
    sizes = [1 if axis == 0 and len(shape) > 1 and _open(size) else size for axis, size in enumerate(shape)]
    if kind not in _TYPES or any(_open(size) for size in sizes):
        return None
    said: dict[str, Any] = {"name": name, "shape": sizes}
    if _TYPES[kind] != "float32":
        said["dtype"] = _TYPES[kind]
    if len(sizes) == 4 and sizes[1] in (1, 3):
        said["layout"] = "NCHW"
    elif len(sizes) == 4 and sizes[3] in (1, 3):
        said["layout"] = "NHWC"
    return said


def _output(name: str, shape: facts.Shape, _: str) -> dict[str, Any]:
    known = shape is not None and shape != [] and not any(_open(size) for size in shape)
    return {"name": name, "shape": shape} if known else {"name": name}


def _open(size: int | str | None) -> bool:
    return not isinstance(size, int) or size < 1
