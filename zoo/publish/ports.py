"""The inputs and outputs of an artifact, with what the card says of them: the common ground of metadata, snippets and README."""

from dataclasses import dataclass

import msgspec

from registry.card import Card, Input, Output
from registry.types import Artifact, Tensor
from zoo import contenders

AXES = {"N": "batch", "C": "channel", "H": "height", "W": "width", "D": "depth", "T": "time", "L": "length"}
UNNAMED = "???"
"""In a label file, the line of a class that has no name (as tflite-support's own label files have it)."""


@dataclass(frozen=True)
class InputPort:
    """`layout` has a letter for each axis of the artifact's tensor; empty where the card names none."""

    tensor: Tensor
    spec: Input | None
    layout: str = ""

    @property
    def image(self) -> tuple[int, int] | None:
        """(width, height) of an input that is a picture."""
        if "H" not in self.layout or "W" not in self.layout:
            return None
        return self.tensor.shape[self.layout.index("W")], self.tensor.shape[self.layout.index("H")]

    @property
    def channels(self) -> int:
        return self.tensor.shape[self.layout.index("C")] if "C" in self.layout else 1

    @property
    def color(self) -> str:
        """As `registry.preprocess` takes it where the card does not say."""
        said = self.spec.color if self.spec else None
        return said or {1: "gray", 3: "RGB"}.get(self.channels, "")


@dataclass(frozen=True)
class OutputPort:
    """`labels`: a name for each place along the last axis, or for each number in the tensor where `numbers`."""

    tensor: Tensor
    spec: Output | None
    labels: tuple[str, ...] = ()
    numbers: bool = False


def inputs(card: Card | None, artifact: Artifact) -> tuple[InputPort, ...]:
    """In the artifact's order."""
    if card is None:
        return tuple(InputPort(tensor, None) for tensor in artifact.inputs)
    by_name = {spec.name: spec for spec in card.inputs}
    alike = len(card.inputs) == len(artifact.inputs)
    found = []
    for index, tensor in enumerate(artifact.inputs):
        spec = by_name.get(tensor.source_name or tensor.name) or (card.inputs[index] if alike else None)
        found.append(InputPort(tensor, spec, _layout(spec, tensor)))
    return tuple(found)


def outputs(card: Card | None, artifact: Artifact) -> tuple[OutputPort, ...]:
    """In the artifact's order."""
    if card is None:
        return tuple(OutputPort(tensor, None) for tensor in artifact.outputs)
    names = contenders.card_names(card, [tensor.name for tensor in artifact.outputs])
    by_name = {spec.name: spec for spec in card.outputs}
    found = []
    for tensor in artifact.outputs:
        ours = names.get(tensor.name, tensor.source_name)
        labels, numbers = _labels(card, ours, tensor)
        found.append(OutputPort(tensor, by_name.get(ours), labels, numbers))
    return tuple(found)


def sized(artifact: Artifact) -> Artifact:
    """The artifact with 1 for each open axis (-1): the size that a .tflite has until a program sets another."""

    def closed(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(
            msgspec.structs.replace(one, shape=tuple(max(1, n) for n in one.shape)) for one in tensors
        )

    return msgspec.structs.replace(artifact, inputs=closed(artifact.inputs), outputs=closed(artifact.outputs))


def labels(card: Card | None) -> tuple[str, ...]:
    """The names of the model's classes, from class 0 on; none where the card has none."""
    rule = card.evaluation if card else None
    if rule is None or not rule.classes:
        return ()
    shift = rule.label_offset + rule.segmentation.label_offset
    return (UNNAMED,) * shift + rule.classes if shift >= 0 else rule.classes[-shift:]


def _layout(spec: Input | None, tensor: Tensor) -> str:
    layout = (spec.layout or "") if spec else ""
    if not layout.isascii() or not layout.isalpha() or len(layout) != len(tensor.shape):
        return ""  # it goes into programs
    if sorted(tensor.permutation) != list(range(len(layout))):
        return ""
    return "".join(layout[axis] for axis in tensor.permutation)


def _labels(card: Card, name: str, tensor: Tensor) -> tuple[tuple[str, ...], bool]:
    """The labels that belong to this output, and whether they name its numbers."""
    found, rule = labels(card), card.evaluation
    if not found or rule is None:
        return (), False
    if rule.detection is not None:
        if name == rule.detection.classes:
            return found, True
        found = (UNNAMED, *found) if rule.detection.background else found
        scores = name == rule.detection.scores and tensor.shape[-1:] == (len(found),)
        return (found, False) if scores else ((), False)
    wanted = rule.output or next((one.name for one in card.outputs if one.keep), "")
    if name != wanted or rule.metric not in ("top1", "top5", "miou"):
        return (), False
    return (found, False) if tensor.shape[-1:] == (len(found),) else ((), False)
