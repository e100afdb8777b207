"""A card and an artifact → the facts of its TFLite metadata, and the label files that go with them."""

from pathlib import Path
from typing import Literal

from registry.card import Card
from registry.types import Artifact, Manifest
from zoo.publish import ports
from zoo.publish.metadata_schema import LabelFile, ModelFacts, TensorFacts
from zoo.publish.ports import InputPort, OutputPort

LABELS = "labels.txt"


def model(
    card: Card | None, manifest: Manifest, artifact: Artifact, license_: str, author: str
) -> ModelFacts:
    """`inputs` and `outputs` stand in the file's order, which is the manifest's."""
    description = " ".join(card.description.split()) if card else manifest.name
    return ModelFacts(
        name=manifest.name,
        description=f"{description} Variant {artifact.target}.",
        version=manifest.tools.get("zoo", ""),
        author=author,
        license=license_,
        inputs=tuple(_input(one) for one in ports.inputs(card, artifact)),
        outputs=tuple(_output(one) for one in ports.outputs(card, artifact)),
    )


def files(card: Card | None, facts: ModelFacts) -> dict[str, bytes]:
    """The files that the facts name, with their content: one label a line."""
    named = {file.name for one in facts.outputs for file in one.files}
    if not named or card is None:
        return {}
    return {LABELS: label_file(card)}


def label_file(card: Card) -> bytes:
    """One class a line; a line break in a name would shift all that follow."""
    return "".join(" ".join(text.split()) + "\n" for text in ports.labels(card)).encode()


def in_file_order(path: Path, artifact: Artifact) -> Artifact:
    """The artifact with its inputs and outputs in the order of the file's main subgraph, as metadata must have them."""
    import msgspec
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.Model.GetRootAs(path.read_bytes(), 0).Subgraphs(0)
    sides = []
    for known, numbers in (
        (artifact.inputs, graph.InputsAsNumpy()),
        (artifact.outputs, graph.OutputsAsNumpy()),
    ):
        names = [graph.Tensors(int(number)).Name().decode(errors="replace") for number in numbers]
        by_name = {one.name: one for one in known}
        sides.append(tuple(by_name[name] for name in names) if set(names) == set(by_name) else known)
    return msgspec.structs.replace(artifact, inputs=sides[0], outputs=sides[1])


def _input(one: InputPort) -> TensorFacts:
    name = one.tensor.source_name or one.tensor.name
    if one.spec is None:
        return TensorFacts(name, _axes(one))
    mean, std = _normalization(one)
    return TensorFacts(
        name=name,
        description=_said(one),
        dimensions=tuple(ports.AXES.get(axis, axis) for axis in one.layout),
        image=one.image if one.channels in (1, 3) else None,
        color=one.color,
        mean=mean,
        std=std,
        range=one.spec.range,
    )


def _normalization(one: InputPort) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(x - mean) / std in units of the picture; none where it is divided by its own maximum, which the schema cannot say."""
    assert one.spec is not None
    rule = one.spec.preprocess
    if rule.divide_by == "max" or not rule.divide_by:
        return (), ()
    count = max(len(rule.mean), len(rule.std))
    mean = rule.mean * count if len(rule.mean) == 1 else rule.mean
    std = rule.std * count if len(rule.std) == 1 else rule.std
    return tuple(m * rule.divide_by for m in mean), tuple(s * rule.divide_by for s in std)


def _said(one: InputPort) -> str:
    assert one.spec is not None
    rule, parts = one.spec.preprocess, [one.color] if one.image else []
    if rule.divide_by == "max":
        parts.append("divided by its own maximum")
    elif rule.divide_by != 1:
        parts.append(f"divided by {rule.divide_by:g}")
    if rule.mean != (0.0,) or rule.std != (1.0,):
        parts.append(f"minus mean {list(rule.mean)}, over std {list(rule.std)}")
    if one.spec.range is not None:
        parts.append(f"which gives {one.spec.range[0]:g} to {one.spec.range[1]:g}")
    return "; ".join([*parts, _axes(one)])


def _axes(one: InputPort) -> str:
    shape = " x ".join(map(str, one.tensor.shape))
    return f"axes {one.layout}, {shape}" if one.layout else f"shape {shape}"


def _output(one: OutputPort) -> TensorFacts:
    meaning = one.spec.meaning if one.spec else ""
    kind: Literal["axis labels", "value labels"] = "value labels" if one.numbers else "axis labels"
    file = LabelFile(LABELS, kind, "names of the classes, one a line")
    shape = " x ".join(map(str, one.tensor.shape))
    name = one.spec.name if one.spec else one.tensor.source_name or one.tensor.name
    return TensorFacts(
        name=name,
        description=f"{meaning}; shape {shape}" if meaning else f"shape {shape}",
        files=(file,) if one.labels else (),
    )
