"""A CycloneDX 1.6 bill of materials of a model (cyclonedx.org/docs/1.6/json): a machine-learning-model with its card, what it was made
from and with, and a component for every file by its hash."""

import json
import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from registry.card import Card
from registry.fetch import origin
from registry.types import Artifact, Blob, Tensor
from zoo.publish import front, ports
from zoo.publish.model import Model
from zoo.publish.plan import Planned, of_bytes
from zoo.publish.shipped import what
from zoo.workspace import companions

FILE = "bom.cdx.json"
_NAMESPACE = uuid.UUID("2f0e6d8e-3b7c-5a53-9d52-4c3f8d1f8a10")
"""Of serial numbers, which are made from the content: the same publication has the same."""
_WEB = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
Json = dict[str, Any]


def document(model: Model, files: Sequence[Planned]) -> Planned:
    """`files` are those of the artifacts, in the publication."""
    content: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": _model(model),
            "tools": {"components": [_tool("zoo", model.manifest.tools.get("zoo", ""))]},
        },
        "components": [
            *(_artifact(model, one, files) for one in model.artifacts),
            *(_went_in(model, name, blob) for name, blob in model.manifest.inputs.items()),
            *(
                _tool(name, version)
                for name, version in sorted(model.manifest.tools.items())
                if name != "zoo"
            ),
        ],
        "dependencies": _dependencies(model),
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(content, sort_keys=True))
    content["serialNumber"] = f"urn:uuid:{serial}"
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return of_bytes(
        FILE, text.encode("utf-8", "replace"), "CycloneDX bill of materials with the model's card"
    )


def _model(model: Model) -> Json:
    card = model.card
    found: Json = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model.name}",
        "name": model.name,
        "licenses": licenses(model.clearance.weights),
        "pedigree": _pedigree(model),
        "modelCard": _card(model),
        "properties": _properties(model),
    }
    if card is not None:
        found["description"] = " ".join(card.description.split())
        links = [("vcs", card.source.git), ("distribution", card.source.url), ("documentation", card.paper)]
        hub = [("distribution", f"https://huggingface.co/{one}") for one in front.hub_sources(card)]
        references = [
            {"type": kind, "url": url} for kind, url in (*links, *hub) if url and _WEB.fullmatch(url)
        ]
        found |= {"externalReferences": references} if references else {}
    return found


def licenses(expression: str) -> list[Json]:
    """An SPDX identifier, an SPDX expression, or a name, as the schema tells them apart."""
    from license_expression import get_spdx_licensing

    name: Json = {"license": {"name": expression or "unknown", "acknowledgement": "declared"}}
    try:
        info = get_spdx_licensing().validate(expression)
    except Exception:  # the parser of strangers' texts has more errors than it names
        return [name]
    if info.errors or not info.normalized_expression:
        return [name]
    spdx = str(info.normalized_expression)
    if "LicenseRef-" in spdx or " " in spdx:
        return [{"expression": spdx, "acknowledgement": "declared"}]
    return [{"license": {"id": spdx, "acknowledgement": "declared"}}]


def _pedigree(model: Model) -> Json:
    found: Json = {
        "ancestors": [
            _went_in(model, name, blob, "ancestor:") for name, blob in model.manifest.inputs.items()
        ]
    }
    source = model.card.source if model.card else None
    if source is not None and source.git and source.commit:
        commit = {"uid": source.commit} | ({"url": source.git} if _WEB.fullmatch(source.git) else {})
        found["commits"] = [commit]
    where = f" of {origin(model.card.source)}" if model.card else ""
    return found | {
        "notes": f"Converted from the weights and code{where}; manifest.json has every check beside the source model."
    }


def _card(model: Model) -> Json:
    parameters: Json = {}
    if model.card is not None:
        parameters = {"task": model.card.task, "datasets": _datasets(model.card, model.clearance.dataset)}
        if model.card.entry.cls:
            parameters["modelArchitecture"] = model.card.entry.cls
    first = model.artifacts[0]
    parameters["inputs"] = [
        {"format": _format(one.tensor, one.layout)} for one in ports.inputs(model.card, first)
    ]
    parameters["outputs"] = [{"format": _format(one, "")} for one in first.outputs]
    limits = [*model.clearance.flags, *(note for note in model.manifest.notes)]
    found: Json = {"modelParameters": parameters}
    if model.scores:
        found["quantitativeAnalysis"] = {"performanceMetrics": _metrics(model)}
    return found | ({"considerations": {"technicalLimitations": limits}} if limits else {})


