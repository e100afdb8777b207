"""The inputs that artifacts are verified on: seeded ones, and real ones where the card or the user names some."""

from collections.abc import Sequence
from pathlib import Path

from registry.card import Card, Input
from registry.errors import InputError
from zoo.references import Sets

REAL = 2
"""Real samples of a card's own data; of data the user names, as many as the user says."""


def for_card(card: Card, inputs: Sequence[Input], data: Path | None, limit: int | None) -> Sets:
    """Seeded sets, then one set per real sample (`real <name>`), under the card's input names.

    Raises InputError where the user's `data` cannot be used for this model.
    """
    from converters.verify.samples import seeded

    sets = seeded(inputs)
    if data is not None:
        return sets | real(card, inputs, data, limit)
    named = card.evaluation.data if card.evaluation else None
    if named is not None and named.package is not None and _takes_images(inputs):
        return sets | real(card, inputs, None, REAL)
    return sets


def for_file(inputs: Sequence[Input]) -> Sets:
    """One seeded set: a file says nothing about its data."""
    from converters.verify.samples import seeded

    return {"noise": seeded(inputs)["noise"]}


def real(card: Card, inputs: Sequence[Input], data: Path | None, limit: int | None) -> Sets:
    """Images of the card's evaluation data, or of the user's, as the model sees them."""
    from registry.preprocess import preprocess
    from registry.samples import samples

    if not inputs:
        raise InputError(
            f"The card of {card.name} does not say what its inputs are, which samples need: write a card that extends it with `inputs`."
        )
    if not _takes_images(inputs):
        raise InputError(f"--data: {card.name} has no single image input, so images cannot be fed to it.")
    rule = card.evaluation
    found = samples(rule.data if rule else None, path=data, limit=limit, classes=rule.classes if rule else ())
    sets = {}
    for sample in found:
        sets[f"real {sample.name.replace('/', '-')}"] = {
            inputs[0].name: preprocess(sample.array(inputs[0]), inputs[0])
        }
    return sets


def _takes_images(inputs: Sequence[Input]) -> bool:
    return len(inputs) == 1 and inputs[0].layout is not None and inputs[0].shape[0] == 1
