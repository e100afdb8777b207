"""`hf/<org>/<repo>[@<revision>][:<file>]`: a ready model file of a Hugging Face repository, by what the Hub says of it.

The revision is pinned to its commit and every file to the Hub's own hash (sha256 of large files, git's blob hash of small ones), so
nothing is fetched for the card. What was found is kept under ZOO_HOME: it answers for a commit at once, for a branch when the Hub does not.
"""

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from registry.card import Card
from registry.catalog import StrangersCard
from registry.disk import write_atomic
from registry.errors import FetchError, InputError
from registry.fetch import huggingface
from registry.fetch.huggingface import HubFile, Repository
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError
from registry.home import home
from registry.summary import FORMATS
from zoo.providers import answer, spdx

_TEXT = re.compile(r"hf/(?P<repository>[\w.-]+/[\w.-]+?)(@(?P<revision>[^:\s]+))?(:(?P<file>[^:\s]+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_USUAL = ("model.onnx", "onnx/model.onnx", "model.tflite")
_NO_NAMES = ("model", "saved_model", "openvino_model", "tf_model", "weights")
"""Stems that say nothing of the model: its repository's name does."""
_SHOWN = 8


def name(text: str) -> str:
    """`hf/<org>/<repo>`, and the file's stem where one is named. Raises InputError."""
    repository, _, file = _parts(text)
    return f"hf/{repository}/{PurePosixPath(file).stem}" if file else f"hf/{repository}"


def card(text: str, network: Network | None = None) -> Card:
    """Raises InputError where the repository has no such model file, FetchError where the Hub cannot be asked and was not before."""
    repository, revision, file = _parts(text)
    found = _asked(repository, revision, network or Network())
    chosen = _chosen(found, file, text)
    data = {
        "schema": 1,
        "name": _card_name(repository, chosen.path),
        "task": found.task or "other",
        "description": f"{chosen.path} of the Hugging Face repository {repository}.",
        "licenses": {"code": spdx.UNKNOWN, "weights": spdx.identifier(found.license), **_link(found)},
        "source": {"url": f"https://huggingface.co/{repository}"},
        "weights": [_weights(one, found) for one in (chosen, *_companions(found, chosen))],
        "entry": {"model": PurePosixPath(chosen.path).name},
    }
    return answer.converted(data, StrangersCard, text)


def _parts(text: str) -> tuple[str, str, str]:
    match = _TEXT.fullmatch(text)
    if match is None or ".." in (match["file"] or "").split("/"):
        raise InputError(
            f"`{text}` is no model of the Hugging Face Hub: like hf/org/repo, hf/org/repo@v1.0:onnx/model.onnx."
        )
    return match["repository"], match["revision"] or "main", match["file"] or ""


def _asked(repository: str, revision: str, network: Network) -> Repository:
    key = hashlib.sha256(f"{repository}@{revision}".encode()).hexdigest()[:32]
    place = home() / "providers" / f"hf-{key}.json"
    kept = _kept(place)
    if kept is not None and _COMMIT.fullmatch(revision):
        return kept
    try:
        found = huggingface.look(repository, revision, network)
    except TransferError as error:
        if kept is not None:
            return kept
        raise FetchError(f"The Hugging Face repository {repository} at {revision}: {error}.") from error
    write_atomic(place, msgspec.json.encode(found))
    return found


def _kept(place: Path) -> Repository | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=Repository)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _chosen(found: Repository, file: str, text: str) -> HubFile:
    by_path = {one.path: one for one in found.files}
    ready = [path for path in by_path if PurePosixPath(path).suffix.lower() in FORMATS]
    if file:
        if file in by_path and file in ready:
            return by_path[file]
        what = "is no model file that can be converted" if file in by_path else "is not in the repository"
        raise InputError(f"`{text}`: {file} {what}; there are {_listed(ready)}.")
    likely = [path for path in ready if not path.endswith((".h5", ".keras"))] or ready
    usual = likely if len(likely) == 1 else [path for path in _USUAL if path in likely][:1]
    if usual:
        return by_path[usual[0]]
    if ready:
        raise InputError(
            f"`{text}` has several model files: say which, {text}:{likely[0]} for one; there are {_listed(ready)}."
        )
    if found.library == "timm":
        raise InputError(
            f"`{text}` holds weights of timm without a model file: say timm/{found.name.rpartition('/')[2]}."
        )
    kinds = ", ".join(sorted(FORMATS))
    raise InputError(
        f"`{text}` holds no model file that can be converted ({kinds}): write a card with its PyTorch class (docs/cards.md)."
    )


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return (", ".join(paths[:_SHOWN]) + more) or "none"


def _companions(found: Repository, chosen: HubFile) -> list[HubFile]:
    """Files that a model file keeps its weights in: an IR's .bin, Paddle's .pdiparams, `model.onnx_data`, `model.onnx.data`."""
    path = PurePosixPath(chosen.path)
    if path.suffix in answer.BESIDE:
        return [one for one in found.files if one.path == str(path.with_suffix(answer.BESIDE[path.suffix]))]
    if path.suffix == ".onnx":
        data = re.compile(re.escape(chosen.path) + r"([._]data([._]\d+)?)")
        return [one for one in found.files if data.fullmatch(one.path)]
    return []


def _weights(file: HubFile, found: Repository) -> dict[str, Any]:
    hashes = {"sha256": file.sha256, "git_blob": file.git_blob}
    checksum: dict[str, Any] = {key: value for key, value in hashes.items() if value} or {"first_use": True}
    size = {"size": file.size} if file.size else {}
    return {
        "file": PurePosixPath(file.path).name,
        "urls": [f"hf:{found.name}@{found.commit}:{file.path}"],
        **size,
        **checksum,
    }


def _link(found: Repository) -> dict[str, str]:
    return {"link": found.license_link} if found.license_link else {}


def _card_name(repository: str, path: str) -> str:
    stem = PurePosixPath(path).stem
    said = repository.rpartition("/")[2] if stem.lower() in _NO_NAMES else stem
    return re.sub(r"[^a-z0-9._-]+", "-", said.lower()).strip("-._")[:96] or "model"
