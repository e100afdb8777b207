"""Models that are scored against each other: artifacts and the source model, each from the card's inputs to the card's outputs."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from registry.card import Card
from registry.errors import ConversionError, InputError
from registry.stored import to_real, to_stored
from registry.types import Artifact, Tensor
from zoo import checking, references
from zoo.references import Array
from zoo.scores_file import SOURCE as SOURCE

if TYPE_CHECKING:
    from converters.verify.runtimes import Runtime
    from converters.verify.tensors import TensorSpec

_BATCH_BYTES = 256 << 20
"""Inputs and outputs that one TensorFlow process is given at most."""

Named = dict[str, Array]


@dataclass(frozen=True)
class Contender:
    """A model file. `inputs` stand in the order of the card's; `names` leads from the names of `outputs` to the card's."""

    target: str
    path: Path
    sha256: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    names: dict[str, str]

    @property
    def in_tensorflow(self) -> bool:
        from converters.verify.tensorflow_runs import is_tensorflow

        return is_tensorflow(self.path)


def of_artifact(card: Card, artifact: Artifact, folder: Path) -> Contender:
    """Raises InputError where the artifact has not the card's inputs."""
    if len(artifact.inputs) != len(card.inputs):
        raise InputError(
            f"{artifact.path} has {len(artifact.inputs)} inputs, the card of {card.name} {len(card.inputs)}: convert again."
        )
    path = folder / artifact.path
    names = card_names(card, [one.name for one in artifact.outputs])
    by_name = {one.name: one for one in artifact.inputs}
    same = set(by_name) == {one.name for one in card.inputs}
    inputs = tuple(by_name[one.name] for one in card.inputs) if same else artifact.inputs
    return Contender(artifact.target, path, artifact.sha256, inputs, artifact.outputs, names)


def card_names(card: Card, theirs: list[str]) -> dict[str, str]:
    """A file's names of outputs → the card's: its own where they are the card's, else as far as the two can be matched."""
    kept = [output.name for output in card.outputs if output.keep]
    if set(theirs) <= set(kept):
        return {name: name for name in theirs}
    return {file: ours for ours, file in checking.match(kept, theirs).items()}


def groups(contenders: Iterable[Contender]) -> list[list[Contender]]:
    """Those that run together: each alone, but all of TensorFlow's in one child process."""
    alone, together = [], []
    for one in contenders:
        if one.in_tensorflow and one.target != SOURCE:
            together.append(one)
        else:
            alone.append([one])
    return [*alone, together] if together else alone


def stream(card: Card, group: Sequence[Contender], given: Iterable[Named]) -> Iterator[tuple[Named, ...]]:
    """The answers of each of a group to a stream of inputs, in order, under the card's names and in the source's layouts.

    Inputs and outputs that are quantized are so from and to floats, by the file's own scales. Raises ConversionError.
    """
    if group[0].in_tensorflow:
        yield from _in_tensorflow(card, group, given)
        return
    predict = predictor(card, group[0])
    for arrays in given:
        yield (predict(arrays),)


class predictor:  # noqa: N801 - used as a function
    """A contender as a function of the card's input names to the card's output names, all in the source's layouts."""

    def __init__(self, card: Card, contender: Contender) -> None:
        self._card, self._contender = card, contender
        self._runtime = _load(contender)
        self._in = _specs(contender.inputs, self._runtime.inputs)
        self._out = _specs(contender.outputs, self._runtime.outputs)

    def __call__(self, given: Named) -> Named:
        fed = _to_artifact(self._card, self._contender, given)
        found = self._runtime.run({spec.name: to_stored(fed[ours], spec) for ours, spec in self._in.items()})
        floats = {ours: to_real(found[spec.name], spec) for ours, spec in self._out.items()}
        return _to_source(self._contender, floats)


def _load(contender: Contender) -> "Runtime":
    return (
        checking.load_source(contender.path) if contender.target == SOURCE else checking.load(contender.path)
    )


def _specs(tensors: Sequence[Tensor], specs: Sequence["TensorSpec"]) -> dict[str, "TensorSpec"]:
    """Our names → what the file says of its tensors; a grid that it does not say is the manifest's."""
    by_name, ours = {spec.name: spec for spec in specs}, {one.name: one for one in tensors}
    found = {}
    for name, theirs in checking.match(list(ours), list(by_name)).items():
        told, known = by_name[theirs], ours[name]
        if not told.scale and told.dtype == known.dtype:
            told = msgspec.structs.replace(told, scale=known.scale, zero_point=known.zero_point)
        found[name] = told
    return found


def _in_tensorflow(
    card: Card, group: Sequence[Contender], given: Iterable[Named]
) -> Iterator[tuple[Named, ...]]:
    """Many samples in one child process, as importing TensorFlow takes seconds."""
    size = sum(4 * int(np.prod(tensor.shape)) for tensor in (*group[0].inputs, *group[0].outputs))
    batch = max(1, _BATCH_BYTES // max(1, abs(size)))
    waiting = iter(given)
    while part := list(islice(waiting, batch)):
        yield from zip(*_answers(card, group, part), strict=True)


def _answers(card: Card, group: Sequence[Contender], given: Sequence[Named]) -> list[list[Named]]:
    """What each contender answers to each of the inputs."""
    from converters.verify.tensorflow_runs import run_tensorflow

    like = group[0]
    fed = {
        str(index): checking.as_stored(_to_artifact(card, like, arrays), like.inputs)
        for index, arrays in enumerate(given)
    }
    with tempfile.TemporaryDirectory(prefix="zoo-eval-") as scratch:
        file = Path(scratch) / "inputs.npz"
        references.save(fed, file)
        runs = run_tensorflow([one.path for one in group], file)
    collected = []
    for one in group:
        run = runs[one.path]
        if run.reason:
            raise ConversionError(f"{one.path} cannot be run: {run.reason}")
        names = checking.match([tensor.name for tensor in one.outputs], [spec.name for spec in run.outputs])
        answers = (run.answers[str(index)] for index in range(len(given)))
        reals = (
            checking.as_real({ours: found[theirs] for ours, theirs in names.items()}, one.outputs)
            for found in answers
        )
        collected.append([_to_source(one, found) for found in reals])
    return collected


def _to_artifact(card: Card, contender: Contender, given: Named) -> Named:
    """Arrays under the card's input names → under the contender's, in its axis order."""
    return {
        tensor.name: np.ascontiguousarray(np.transpose(given[one.name], tensor.permutation or None))
        for tensor, one in zip(contender.inputs, card.inputs, strict=True)
    }


def _to_source(contender: Contender, found: Named) -> Named:
    """The contender's outputs under the card's names, in the source's axis order."""
    return {
        contender.names[one.name]: np.transpose(found[one.name], np.argsort(one.permutation))
        for one in contender.outputs
        if one.name in contender.names
    }
