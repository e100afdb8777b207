"""A card in one line of a list, and in the words that it is found by."""

from pathlib import PurePosixPath

import msgspec

from registry.card import Card
from registry.shelves import Provenance

FORMATS = {
    ".onnx": "onnx", ".xml": "openvino", ".pb": "tensorflow", ".tflite": "tflite", ".pt2": "pytorch",
    ".keras": "keras", ".h5": "keras", ".pdmodel": "paddle",
}  # fmt: skip
"""A ready model file's suffix → the form that the source model has. A PyTorch class is `pytorch`, a folder `tensorflow`."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input's shape, in the source's own layout."""

    shape: tuple[int, ...]
    layout: str | None = None

    @property
    def image(self) -> tuple[int, int] | None:
        """Height and width of an image input; None where it is none. Without a layout, 4 dimensions with 1, 3 or 4 channels are one."""
        layout = self.layout
        if layout is None and len(self.shape) == 4:
            layout = "NCHW" if self.shape[1] in (1, 3, 4) else "NHWC" if self.shape[3] in (1, 3, 4) else None
        if layout is None or "H" not in layout or "W" not in layout:
            return None
        return self.shape[layout.index("H")], self.shape[layout.index("W")]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A card in one line. `name` is the qualified one, `size` the weights' bytes (None where the card does not say).

    `format` is the form of the source model, `words` what else the card is found by, `error` why it cannot be used (one sentence,
    then the rest is empty).
    """

    name: str
    task: str = ""
    description: str = ""
    license: str = ""
    """Of the weights."""
    code_license: str = ""
    size: int | None = None
    format: str = ""
    inputs: tuple[Shape, ...] = ()
    words: str = ""
    provenance: Provenance = "shipped"
    error: str = ""


def of_card(card: Card) -> Summary:
    """The card in one line, under its bare name."""
    sizes = [weights.size for weights in card.weights]
    known = [size for size in sizes if size is not None]
    words = [card.entry.cls, card.evaluation.metric if card.evaluation else None]
    words += [output.meaning for output in card.outputs or ()]
    return Summary(
        name=card.name,
        task=card.task,
        description=" ".join(card.description.split()),
        license=card.licenses.weights,
        code_license=card.licenses.code,
        size=sum(known) if known and len(known) == len(sizes) else None,
        format=_format(card),
        inputs=tuple(Shape(shape=one.shape, layout=one.layout) for one in card.inputs or ()),
        words=" ".join(word for word in dict.fromkeys(words) if word),
    )


def _format(card: Card) -> str:
    if card.entry.model is None:
        return "pytorch"
    suffix = PurePosixPath(card.entry.model).suffix.lower()
    return FORMATS.get(suffix, "tensorflow" if not suffix else suffix.removeprefix("."))
