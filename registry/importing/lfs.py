"""opencv_zoo and Arm's ML-zoo: model files in Git LFS. Of their inputs and outputs the model files say all that is known."""

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from registry.importing import facts, tables


@dataclass(frozen=True)
class Collection:
    """A repository of model files; `suffixes` are those that are ready models."""

    namespace: str
    title: str
    repository: str
    suffixes: tuple[str, ...]
    depth: int
    """Parts of a path down to the folder that a licence and a task belong to."""


OPENCV = Collection("opencv", "OpenCV Zoo", "https://github.com/opencv/opencv_zoo", (".onnx",), 2)
ARM = Collection("arm", "Arm's ML-zoo", "https://github.com/ARM-software/ML-zoo", (".tflite",), 3)
_LEFT_OUT = {
    ".caffemodel": "Caffe weights, and the facts do not name the network's .prototxt",
    ".pb": "a SavedModel's graph whose variables are not among the facts",
    ".h5": "Keras weights that a script of the repository builds the model for",
}


def cards(known: facts.Lfs, collection: Collection) -> tuple[dict[str, Any], dict[str, str]]:
    """The cards, and what is left out with the reason."""
    ready = [one for one in known.files if PurePosixPath(one.path).suffix in collection.suffixes]
    stems = Counter(PurePosixPath(one.path).stem.lower() for one in ready)
    base = f"_{collection.namespace}"
    found: dict[str, Any] = {base: {"schema": 1, "licenses": _licenses(collection, known.commit, "")}}
    for one in ready:
        card = _card(one, known, collection, stems)
        found[card["name"]] = {"extends": base, **card}
    skipped = {
        one.path: _LEFT_OUT.get(PurePosixPath(one.path).suffix, "no model file that is read here")
        for one in known.files
        if one not in ready
    }
    return found, skipped


def _card(
    one: facts.LfsFile, known: facts.Lfs, collection: Collection, stems: Counter[str]
) -> dict[str, Any]:
    path = PurePosixPath(one.path)
    name = path.stem.lower()
    if stems[name] > 1:
        name += "-" + path.parent.name.lower().removeprefix("tflite_")
    folder = "/".join(path.parts[: collection.depth])
    words = ["/".join(path.parts[1:3]), path.parts[1]]
    card: dict[str, Any] = {
        "name": name,
        "task": tables.task_of(collection.namespace, *words),
        "description": f"{path.name} of {collection.title}: {path.parts[1].replace('_', ' ')}.",
    }
    licenses = _licenses(collection, known.commit, folder)
    if licenses != _licenses(collection, known.commit, ""):
        card["licenses"] = licenses
    return card | {
        "source": {"url": f"{collection.repository}/tree/{known.commit}/{path.parent}"},
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


def _licenses(collection: Collection, commit: str, folder: str) -> dict[str, str]:
    """What the repository's licence file says of the code, and the folder's own of the model in it."""
    own = f"{collection.repository}/tree/{folder}"
    said = tables.license_of(own) if folder else "unknown"
    link = f"{folder}/" if said != "unknown" else "LICENSE"
    return {
        "code": tables.license_of(collection.repository),
        "weights": said,
        "link": f"{collection.repository}/{'tree' if link.endswith('/') else 'blob'}/{commit}/{link.rstrip('/')}",
    }
