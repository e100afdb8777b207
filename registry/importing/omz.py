"""Open Model Zoo: Intel's models as IR in FP32 (and once more where they come in INT8), other people's as they published them."""

from pathlib import PurePosixPath
from typing import Any

from registry.importing import omz_pytorch, tables
from registry.importing.facts import Omz, OmzFile, OmzModel
from registry.importing.omz_inputs import inputs_of

REPOSITORY = "https://github.com/openvinotoolkit/open_model_zoo"
_PRECISIONS = ("FP32", "FP32-INT8", "FP32-INT1", "FP16", "FP16-INT8")
"""The one that a card is about: the first that there is. FP16 the zoo makes itself."""
_ARCHIVES = (".tar.gz", ".tgz", ".zip")
_BESIDE = (".txt", ".json")
"""Vocabularies, which Intel's text models come with."""


def cards(known: Omz) -> tuple[dict[str, Any], dict[str, str]]:
    """The cards, and what is left out with the reason."""
    link = next(one.licence for one in known.models if one.group == "intel")
    license_ = tables.license_of(link)
    base = {
        "schema": 1,
        "licenses": {"code": license_, "weights": license_, "link": link},
        "source": {"url": f"{REPOSITORY}/tree/{known.commit}/models/intel"},
    }
    found: dict[str, Any] = {"_intel": base}
    skipped = {}
    for one in known.models:
        name = one.name.lower()
        if one.framework == "dldt":
            found |= _intel(name, one)
        elif one.framework == "pytorch" and any(shape is None for _, shape, _ in one.inputs):
            skipped[one.name] = "a PyTorch class whose inputs' shapes nobody says"
        elif one.framework == "pytorch":
            found[name] = _public(name, one) | omz_pytorch.parts(one, known.commit)
        else:
            found[name] = _public(name, one) | _ready(one, known.commit)
    return found, skipped


def _intel(name: str, one: OmzModel) -> dict[str, Any]:
    """An IR of Intel's, and its INT8 form as a card that extends it."""
    precisions = [precision for precision in _PRECISIONS if any(_in(file, precision) for file in one.files)]
    chosen, integer = precisions[0], "FP16-INT8"
    inputs, unsaid = inputs_of(one)
    card: dict[str, Any] = {
        "extends": "_intel",
        "name": name,
        "task": tables.task_of("omz", one.name, one.task),
        "description": f"Intel's {one.name} of Open Model Zoo ({_words(one)}), OpenVINO IR in {chosen}.{unsaid}",
        "weights": [_weights(file) for file in _ir(one, chosen) + _vocabularies(one)],
        "entry": {"model": f"{one.name}.xml"},
    }
    if inputs:
        card["inputs"] = inputs
    if integer not in precisions or chosen != "FP32":
        return {name: card}
    quantized = {
        "extends": name,
        "name": f"{name}-int8",
        "description": f"Intel's {one.name} of Open Model Zoo ({_words(one)}), OpenVINO IR in {integer}.{unsaid}",
        "weights": [_weights(file) for file in _ir(one, integer) + _vocabularies(one)],
    }
    return {name: card, f"{name}-int8": quantized}


def _public(name: str, one: OmzModel) -> dict[str, Any]:
    license_ = tables.license_of(one.licence)
    return {
        "schema": 1,
        "name": name,
        "task": tables.task_of("omz", one.name, one.task),
        "description": f"{one.name} of Open Model Zoo ({_words(one)}), {_FRAMEWORKS[one.framework]}.",
        "licenses": {"code": license_, "weights": license_, "link": one.licence},
    }


_FRAMEWORKS = {"pytorch": "a PyTorch class", "tf": "TensorFlow", "onnx": "ONNX"}


def _ready(one: OmzModel, commit: str) -> dict[str, Any]:
    """A model file as its author published it, alone or in an archive; else what has to be done first."""
    weights = [file for file in one.files if PurePosixPath(file.name).suffix not in _CODE]
    model, needs = _model(one, weights)
    packed = PurePosixPath(model).name not in [PurePosixPath(file.name).name for file in weights]
    entry = {"model": model if packed else PurePosixPath(model).name}
    inputs, unsaid = inputs_of(one)
    parts: dict[str, Any] = {
        "source": {"url": f"{REPOSITORY}/tree/{commit}/models/public/{one.name}"},
        "weights": [_weights(file, packed) for file in weights],
        "entry": entry | ({"needs": needs} if needs else {}),
    }
    if inputs:
        parts["inputs"] = inputs
    if unsaid:
        parts["description"] = f"{_public(one.name, one)['description']}{unsaid}"
    return parts


_CODE = (".py", ".whl", ".pyc")


def _model(one: OmzModel, weights: list[OmzFile]) -> tuple[str, str]:
    """The model file that Open Model Zoo converts, and what it does to the fetched files before, in words."""
    arguments = (text.removeprefix("--").partition("=") for text in one.mo_args)
    given = {key: value for key, _, value in arguments}
    path = given.get("input_model", "")
    fetched = [file.name for file in weights]
    if path.startswith("DL/") or PurePosixPath(path).name in fetched:
        model = path.partition("/")[2]
        named = PurePosixPath(model).name
        rename = f"its frozen graph is called `{named}`: unpack it and rename it to .pb"
        return model, rename if model.endswith(".frozen") else ""
    meta = given.get("input_meta_graph", given.get("input_meta", ""))
    if meta:
        return meta.partition("/")[2], "it is a TensorFlow 1 checkpoint: freeze it into a .pb"
    built = PurePosixPath(path or given.get("saved_model_dir", "")).name
    return (
        PurePosixPath(fetched[0]).name,
        f"Open Model Zoo makes {built} of these files with a script of its own (pre-convert.py)",
    )


def _ir(one: OmzModel, precision: str) -> list[OmzFile]:
    return [file for file in one.files if _in(file, precision)]


def _vocabularies(one: OmzModel) -> list[OmzFile]:
    """What a text model needs besides: by their names, since a pipeline's other files lie there too."""
    return [
        file
        for file in one.files
        if file.name.endswith(_BESIDE) and PurePosixPath(file.name).stem in ("vocab", "merges")
    ]


def _in(file: OmzFile, precision: str) -> bool:
    return file.name.startswith(f"{precision}/") and file.name.endswith((".xml", ".bin"))


def _weights(file: OmzFile, packed: bool = False) -> dict[str, Any]:
    """A file under its own name; one of a vocabulary's folder with the folder in its name, for there are two of a name."""
    path = PurePosixPath(file.name)
    within = len(path.parts) > 1 and path.parts[0].startswith("tokenizer")
    said: dict[str, Any] = {
        "file": file.name.replace("/", "-") if within else path.name,
        "urls": file.urls,
        "size": file.bytes,
        "sha384": file.sha384,
    }
    return said | ({"unpack": True} if packed and file.name.endswith(_ARCHIVES) else {})


def _words(one: OmzModel) -> str:
    return one.task.replace("_", " ")
