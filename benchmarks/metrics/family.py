"""What a family of metrics is: it sees one answer at a time, keeps a few numbers of each, and names the figures made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.figure import Figure, Row, Stats
from registry.card import Card, Input
from registry.errors import InputError
from registry.preprocess import Array
from registry.samples import Sample


@dataclass(frozen=True)
class Answer:
    """A model's answer to one sample, floats in the source's layouts. `image` is the sample's height and width before preprocessing
    (1, 1 for what is no image); `reference` the source model's answer, for the families that ask for it."""

    sample: Sample
    image: tuple[int, int]
    outputs: Mapping[str, npt.NDArray[np.float32]]
    reference: Mapping[str, npt.NDArray[np.float32]] | None = None


class Family(Protocol):
    """A task's metrics. `observe` raises InputError where sample, answer and card do not fit together."""

    label: str
    """The field of `Sample` that holds what the answer is held against; empty where that is the source model's answer."""
    outputs: tuple[str, ...]
    """The outputs that are read."""

    def figures(self, stats: Stats) -> tuple[Figure, ...]: ...

    def observe(self, answer: Answer) -> Row: ...

    def collect(self, rows: Sequence[Row]) -> Stats: ...


class Stacked:
    """A family whose rows have the same shapes throughout: they are stacked."""

    def collect(self, rows: Sequence[Row]) -> Stats:
        return {key: np.stack([np.asarray(row[key]) for row in rows]) for key in rows[0]}


def scored_output(card: Card) -> str:
    """The output that the card's evaluation names, else the first that is kept. Raises InputError where it is not kept."""
    kept = [output.name for output in card.outputs if output.keep]
    named = card.evaluation.output if card.evaluation else None
    if not kept:
        raise InputError(f"The card of {card.name} keeps no `outputs`, so there is nothing to score.")
    return kept_output(card, named or kept[0])


def kept_output(card: Card, name: str) -> str:
    """`name`, where the card keeps such an output. Raises InputError where it does not."""
    kept = [output.name for output in card.outputs if output.keep]
    if name not in kept:
        raise InputError(
            f"The evaluation of {card.name} reads output `{name}`, which is none of {', '.join(kept)}."
        )
    return name


def without_batch(array: Array, dimensions: int) -> Array:
    """The first of a batch, where `array` has one dimension more than `dimensions`."""
    return array[0] if array.ndim == dimensions + 1 else array


def only_input(card: Card) -> Input:
    """The card's input. Raises InputError where there are several: metrics are for models of one."""
    if len(card.inputs) != 1:
        raise InputError(
            f"{card.name} has {len(card.inputs)} inputs; metrics are for models with one image input."
        )
    return card.inputs[0]
