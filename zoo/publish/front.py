"""The YAML at a README's head: metadata of a model card as the Hugging Face Hub reads it (huggingface.co/docs/hub/model-cards)."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from registry.card import Card
from registry.types import Score
from zoo.contenders import SOURCE
from zoo.publish import rules
from zoo.publish.escaping import plain
from zoo.publish.gate import Clearance
from zoo.publish.model import Model
from zoo.scores_file import SCORES
from zoo.targets import OPENVINO, QUANTIZED, TENSORFLOW, TFLITE

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_HUB_FILE = re.compile(r"hf:([\w.-]+/[\w.-]+)@")
METRICS = {
    "top1": "accuracy",
    "top5": "accuracy",
    "miou": "mean_iou",
    "mae": "mae",
    "map": "map",
    "psnr": "psnr",
    "ssim": "ssim",
}
"""A metric here → the Hub's id of it, where it has one (huggingface.co/metrics)."""


def model(one: Model, base_models: Sequence[str], license_file: str, scores_url: str) -> str:
    """The block of one model, between its two lines of dashes. `license_file` is a path in the publication, empty where there is none."""
    from huggingface_hub import ModelCardData

    data = ModelCardData(
        pipeline_tag=_pipeline(one.card),
        library_name=_library(one.targets),
        tags=tags(one.targets),
        datasets=_datasets(one.card) or None,
        model_name=plain(one.name),
        eval_results=_results(one, scores_url) or None,
        **_license(one.clearance, license_file),
        **_based_on([*base_models] or hub_sources(one.card)),
    )
    return f"---\n{data.to_yaml()}\n---\n"


def collection(name: str, models: Sequence[Model], base_models: Sequence[str]) -> str:
    """The block of an index over several models. One licence where they agree, else `other`, with the table of the page."""
    from huggingface_hub import ModelCardData

    targets = tuple(dict.fromkeys(target for one in models for target in one.targets))
    tasks = {_pipeline(one.card) for one in models}
    licenses = {rules.hugging_face(one.clearance.weights) for one in models}
    if licenses == {"other"} or len(licenses) > 1:
        given: dict[str, Any] = {"license": "other", "license_name": "several", "license_link": "README.md"}
    else:
        given = {"license": licenses.pop()}
    sources = [source for one in models for source in hub_sources(one.card)]
    data = ModelCardData(
        pipeline_tag=tasks.pop() if len(tasks) == 1 else None,
        library_name=_library(targets),
        tags=[*tags(targets), "model-collection"],
        datasets=list(dict.fromkeys(one for model in models for one in _datasets(model.card))) or None,
        **given,
        **_based_on(list(dict.fromkeys([*base_models, *sources]))),
    )
    return f"---\n{data.to_yaml()}\n---\n"


def hub_sources(card: Card | None) -> list[str]:
    """The repositories of the Hub that a card's source and weights come from, without doubles."""
    if card is None:
        return []
    found = [card.source.huggingface] if card.source.huggingface else []
    found += [match[1] for one in card.weights for url in one.urls if (match := _HUB_FILE.match(url))]
    return list(dict.fromkeys(found))


def tags(targets: Sequence[str]) -> list[str]:
    """What the files are, as people look for them."""
    found = ["tflite", "litert"] if set(targets) & set(TFLITE) else []
    found += [
        tag
        for tag, of in (("openvino", OPENVINO), ("tensorflow", TENSORFLOW), ("onnx", ("onnx",)))
        if set(targets) & set(of)
    ]
    found += ["quantized"] if set(targets) & set(QUANTIZED) or "float16" in targets else []
    return found + [target.replace("_", "-") for target in targets if target in (*QUANTIZED, "float16")]


def _pipeline(card: Card | None) -> str | None:
    return plain(card.task) or None if card else None


def _library(targets: Sequence[str]) -> str | None:
    for name, of in (
        ("tflite", TFLITE),
        ("keras", ("keras", "h5", "json")),
        ("tensorflow", TENSORFLOW),
        ("openvino", OPENVINO),
    ):
        if set(targets) & set(of):
            return name
    return "onnx" if "onnx" in targets else None


def _datasets(card: Card | None) -> list[str]:
    """Those of the Hub alone: the key takes nothing else."""
    given = card.calibration.dataset if card and card.calibration else None
    return [given.split(":")[0]] if given else []


def _license(clearance: Clearance, license_file: str) -> dict[str, Any]:
    name = rules.hugging_face(clearance.weights)
    if name != "other":
        return {"license": name}
    links = [link for one in rules.identifiers(clearance.weights) if (link := rules.link(one))]
    return {
        "license": "other",
        "license_name": plain(clearance.weights).lower().replace(" ", "-"),
        "license_link": license_file or (links[0] if links else "README.md"),
    }


def _based_on(sources: list[str]) -> dict[str, Any]:
    """`quantized` is the Hub's relation of a model's converted and quantized forms to it."""
    if not sources:
        return {}
    return {"base_model": sources[0] if len(sources) == 1 else sources, "base_model_relation": "quantized"}


def _results(one: Model, url: str) -> "list[EvalResult]":
    from huggingface_hub import EvalResult

    if one.card is None:
        return []
    kind, name = dataset(one.card)
    made = {artifact.target for artifact in one.artifacts}
    return [
        EvalResult(
            task_type=_pipeline(one.card) or "other",
            dataset_type=kind,
            dataset_name=f"{name}, {score.samples} samples",
            dataset_args={"sha256": score.data, "samples": score.samples} if score.data else None,
            metric_type=METRICS.get(score.metric, score.metric),
            metric_value=round(score.value, 6),
            metric_name=f"{score.metric}, {_of(score)}",
            metric_args=_interval(score),
            source_name="zoo eval",
            source_url=url or SCORES,
        )
        for score in one.scores
        if score.artifact in made or score.artifact == SOURCE
    ]


def _of(score: Score) -> str:
    return "source model" if score.artifact == SOURCE else score.artifact


def _interval(score: Score) -> dict[str, object] | None:
    if score.low is None or score.high is None:
        return None
    return {
        "confidence_interval_95": [round(score.low, 6), round(score.high, 6)],
        "artifact_sha256": score.sha256,
    }


def dataset(card: Card) -> tuple[str, str]:
    """The type and the name of the labelled data, from the card: a last part of where they lie."""
    data = card.evaluation.data if card.evaluation else None
    where = (data.package or data.path or data.url or "") if data else ""
    name = plain(where.rstrip("/").rsplit("/", 1)[-1]) if data and not data.package else plain(where)
    return card.name, name or "data of the publisher's own"
