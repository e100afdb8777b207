"""TFLite metadata as a flatbuffer, table by table.

Field numbers and enumerations are those of `metadata_schema.fbs`, version 1.1.0 (github.com/tensorflow/tflite-support,
tensorflow_lite_support/metadata); what is written needs no parser newer than 1.0.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

IDENTIFIER = b"M001"
PARSER_VERSION = "1.0.0"
FILE_TYPES = {"axis labels": 2, "value labels": 3}
"""AssociatedFileType: TENSOR_AXIS_LABELS, TENSOR_VALUE_LABELS."""
COLORS = {"RGB": 1, "gray": 2}
"""ColorSpaceType; BGR has none, so it is UNKNOWN."""
_FEATURE, _IMAGE = 1, 2
"""Of the union ContentProperties."""
_NORMALIZATION = 1
"""Of the union ProcessUnitOptions."""


@dataclass(frozen=True)
class LabelFile:
    """An associated file. `kind`: labels of the places along an axis, or of the numbers in the tensor."""

    name: str
    kind: Literal["axis labels", "value labels"]
    description: str


@dataclass(frozen=True)
class TensorFacts:
    """One input or output. `mean` and `std` are in the units of the picture, per channel; `image` is (width, height)."""

    name: str
    description: str
    dimensions: tuple[str, ...] = ()
    image: tuple[int, int] | None = None
    color: str = ""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    range: tuple[float, float] | None = None
    files: tuple[LabelFile, ...] = ()


@dataclass(frozen=True)
class ModelFacts:
    name: str
    description: str
    version: str
    author: str
    license: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]


def pack(facts: ModelFacts) -> bytes:
    """The ModelMetadata table. The order of `inputs` and `outputs` is the subgraph's own."""
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    inputs = _offsets(builder, [_tensor(builder, one) for one in facts.inputs])
    outputs = _offsets(builder, [_tensor(builder, one) for one in facts.outputs])
    name = builder.CreateString(facts.name)
    subgraph = _table(builder, 7, {0: name, 2: inputs, 3: outputs})
    subgraphs = _offsets(builder, [subgraph])
    texts = (facts.description, facts.version, facts.author, facts.license, PARSER_VERSION)
    description, version, author, license_, parser = (builder.CreateString(text) for text in texts)
    model = {0: name, 1: description, 2: version, 3: subgraphs, 4: author, 5: license_, 7: parser}
    builder.Finish(_table(builder, 8, model), IDENTIFIER)
    return bytes(builder.Output())


def _tensor(builder: Any, one: TensorFacts) -> int:
    name, description = builder.CreateString(one.name), builder.CreateString(one.description)
    fields = {0: name, 1: description}
    if one.dimensions:
        fields[2] = _offsets(builder, [builder.CreateString(text) for text in one.dimensions])
    fields[3] = _content(builder, one)
    if one.mean:
        normalization = _table(builder, 2, {0: _floats(builder, one.mean), 1: _floats(builder, one.std)})
        unit = _table(builder, 2, {1: normalization}, numbers={0: ("Uint8", _NORMALIZATION)})
        fields[4] = _offsets(builder, [unit])
    if one.range is not None:
        low, high = _floats(builder, one.range[:1]), _floats(builder, one.range[1:])
        fields[5] = _table(builder, 2, {0: high, 1: low})
    if one.files:
        fields[6] = _offsets(builder, [_file(builder, file) for file in one.files])
    return _table(builder, 7, fields)


def _content(builder: Any, one: TensorFacts) -> int:
    """What the numbers are: a picture, or features."""
    if one.image is None:
        return _table(builder, 3, {1: _table(builder, 0, {})}, numbers={0: ("Uint8", _FEATURE)})
    width, height = one.image
    size = _table(builder, 2, {}, numbers={0: ("Uint32", width), 1: ("Uint32", height)})
    image = _table(builder, 2, {1: size}, numbers={0: ("Int8", COLORS.get(one.color, 0))})
    return _table(builder, 3, {1: image}, numbers={0: ("Uint8", _IMAGE)})


def _file(builder: Any, one: LabelFile) -> int:
    name, description = builder.CreateString(one.name), builder.CreateString(one.description)
    return _table(builder, 4, {0: name, 1: description}, numbers={2: ("Int8", FILE_TYPES[one.kind])})


def _table(
    builder: Any, fields: int, offsets: dict[int, int], numbers: dict[int, tuple[str, int]] | None = None
) -> int:
    """A table of so many fields: offsets to what is written already, and numbers of a flatbuffer type, by field number."""
    builder.StartObject(fields)
    for slot, (kind, value) in (numbers or {}).items():
        getattr(builder, f"Prepend{kind}Slot")(slot, value, 0)
    for slot, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return int(builder.EndObject())


def _offsets(builder: Any, found: Sequence[int]) -> int:
    builder.StartVector(4, len(found), 4)
    for offset in reversed(found):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _floats(builder: Any, values: Sequence[float]) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependFloat32(value)
    return int(builder.EndVector())
