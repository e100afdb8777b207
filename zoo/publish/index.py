"""The index of a collection: a page and a document with one row a model and a column a format, numbers in the cells."""

from collections.abc import Sequence
from typing import Any

import msgspec

from registry.types import Artifact
from zoo import report
from zoo.publish import front
from zoo.publish.escaping import listing, markdown, table
from zoo.publish.model import Model
from zoo.publish.plan import Planned, of_bytes
from zoo.report import Table

FILE = "index.json"
PAGE = "README.md"
COLUMNS = {
    "FP32": ("float32",),
    "FP16": ("float16",),
    "DQ": ("dynamic_range",),
    "WQ": ("weight_only_int8", "weight_only_int4"),
    "INT8": ("int8", "int8_mixed"),
    "full INT8": ("full_int8", "full_uint8"),
    "INT16x8": ("int16x8", "full_int16x8"),
    "TPU": ("edgetpu",),
    "OV": ("openvino", "openvino_fp16", "openvino_int8"),
    "ONNX": ("onnx",),
    "TF": ("saved_model", "pb", "h5", "keras", "json"),
}
OTHER = "other"


def document(name: str, models: Sequence[Model]) -> Planned:
    """`index.json`: every model with its licences, and every artifact with hash, size, accuracy and latency."""
    content = {
        "name": name,
        "version": 1,
        "columns": {**COLUMNS, OTHER: ()},
        "models": [_plain(one) for one in models],
    }
    text = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    return of_bytes(FILE, text, "the collection's table, for programs")


def page(name: str, models: Sequence[Model], base_models: Sequence[str]) -> Planned:
    """The collection's README, a model card too."""
    used = [
        one
        for one in (*COLUMNS, OTHER)
        if any(_column(artifact.target) == one for model in models for artifact in model.artifacts)
    ]
    rows = []
    for model in models:
        cells = [
            _cell(model, [one for one in model.artifacts if _column(one.target) == column]) for column in used
        ]
        task = markdown(model.card.task) if model.card else ""
        rows.append((_entry(model.name), task, _license(model), *cells))
    columns = ("model", "task", "licence", *used)
    metrics = list(dict.fromkeys(f"{one.name}: {one.scores[0].metric}" for one in models if one.scores))
    lines = [
        f"# {markdown(name)}",
        "",
        f"{len(models)} models. A cell has a line a variant: size / accuracy / latency in ms; `-` where nothing was measured.",
        "",
        *table(Table(columns, tuple(rows)), tuple(range(len(columns)))),
        "",
        *([f"Accuracy is {', '.join(map(markdown, metrics))}.", ""] if metrics else []),
        *_devices(models),
        "FP32 and FP16 are TFLite in float, DQ dynamic range, WQ weights alone, INT8 with float inputs and outputs, full INT8 without, "
        "TPU for the Edge TPU's compiler, OV OpenVINO, TF SavedModel, frozen graph and Keras.",
        "",
        *_flags(models),
        "## Checking",
        "",
        *listing("sh", "sha256sum --check SHA256SUMS\n"),
    ]
    head = front.collection(name, models, base_models)
    return of_bytes(PAGE, (head + "\n".join(lines) + "\n").encode(), "the collection's page, with its table")


def _entry(name: str) -> str:
    from urllib.parse import quote

    return f"[{markdown(name)}]({quote(name)}/{PAGE})"


def _column(target: str) -> str:
    return next((name for name, targets in COLUMNS.items() if target in targets), OTHER)


def _cell(model: Model, artifacts: Sequence[Artifact]) -> str:
    return "<br>".join(_figures(model, one, len(artifacts) > 1) for one in artifacts)


def _figures(model: Model, artifact: Artifact, named: bool) -> str:
    score, row = model.score(artifact.target), model.row(artifact)
    accuracy = report.figure(score.value, score.unit) if score else "-"
    latency = f"{_digits(row.latest.median_ms)}{'' if row.latest.valid else ' (disturbed)'}" if row else "-"
    name = f"{markdown(artifact.target)}: " if named else ""
    return f"{name}{report.size(artifact.size)} / {accuracy} / {latency}"


def _digits(value: float) -> str:
    """Three significant digits, whole numbers from 1,000 on."""
    return f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


def _license(model: Model) -> str:
    return markdown(model.clearance.weights)


def _devices(models: Sequence[Model]) -> list[str]:
    devices = list(dict.fromkeys(row.place.device for one in models for row in one.rows if row.place.device))
    if not devices:
        return []
    names = ", ".join(map(markdown, devices))
    return [f"Latency on {names}; the models' own pages have intervals, threads and targets.", ""]


def _flags(models: Sequence[Model]) -> list[str]:
    said = [
        f"- {markdown(one.name)}: {markdown(text)}"
        for one in models
        for text in (*one.clearance.flags, *one.clearance.statements)
    ]
    return ["**Before you use them:**", "", *said, ""] if said else []


def _plain(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "folder": model.name,
        "task": model.card.task if model.card else "",
        "description": " ".join(model.card.description.split()) if model.card else "",
        "licenses": {
            "code": model.clearance.code,
            "weights": model.clearance.weights,
            "dataset": model.clearance.dataset,
        },
        "flags": model.clearance.flags,
        "statements": model.clearance.statements,
        "artifacts": [_artifact(model, one) for one in model.artifacts],
    }


def _artifact(model: Model, artifact: Artifact) -> dict[str, Any]:
    row = model.row(artifact)
    latest = row.latest if row else None
    return {
        "target": artifact.target,
        "column": _column(artifact.target),
        "path": f"{model.name}/{artifact.path}",
        "sha256": artifact.sha256,
        "size": artifact.size,
        "scores": [
            {
                "metric": one.metric,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "samples": one.samples,
                "verdict": one.verdict,
            }
            for one in model.scores
            if one.artifact == artifact.target
        ],
        "latency": {
            "median_ms": latest.median_ms,
            "low_ms": latest.low_ms,
            "high_ms": latest.high_ms,
            "target": row.place.target,
            "threads": row.place.threads,
            "device": row.place.device,
            "disturbed": not latest.valid,
            "residency": str(latest.residency),
        }
        if row and latest
        else None,
    }