def _datasets(card: Card, license_: str) -> list[Json]:
    """What the model was trained on has a licence and no name in a card; what it was calibrated and scored on has both."""
    found: list[Json] = [{"type": "dataset", "name": "training data", "description": f"licence: {license_}"}]
    for use, data in (
        ("calibration", card.calibration.data if card.calibration else None),
        ("evaluation", card.evaluation.data if card.evaluation else None),
    ):
        if data is not None:
            where = data.package or (data.path or data.url or "").rstrip("/").rsplit("/", 1)[-1]
            digest = f", sha256 {data.sha256}" if data.sha256 else ""
            found.append(
                {
                    "type": "dataset",
                    "name": f"{use} data {where}",
                    "description": f"licence: {data.license}{digest}",
                }
            )
    return found


def _metrics(model: Model) -> list[Json]:
    where = front.dataset(model.card)[1] if model.card else "the publisher's data"
    found = []
    for one in model.scores:
        metric: Json = {
            "type": one.metric,
            "value": repr(one.value),
            "slice": f"{one.artifact} on {where}, {one.samples} samples",
        }
        if one.low is not None and one.high is not None:
            metric["confidenceInterval"] = {"lowerBound": repr(one.low), "upperBound": repr(one.high)}
        found.append(metric)
    return found


def _artifact(model: Model, artifact: Artifact, files: Sequence[Planned]) -> Json:
    """A file, or several that belong together."""
    mine = [one for one in files if one.path == artifact.path or one.path.startswith(f"{artifact.path}/")]
    beside = {one.as_posix() for one in companions(Path(artifact.path))}
    mine += [one for one in files if one.path in beside]
    found: Json = {
        "type": "machine-learning-model",
        "bom-ref": f"artifact:{artifact.target}",
        "name": artifact.path,
        "description": what(artifact.target),
        "licenses": licenses(model.clearance.weights),
    }
    if artifact.built:
        found["properties"] = [{"name": "zoo:sha256-before-metadata", "value": artifact.built}]
    if len(mine) == 1:
        return found | {"hashes": _sha256(mine[0].sha256)}
    parts = [
        {"type": "file", "bom-ref": f"file:{one.path}", "name": one.path, "hashes": _sha256(one.sha256)}
        for one in mine
    ]
    return found | {"components": parts}


def _went_in(model: Model, name: str, blob: Blob, prefix: str = "input:") -> Json:
    """Weights or source code. A folder's hash covers its files' names and hashes, so it is no SHA-256 of bytes and stands apart."""
    is_source = name == "source"
    found: Json = {
        "type": "data" if not is_source else "library",
        "bom-ref": f"{prefix}{name}",
        "name": origin(model.card.source) if is_source and model.card else name,
        "description": f"{'source code' if is_source else 'weights'} from {blob.origin or 'a local file'}",
        "licenses": licenses(model.clearance.code if is_source else model.clearance.weights),
    }
    if is_source:
        return found | {"properties": [{"name": "zoo:tree-sha256", "value": blob.sha256}]}
    return found | {"hashes": _sha256(blob.sha256)}


def _tool(name: str, version: str) -> Json:
    return {"type": "application", "bom-ref": f"tool:{name}", "name": name} | (
        {"version": version} if version else {}
    )


def _dependencies(model: Model) -> list[Json]:
    inputs = [f"input:{name}" for name in model.manifest.inputs]
    artifacts = [f"artifact:{one.target}" for one in model.artifacts]
    return [
        {"ref": f"model:{model.name}", "dependsOn": artifacts},
        *({"ref": one, "dependsOn": inputs} for one in artifacts),
    ]


def _properties(model: Model) -> list[Json]:
    said = model.clearance
    pairs = [
        ("license:code", said.code),
        ("license:weights", said.weights),
        ("license:dataset", said.dataset),
    ]
    pairs += [("license:statement", text) for text in said.statements] + [
        ("license:flag", text) for text in said.flags
    ]
    return [{"name": f"zoo:{name}", "value": value} for name, value in pairs]


def _sha256(value: str) -> list[Json]:
    return [{"alg": "SHA-256", "content": value}]


def _format(one: Tensor, layout: str) -> str:
    grid = f", real = {one.scale!r} * (stored - {one.zero_point})" if one.scale else ""
    return f"{one.name}: {one.dtype} [{', '.join(map(str, one.shape))}] {layout}".rstrip() + grid
