"""Open Model Zoo's PyTorch models: the class that its exporter calls, the code as single files, the weights.

Where its downloader edits the code, or wraps it in a file of its own, the entry says what it needs; nothing pretends to run.
"""

import ast
from pathlib import PurePosixPath
from typing import Any

from registry.importing.facts import OmzFile, OmzModel
from registry.importing.omz_inputs import class_inputs

_CODE = (".py", ".whl", ".yml", ".yaml", ".cfg")
_LEFT_OUT = (".pyc",)


def parts(one: OmzModel, commit: str) -> dict[str, Any]:
    """Source, weights, entry, inputs and outputs of the card."""
    call = one.to_onnx or {}
    module, cls = call["import-module"][0], call["model-name"][0]
    code = [file for file in one.files if file.name.endswith(_CODE)]
    weights = [file for file in one.files if file not in code and not file.name.endswith(_LEFT_OUT)]
    loaded = PurePosixPath(call.get("weights", [""])[0]).name
    weights.sort(key=lambda file: PurePosixPath(file.name).name != loaded)
    parameters, named = _parameters(call.get("model-param", []))
    needs = _needs(one, module, named, call.get("weights", [""])[0], commit)
    entry: dict[str, Any] = {"module": module, "class": cls}
    if parameters:
        entry["parameters"] = parameters
    if needs:
        entry["needs"] = needs
    return {
        "source": _source(code, commit),
        "weights": [_file(file, PurePosixPath(file.name).name) for file in weights],
        "entry": entry,
        "inputs": class_inputs(one, _names(call["input-names"])),
        "outputs": [{"name": name} for name in _names(call["output-names"])],
    }


def _source(code: list[OmzFile], commit: str) -> dict[str, Any]:
    """The code's files; where a class is an installed package's, the repository that says so."""
    if code:
        return {"files": [_file(file, file.name) for file in code]}
    return {"git": "https://github.com/openvinotoolkit/open_model_zoo", "commit": commit}


def _file(file: OmzFile, name: str) -> dict[str, Any]:
    return {"file": name, "urls": file.urls, "size": file.bytes, "sha384": file.sha384}


def _names(texts: list[str]) -> list[str]:
    return [name.strip().strip('"') for text in texts for name in text.split(",")]


def _parameters(texts: list[str]) -> tuple[dict[str, Any], list[str]]:
    """`width_mult=0.25` → {width_mult: 0.25}; and the names of those that are files of the downloader's folder."""
    found, named = {}, []
    for text in texts:
        key, _, value = text.partition("=")
        if "$" in value:
            named.append(key)
        else:
            found[key] = ast.literal_eval(value)
    return found, named


def _needs(one: OmzModel, module: str, named: list[str], weights: str, commit: str) -> str:
    """What has to be done by hand before the class can be built and given its weights."""
    reasons = []
    here = [file.name for file in one.files]
    installed = module.split(".")[0] in ("torchvision", "timm")
    path = module.replace(".", "/")
    if not installed and f"{path}.py" not in here and f"{path}/__init__.py" not in here:
        inside = any(file.startswith(f"{path.split('/')[0]}/") for file in here) and "/" in path
        packed = any(file.endswith((".tar.gz", ".zip")) for file in here)
        if packed:
            reasons.append(f"the module `{module}` is in the archive among the weights")
        elif not inside:
            reasons.append(
                f"the module `{module}` is models/public/{one.name}/{path}.py of Open Model Zoo at {commit[:12]}"
            )
    if named:
        reasons.append(f"its parameters ({', '.join(named)}) are paths of fetched files")
    if weights.startswith("$conv_dir"):
        reasons.append("the weights are converted by a script first (pre-convert.py)")
    if one.source_edits:
        plural = "s" if one.source_edits > 1 else ""
        reasons.append(
            f"{one.source_edits} edit{plural} or unpacking{plural} of the fetched files (`postprocessing` in its model.yml)"
        )
    return "; ".join(reasons)
