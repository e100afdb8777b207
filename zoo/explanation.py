"""`zoo explain-quant`: which layer of a quantized variant lost how much, on real samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from registry.arrays import load
from registry.card import Card
from registry.errors import InputError
from registry.progress import Progress, silent
from registry.types import Artifact, Manifest, Tensor
from zoo import artifacts, sampling
from zoo.references import Array
from zoo.report import Table, number
from zoo.workspace import MANIFEST

if TYPE_CHECKING:
    from converters.explain import Explained
    from converters.explain.alarms import Alarm

SAMPLES = 8
"""Enough for figures within a decibel; each runs every operator three times."""
FLOATS = ("float32", "float16")
SHOWN = 3
"""Alarms of one kind that people are shown; programs get all."""


@dataclass(frozen=True)
class Question:
    """What is asked: a variant of something converted, or a file `against` its float model."""

    text: str
    variant: str | None = None
    against: Path | None = None
    data: Path | None = None
    limit: int | None = None
    out: Path | None = None
    timed: bool = False


def explain(question: Question, progress: Progress = silent) -> "Explained":
    """Raises InputError where files or samples are missing or do not fit together."""
    from converters.explain import explain as compare

    pair = _pair(question)
    found = compare(pair.quantized, pair.reference, _samples(question, pair), progress)
    if question.timed:
        progress("timing both")
        slow = _slower(pair.quantized, pair.reference, progress)
        found = msgspec.structs.replace(found, alarms=(*slow, *found.alarms))
    return found


@dataclass(frozen=True)
class Pair:
    """A quantized file and its float one; the float artifact and card where a manifest tells them."""

    quantized: Path
    reference: Path
    artifact: Artifact | None = None
    card: Card | None = None


def _pair(question: Question) -> Pair:
    path = Path(question.text)
    if path.suffix == ".tflite":
        if not path.is_file():
            raise InputError(f"{path} does not exist")
        if question.against is not None:
            if not question.against.is_file():
                raise InputError(f"--against {question.against} does not exist")
            return Pair(path, question.against)
        if not (path.parent / MANIFEST).is_file():
            raise InputError(
                f"{path} was not converted here: name its float model with --against FILE.tflite"
            )
        folder, manifest = artifacts.converted(str(path.parent))
        wanted = [one for one in manifest.artifacts if one.path == path.name]
        return _of(folder, manifest, wanted[0].target if wanted else None)
    if question.against is not None:
        raise InputError(f"--against goes with a .tflite file; {question.text} is none")
    folder, manifest = artifacts.converted(question.text, question.out)
    return _of(folder, manifest, question.variant)


def _of(folder: Path, manifest: Manifest, variant: str | None) -> Pair:
    tflite = {one.target: one for one in manifest.artifacts if one.path.endswith(".tflite")}
    quantized = [name for name in tflite if name not in FLOATS]
    chosen = variant or ("int8" if "int8" in quantized else next(iter(quantized), None))
    if chosen is None or chosen not in tflite:
        raise InputError(
            f"{manifest.name} has no quantized variant {chosen or 'at all'} in {folder}; there are {', '.join(tflite) or 'none'}"
        )
    if "float32" not in tflite:
        raise InputError(
            f"{manifest.name} has no float32 variant in {folder} to compare with: convert it too"
        )
    card = msgspec.convert(manifest.card, Card) if manifest.card else None
    reference = tflite["float32"]
    return Pair(folder / tflite[chosen].path, folder / reference.path, reference, card)


def _samples(question: Question, pair: Pair) -> list[dict[str, Array]]:
    """The card's samples as the float file takes them, or the arrays of the user's .npz under the file's input names."""
    limit = question.limit or SAMPLES
    if (
        pair.card is not None
        and pair.artifact is not None
        and (question.data is None or not _is_arrays(question.data))
    ):
        from converters.verify.samples import for_artifact

        sets = sampling.real(pair.card, pair.card.inputs, question.data, limit)
        return list(for_artifact(sets, _as_sources(pair.card, pair.artifact)).values())
    if question.data is None:
        raise InputError(
            f"{pair.quantized.name} has no card that says its data: give real inputs with --data FILE.npz (input name → samples)"
        )
    return arrays(question.data, pair.reference, limit)


def _as_sources(card: Card, artifact: Artifact) -> Sequence[Tensor]:
    """The artifact's inputs, each from the card's input at its place."""
    return [
        msgspec.structs.replace(tensor, source_name=one.name)
        for tensor, one in zip(artifact.inputs, card.inputs, strict=True)
    ]


def _is_arrays(data: Path) -> bool:
    """Whether an .npz holds inputs by name rather than the `images` of a data set."""
    if data.suffix != ".npz" or not data.is_file():
        return False
    try:
        return not load(data, ("images",))
    except (OSError, ValueError) as error:
        raise InputError(f"{data} cannot be read as an .npz file of arrays ({error}).") from error


