"""In the child process: a model of torchvision as a card, from its weights' metadata and transforms."""

import difflib
import re
from importlib import metadata
from typing import Any

from registry import definitions
from registry.errors import InputError
from zoo.providers import answer
from zoo.providers.answer import Data

_HASH = re.compile(r"-([0-9a-f]{8,63})\.\w+$")
_LICENCE = "BSD-3-Clause"
"""Of the code: the file LICENSE in its repository and wheel."""
_SEGMENTATION = {"aux_loss": True, "weights_backbone": None}
_PARAMETERS: dict[str, Data] = {
    "googlenet": {"aux_logits": True, "transform_input": True, "init_weights": False},
    "inception_v3": {"aux_logits": True, "transform_input": True, "init_weights": False},
}
"""What torchvision's own builders set where pretrained weights are asked for (torchvision/models/googlenet.py, inception.py)."""


def card(text: str) -> Data:
    """`resnet50`, or `resnet50@IMAGENET1K_V1`. Raises InputError for a name that torchvision does not know, or a kind that has no card."""
    definitions.import_torchvision()
    from torchvision import models

    name, _, wanted = text.partition("@")
    known = models.list_models()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3)
        meant = f": did you mean {' or '.join(f'`{one}`' for one in close)}?" if close else "."
        raise InputError(f"torchvision {_version()} has no model `{name}`{meant}")
    choices = models.get_model_weights(name).__members__
    if wanted and wanted not in choices:
        raise InputError(
            f"torchvision has no weights `{wanted}` of {name}; there are {', '.join(choices) or 'none'}."
        )
    if not choices:
        raise InputError(f"torchvision has no weights of {name}: write a card with yours (docs/cards.md).")
    weights = choices[wanted or "DEFAULT"]
    transforms = weights.transforms()
    kind = type(transforms).__name__
    if kind not in _KINDS:
        raise InputError(
            f"{name} of torchvision is no classifier and no segmenter of one image ({kind}): write a card for it (docs/cards.md)."
        )
    return {
        "schema": 1,
        "name": name.lower(),
        "description": f"{name} of torchvision, weights {weights.name}. {' '.join(str(weights.meta.get('_docs', '')).split())}".strip(),
        "licenses": answer.licences(_LICENCE, weights.meta.get("license")),
        "source": {"python": f"torchvision=={_version()}"},
        "weights": [_weights(weights.url)],
        **_KINDS[kind](name, weights, transforms),
    }


def names() -> list[str]:
    """Every classifier and segmenter with weights; of several weights each: `resnet50@IMAGENET1K_V2`."""
    definitions.import_torchvision()
    from torchvision import models

    found = []
    for name in models.list_models():
        choices = [one for one in models.get_model_weights(name) if type(one.transforms()).__name__ in _KINDS]
        found += [name] if len(choices) == 1 else [f"{name}@{one.name}" for one in choices]
    return found


def _version() -> str:
    return metadata.version("torchvision").partition("+")[0]


def _weights(url: str) -> Data:
    start = _HASH.search(url)
    promised = {"sha256_start": start[1]} if start else {"first_use": True}
    return {"file": url.rpartition("/")[2], "urls": [url], **promised}


def _entry(name: str, parameters: Data) -> Data:
    return {"module": "torchvision.models", "class": "get_model", "args": [name], "parameters": parameters}


def _classification(name: str, weights: Any, transforms: Any) -> Data:
    crop, shorter = transforms.crop_size[0], transforms.resize_size[0]
    resize = {
        "method": transforms.interpolation.value,
        "crop_pct": min(1.0, crop / shorter),
        "whole_levels": True,
    }
    classes = tuple(weights.meta.get("categories", ()))
    return {
        "task": "image-classification",
        "entry": _entry(name, _PARAMETERS.get(name, {})),
        "inputs": [answer.image((crop, crop), tuple(transforms.mean), tuple(transforms.std), resize)],
        **answer.classifier(classes, len(classes)),
    }


def _segmentation(name: str, weights: Any, transforms: Any) -> Data:
    """Torchvision resizes the shorter side to 520; a model of one shape takes a square of it."""
    side = transforms.resize_size[0]
    classes = list(weights.meta.get("categories", ()))
    resize = {"method": transforms.interpolation.value, "whole_levels": True}
    shape = [1, len(classes), side, side]
    auxiliary = {"name": "aux", "shape": shape, "meaning": "the auxiliary head's scores", "keep": False}
    lite = name.startswith("lraspp")
    return {
        "task": "image-segmentation",
        "entry": _entry(name, {"weights_backbone": None} if lite else _SEGMENTATION),
        "inputs": [answer.image((side, side), tuple(transforms.mean), tuple(transforms.std), resize)],
        "outputs": [
            {"name": "out", "shape": shape, "meaning": "one score a class and pixel"},
            *([] if lite else [auxiliary]),
        ],
        "evaluation": {"metric": "miou", "output": "out", "classes": classes},
    }


_KINDS = {"ImageClassification": _classification, "SemanticSegmentation": _segmentation}
"""Torchvision's presets of transforms → what a card says of such a model."""
