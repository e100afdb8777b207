"""A card as people read it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.card import Card, Source
from zoo import report
from zoo.report import Table

if TYPE_CHECKING:
    from zoo.finding import Found
    from zoo.knowledge import Known

_LEAST, _MOST = 30, 90
"""Letters of a description in a list."""


def card(one: Card) -> tuple[str | Table, ...]:
    """Everything a user wants to know before fetching: what it is, whose it is, what goes in and out."""
    facts = [
        ("task", one.task),
        ("description", one.description),
        ("paper", one.paper or "-"),
        ("licence of code", one.licenses.code),
        ("licence of weights", one.licenses.weights),
        ("licence of dataset", one.licenses.dataset),
        ("licence text", one.licenses.link or "-"),
        ("source", origin(one.source)),
        ("model", _entry(one)),
    ]
    if one.entry.needs:
        facts.append(("not usable as it is", one.entry.needs))
    if one.evaluation:
        facts.append(("metric", one.evaluation.metric))
    tables = (Table(("card", one.name), tuple(facts)), _files(one))
    unsaid = "inputs and outputs: the card leaves them to the model file"
    return (*tables, _inputs(one) if one.inputs else unsaid, *((_outputs(one),) if one.outputs else ()))


def here(found: "Known") -> tuple[str | Table, ...]:
    """What was converted, measured and scored of a model here."""
    if found.manifest is None:
        return (f"nothing is converted here: zoo fetch-convert {found.name}",)
    blocks: list[str | Table] = [report.artifacts(found.manifest, f"converted in {found.folder}")]
    if found.measurements:
        blocks.append(report.measurements(found.measurements, "measured here"))
    if found.scores:
        blocks.append(report.scores(found.scores, "scored here"))
    return tuple(blocks)


def cards(found: "Sequence[Found]") -> tuple[Table, ...]:
    """One row a card; one with an error says so in place of what it is. Descriptions are cut so that a row is one line of a wide table."""
    facts = [
        (
            one.card.name,
            one.card.task or "-",
            report.size(one.card.size) if one.card.size else "-",
            one.card.license or "-",
        )
        for one in found
    ]
    columns = ("name", "task", "weights", "licence of weights")
    taken = sum(max(map(len, column)) + report.GAP for column in zip(columns, *facts, strict=True))
    room = max(_LEAST, min(_MOST, report.WIDE - report.GAP - taken))
    rows = tuple((*fact, _cut(_what(one), room)) for fact, one in zip(facts, found, strict=True))
    return (Table((*columns, "what it is"), rows),)


def _what(one: "Found") -> str:
    if one.card.error:
        return f"cannot be used: {one.card.error}"
    return one.card.description.split(". ")[0].rstrip(".")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def origin(source: Source) -> str:
    """Where the code comes from, in one line."""
    if source.git:
        return f"{source.git}@{source.commit}"
    if source.huggingface:
        return f"huggingface {source.huggingface}@{source.revision}"
    if source.files:
        others = f" and {len(source.files) - 1} more" if len(source.files) > 1 else ""
        return f"{source.files[0].urls[0]}{others}"
    if source.package:
        return f"package data {source.package}"
    if source.python:
        return f"installed package {source.python}"
    return source.url or source.path or "-"


def _entry(one: Card) -> str:
    entry = one.entry
    if entry.model:
        return f"file {entry.model}"
    given = [*map(repr, entry.args), *(f"{key}={value!r}" for key, value in entry.parameters.items())]
    return f"{entry.module}:{entry.cls}({', '.join(given)})"


def _files(one: Card) -> Table:
    rows = tuple(
        (
            weights.file,
            report.size(weights.size) if weights.size else "-",
            weights.sha256
            or weights.sha384
            or weights.git_blob
            or (f"sha256 {weights.sha256_start}…" if weights.sha256_start else "-"),
            "\n".join(weights.urls) or weights.path or f"package data {weights.package}",
        )
        for weights in one.weights
    )
    return Table(("weights", "size", "hash", "from"), rows)


def _inputs(one: Card) -> Table:
    rows = tuple(
        (
            value.name,
            "x".join(map(str, value.shape)),
            value.layout or "-",
            value.dtype,
            value.color or "-",
            f"{value.range[0]:g} to {value.range[1]:g}" if value.range else "-",
            ", ".join(f"{number:g}" for number in value.preprocess.mean),
            ", ".join(f"{number:g}" for number in value.preprocess.std),
        )
        for value in one.inputs
    )
    return Table(("input", "shape", "layout", "type", "colour", "range", "mean", "std"), rows)


def _outputs(one: Card) -> Table:
    rows = tuple(
        (
            value.name,
            "x".join(map(str, value.shape)) if value.shape else "-",
            "yes" if value.keep else "no",
            value.meaning or "-",
        )
        for value in one.outputs
    )
    return Table(("output", "shape", "kept", "meaning"), rows)
