"""Running the eager model: samples in, named outputs out, and how much float32 rounding alone moves them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from converters.frontends.pytorch.child.build import foreign
from registry.card import Input, Output
from registry.errors import SourceError

Array = npt.NDArray[Any]
Sets = dict[str, dict[str, Array]]
"""Sample set → tensor name → array."""


class Kept(torch.nn.Module):  # type: ignore[misc]
    """The model with a flat tuple of tensors for output, only those at `positions` (all where None)."""

    def __init__(self, model: torch.nn.Module, positions: tuple[int, ...] | None) -> None:
        super().__init__()
        self.model = model
        self.positions = positions
        self.training = False  # not by eval(): a torch.export program refuses that call

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        flat = tensors(self.model(*inputs))
        return flat if self.positions is None else tuple(flat[i] for i in self.positions)


def tensors(output: Any) -> tuple[torch.Tensor, ...]:
    """The tensors in nested tuples, lists and dicts, in order."""
    leaves = torch.utils._pytree.tree_leaves(output)
    return tuple(leaf for leaf in leaves if isinstance(leaf, torch.Tensor))


def load_sets(file: Path | None, inputs: Sequence[Input]) -> Sets:
    """The sample sets of an `.npz` with keys `<set>/<input>`; without a file one seeded set. Raises SourceError."""
    if file is None:
        return {"seeded": {i.name: _seeded(i, index) for index, i in enumerate(inputs)}}
    sets: Sets = {}
    with np.load(file, allow_pickle=False) as archive:
        for key in archive.files:
            name, _, tensor = key.rpartition("/")
            sets.setdefault(name, {})[tensor] = archive[key]
    for name, arrays in sets.items():
        missing = [i.name for i in inputs if i.name not in arrays]
        if missing:
            raise SourceError(f"Sample set `{name}` of {file.name} has no array for input `{missing[0]}`.")
    return sets


def save_sets(file: Path, sets: Sets) -> None:
    """Writes an `.npz` with keys `<set>/<name>`; the same arrays give the same bytes."""
    flat: dict[str, Any] = {f"{s}/{name}": array for s, part in sets.items() for name, array in part.items()}
    with file.open("wb") as stream:
        np.savez(stream, **flat)


def run(model: torch.nn.Module, arrays: Mapping[str, Array], inputs: Sequence[Input]) -> tuple[Array, ...]:
    """The model's outputs in eager mode without gradients."""
    with torch.no_grad():
        return tuple(t.numpy() for t in tensors(model(*as_tensors(arrays, inputs))))


def as_tensors(arrays: Mapping[str, Array], inputs: Sequence[Input]) -> tuple[torch.Tensor, ...]:
    """Fresh tensors of the inputs, in the model's order: an in-place op of the model must not reach the samples."""
    return tuple(torch.from_numpy(np.array(arrays[i.name], dtype=i.dtype, order="C")) for i in inputs)


def choose_outputs(
    model: torch.nn.Module,
    sets: Sets,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    checkout: Path | None,
) -> tuple[Kept, tuple[str, ...]]:
    """Runs the model once, holds its outputs against the card's, and returns the model of kept outputs with their names.

    Raises SourceError where the model does not run on these inputs, or the number or shape of outputs differs from the card's.
    """
    first = next(iter(sets.values()))
    try:
        found = run(model, first, inputs)
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        shapes = ", ".join(f"`{i.name}` {dims(first[i.name].shape)} {i.dtype}" for i in inputs)
        raise foreign(f"The model, run on {shapes},", error, checkout) from error
    if not found:
        raise SourceError("The model gives no tensor.")
    if not outputs:
        return Kept(model, None), tuple(f"output_{i}" for i in range(len(found))) if len(found) > 1 else (
            "output",
        )
    if len(found) != len(outputs):
        given = ", ".join(dims(a.shape) for a in found)
        names = ", ".join(o.name for o in outputs)
        raise SourceError(
            f"The model gives {_count(len(found), 'output')} ({given}), the card names {len(outputs)} ({names}): "
            "name every one in the model's order, and mark those to leave out with `keep: false`."
        )
    for array, output in zip(found, outputs, strict=True):
        if output.shape is not None and tuple(output.shape) != array.shape:
            raise SourceError(
                f"Output `{output.name}` has shape {dims(array.shape)}, the card says {dims(output.shape)}."
            )
    kept = tuple(i for i, output in enumerate(outputs) if output.keep)
    if not kept:
        raise SourceError("The card keeps none of the model's outputs.")
    return Kept(model, kept), tuple(outputs[i].name for i in kept)


def reference(kept: Kept, names: Sequence[str], sets: Sets, inputs: Sequence[Input]) -> Sets:
    """The eager model's answers to every set. Raises SourceError where it answers NaN or infinity."""
    answers = {}
    for set_name, arrays in sets.items():
        answers[set_name] = dict(zip(names, run(kept, arrays, inputs), strict=True))
        for name, array in answers[set_name].items():
            if array.dtype.kind == "f" and np.isnan(array).any():
                raise SourceError(
                    f"The source model itself gives NaN in output `{name}` on sample set `{set_name}`."
                )
    return answers


def noise(
    kept: Kept, names: Sequence[str], sets: Sets, answers: Sets, inputs: Sequence[Input]
) -> dict[str, float]:
    """Relative difference of the float32 answers from the same model in float64, per output; empty where it cannot run so.

    Leaves the model in float64: the last thing done with it. Only the first set is run.
    """
    set_name, arrays = next(iter(sets.items()))
    wide = [i if i.dtype != "float32" else None for i in inputs]
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        given = [
            t if w is not None else t.double() for t, w in zip(as_tensors(arrays, inputs), wide, strict=True)
        ]
        with torch.no_grad():
            found = [t.numpy() for t in tensors(kept.double()(*given))]
    except Exception:
        return {}
    finally:
        torch.set_default_dtype(before)
    if [a.dtype for a in found if a.dtype.kind == "f"].count(np.dtype("float64")) == 0:
        return {}
    return {
        name: relative(answers[set_name][name], exact)
        for name, exact in zip(names, found, strict=True)
        if exact.dtype == np.float64
    }


def relative(actual: Array, expected: Array) -> float:
    """max|a-b| / max|b| over the whole array, in float64; infinite where only one side is not finite."""
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    if a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return float("inf")
    finite = np.isfinite(b)
    if not finite.any():
        return 0.0
    return float(np.abs(a - b)[finite].max() / max(np.abs(b)[finite].max(), np.finfo(np.float32).tiny))


def dims(shape: Sequence[int]) -> str:
    """`1x3x320x320`."""
    return "x".join(str(d) for d in shape) or "scalar"


def _seeded(given: Input, index: int) -> Array:
    random = np.random.default_rng(index)
    low, high = given.range or (0.0, 1.0)
    return random.uniform(low, high, given.shape).astype(given.dtype)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
