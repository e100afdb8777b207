"""`zoo inspect`: any intermediate value on every stage of the route, beside its difference from the source."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from registry.card import Card
from registry.errors import InputError
from registry.home import home
from registry.progress import Progress
from zoo import answering, artifacts, exporting, hashing, model_files, naming, sampling, sources
from zoo.references import Array
from zoo.report import Table, number
from zoo.request import Access
from zoo.workspace import MANIFEST

if TYPE_CHECKING:
    from converters.intermediate import Row


def inspect(
    text: str,
    select: list[str],
    shapes: dict[str, tuple[int, ...]],
    access: Access,
    confirm: sources.Confirm,
    progress: Progress,
) -> "list[Row]":
    """The chosen values (source names, or numbers in the converted graph; none: all) of a card, a model file or a converted folder.

    Raises InputError for a value that is not there, and what reading and converting raise.
    """
    from converters import engine, intermediate

    model, inputs = _source(text, shapes, access, confirm, progress)
    options = engine.Options(input_shapes=shapes if inputs is None else {})
    built = engine.build(model, options, progress)
    if inputs is None:
        inputs = sampling.for_file([answering.as_input(one) for one in built.inputs])["noise"]
    progress("running every stage")
    return intermediate.trace(model, built, inputs, select, options)


def table(rows: "list[Row]", title: str) -> Table:
    """One row a value and stage; `difference` is max|a-b| / max|b| against the first stage that has the value."""
    cells = [
        (
            str(row.number) if place == 0 else "",
            row.name if place == 0 else "",
            row.op if place == 0 else "",
            stage.stage,
            "x".join(map(str, stage.shape)),
            number(stage.minimum),
            number(stage.maximum),
            number(stage.mean),
            "-" if stage.relative is None else number(stage.relative),
        )
        for row in rows
        for place, stage in enumerate(row.stages)
    ]
    columns = ("number", "value", "operator", "stage", "shape", "min", "max", "mean", "difference")
    return Table(columns, tuple(cells), title)


def _source(
    text: str,
    shapes: dict[str, tuple[int, ...]],
    access: Access,
    confirm: sources.Confirm,
    progress: Progress,
) -> tuple[Path, dict[str, Array] | None]:
    """The model file that the engine reads, and inputs under its names where a card says them."""
    if (Path(text) / MANIFEST).is_file():
        _, manifest = artifacts.converted(text)
        if not manifest.card:
            raise InputError(f"{text} was converted from a model file: inspect that file.")
        return _of_card(msgspec.convert(manifest.card, Card), shapes, access, confirm, progress)
    named = naming.named(text, None)
    card, model = named["card"], named["model"]
    if card is not None:
        return _of_card(card, shapes, access, confirm, progress)
    if model is None or model.suffix == ".tflite":
        raise InputError(f"{text} has no earlier stage to compare with: inspect the model it was made from.")
    return model, None


def _of_card(
    card: Card,
    shapes: dict[str, tuple[int, ...]],
    access: Access,
    confirm: sources.Confirm,
    progress: Progress,
) -> tuple[Path, dict[str, Array] | None]:
    sources.require_usable(card, access)
    fetched = sources.fetch(card, access, progress)
    if card.entry.model is not None:
        return model_files.ready(card, fetched, home() / "models" / hashing.digest(fetched.blobs)[:32]), None
    sources.require_trust(card, fetched, access, confirm)
    samples = sampling.for_card(card, exporting.reshaped(card.inputs, shapes), None, None)
    done = exporting.of_card(card, fetched, exporting.Given(shapes), samples, progress)
    return done.model, next(iter(done.inputs.values()))