def arrays(data: Path, model: Path, limit: int) -> list[dict[str, Array]]:
    """Samples of an .npz: each input's array has the input's shape (one sample), or one more axis in front, or its batch axis longer.

    Raises InputError where an input is missing, a shape does not fit, or the inputs differ in their number of samples.
    """
    from converters.explain.tables import read_tables

    tables = read_tables(model)
    if not (data.suffix == ".npz" and data.is_file()):
        raise InputError(
            f"--data {data}: for a file without a card, samples are an .npz file of arrays by input name"
        )
    try:
        held = load(data)
    except (OSError, ValueError) as error:
        raise InputError(f"{data} cannot be read as an .npz file of arrays ({error}).") from error
    split = {}
    for index, name in zip(tables.inputs, tables.input_names, strict=True):
        array = held.get(name, next(iter(held.values())) if len(held) == len(tables.inputs) == 1 else None)
        if array is None:
            raise InputError(f"{data} has no array `{name}`; it has {', '.join(held) or 'none'}")
        split[name] = _split(array, tables.tensors[index].shape, f"{data}: array `{name}`")
    counts = {len(one) for one in split.values()}
    if len(counts) != 1:
        raise InputError(
            f"{data}: the inputs have different numbers of samples ({', '.join(map(str, sorted(counts)))})"
        )
    return [{name: one[number] for name, one in split.items()} for number in range(min(limit, counts.pop()))]


def _split(array: Array, shape: tuple[int, ...], what: str) -> list[Array]:
    if array.shape == shape:
        return [array]
    if array.shape[1:] == shape:
        return list(array)
    if shape and array.shape[1:] == shape[1:] and len(array) and len(array) % shape[0] == 0:
        return [array[start : start + shape[0]] for start in range(0, len(array), shape[0])]
    raise InputError(f"{what} has shape {list(array.shape)}; the model takes {list(shape)}, or several such")


def _slower(quantized: Path, reference: Path, progress: Progress) -> "tuple[Alarm, ...]":
    """An alarm where the quantized file's median latency (XNNPACK, one thread) is above the float one's."""
    from benchmarks import runner
    from benchmarks.results import Effort, Plan
    from converters.explain.alarms import slower_than_float

    plans = [Plan(path=str(one), target="cpu", artifact=one.name) for one in (quantized, reference)]
    done = runner.measure(plans, Effort(rounds=10, processes=2), progress=progress)
    times = {one.artifact: one for one in done.measurements}
    if quantized.name not in times or reference.name not in times:
        return ()
    ours, theirs = times[quantized.name], times[reference.name]
    return slower_than_float(ours.median_ms, theirs.median_ms, str(ours.residency))


def layers(found: "Explained", count: int) -> Table:
    """The worst layers, one row each."""
    rows = tuple(
        (
            one.op,
            one.name,
            one.dtype,
            "-" if one.harm is None else number(one.harm),
            number(one.sqnr_db),
            "-" if one.own_sqnr_db is None else number(one.own_sqnr_db),
            "-" if one.grid_sqnr_db is None else number(one.grid_sqnr_db),
            "-" if one.weights is None else number(one.weights.sqnr_db),
            f"{number(one.float_range[0])} … {number(one.float_range[1])}",
            "-" if one.step is None else number(one.step),
            f"{one.saturated:.2%}" if one.step is not None else "-",
            f"{len(one.dead_channels)}/{one.channels}",
        )
        for one in found.layers[:count]
    )
    columns = (
        *("operator", "layer", "dtype", "harm", "SQNR dB", "own dB", "grid dB", "weights dB"),
        *("float range", "step", "saturated", "dead"),
    )
    return Table(
        columns, rows, f"{found.quantized} against {found.reference}, {found.samples} samples, by harm"
    )


def summary(found: "Explained") -> list[str]:
    """Outputs and alarms as sentences, a few of each kind."""
    lines = [
        f"output `{one.name}`: SQNR {one.sqnr_db:.1f} dB, relative RMSE {one.relative_rmse:.3g}"
        for one in found.outputs
    ]
    said: dict[str, int] = {}
    for one in found.alarms:
        said[one.kind] = said.get(one.kind, 0) + 1
        if said[one.kind] <= SHOWN:
            lines.append(f"{one.severity}: {one.sentence}")
    more = {kind: count - SHOWN for kind, count in said.items() if count > SHOWN}
    lines += [f"and {count} more of {kind} (--json has all)" for kind, count in more.items()]
    if found.unmatched:
        lines.append(f"note: {len(found.unmatched)} results have no counterpart in {found.reference}")
    return lines if found.alarms else [*lines, "no alarms"]
