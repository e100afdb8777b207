"""What the child process that reads an installed package's metadata answers, and the parts that its cards share."""

from typing import Any

import msgspec

from registry.card import Card
from registry.errors import InputError
from zoo.providers import spdx

Data = dict[str, Any]
BESIDE = {".xml": ".bin", ".pdmodel": ".pdiparams"}
"""Model files that keep their weights in another file of the same stem."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A card as data or all names, or an error's sentence with its class in `registry.errors`."""

    card: Data = {}
    names: tuple[str, ...] = ()
    error: str = ""
    kind: str = ""


def converted(data: Data, kind: type[Card], text: str) -> Card:
    """The card that a provider's data are. Raises InputError naming the model where they are none."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InputError(
            f"What is known of `{text}` makes no card ({error}): write one (docs/cards.md)."
        ) from error


def image(size: tuple[int, int], mean: tuple[float, ...], std: tuple[float, ...], resize: Data) -> Data:
    """The one image input of a PyTorch model, [1, 3, H, W] of RGB: (x / 255 - mean) / std."""
    low = min(-m / s for m, s in zip(mean, std, strict=True))
    high = max((1 - m) / s for m, s in zip(mean, std, strict=True))
    return {
        "name": "image",
        "shape": [1, len(mean), *size],
        "layout": "NCHW",
        "color": "RGB",
        "range": [round(low - 1e-3, 3), round(high + 1e-3, 3)],
        "preprocess": {"resize": resize, "divide_by": 255.0, "mean": list(mean), "std": list(std)},
    }


def classifier(classes: tuple[str, ...], count: int) -> Data:
    """The output and the metric of a classifier."""
    return {
        "outputs": [{"name": "logits", "shape": [1, count], "meaning": "one score a class, before softmax"}],
        "evaluation": {"metric": "top5", "output": "logits", "classes": list(classes)},
    }


def licences(code: str, weights: str | None) -> Data:
    """What is stated, in SPDX's spelling."""
    return {"code": code, "weights": spdx.identifier(weights)}
