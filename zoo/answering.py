"""What a ready model file answers to sample inputs, and where answers are kept for `zoo verify` and resumed runs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from registry.card import Card, Input
from registry.disk import mark_used, storage, write_atomic
from registry.errors import ConversionError, InputError, ZooError
from registry.holding import hold
from registry.home import home
from registry.types import Tensor
from zoo import checking, references, sampling
from zoo.checking import Reference
from zoo.references import Array, Sets

if TYPE_CHECKING:
    from converters.verify.runtimes import Runtime

_MODEL = "model"


def of_file(
    model: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    card: Card | None,
    samples: Sets | None,
) -> Reference:
    """The source model's answers as real numbers, under the source names of an artifact's `inputs` and `outputs`.

    `samples` are a card's, under the card's input names; without, one seeded set.
    Raises InputError and ConversionError where the model cannot be run.
    """
    runtime = checking.load_source(model)
    theirs_in = checking.match([one.source_name for one in inputs], [spec.name for spec in runtime.inputs])
    theirs_out = checking.match([one.source_name for one in outputs], [spec.name for spec in runtime.outputs])
    if samples is None:
        sets = sampling.for_file([as_input(one) for one in inputs])
    else:
        theirs = [one.source_name for one in inputs]
        ours = [one.name for one in card.inputs] if card else []
        names = dict(zip(ours, theirs if set(ours) != set(theirs) else ours, strict=True))
        sets = {
            name: {names[tensor]: array for tensor, array in tensors.items()}
            for name, tensors in samples.items()
        }
    idle = _idle(runtime, theirs_in.values())
    answers: Sets = {}
    for name, arrays in sets.items():
        try:
            given = checking.as_stored(
                {theirs: arrays[ours] for ours, theirs in theirs_in.items()}, runtime.inputs
            )
            found = checking.as_real(runtime.run(given | idle), runtime.outputs)
        except ConversionError as error:
            if samples is not None:
                raise
            return Reference({}, {}, unanswered=str(error))
        empty = next((name for name, array in found.items() if not array.size), None)
        if empty is not None and samples is None:
            return Reference({}, {}, unanswered=f"its output `{empty}` is empty for them")
        answers[name] = {ours: found[theirs] for ours, theirs in theirs_out.items()}
    del runtime
    checking.release_memory()
    return Reference(sets, answers)


def _idle(runtime: "Runtime", used: Iterable[str]) -> dict[str, Array]:
    """Arrays for the inputs that decide nothing and so are in no artifact (empty axes, a ratio of dropout)."""
    rest = [spec for spec in runtime.inputs if spec.name not in set(used)]
    inputs = [
        Input(name=spec.name, shape=tuple(max(n, 0) for n in spec.shape or ()), dtype=spec.dtype)  # type: ignore[arg-type]
        for spec in rest
    ]
    return sampling.for_file(inputs)["noise"] if inputs else {}


def ahead(model: Path) -> Reference | None:
    """The same for an .onnx of static shapes under its own names, before any graph is built: for a thread beside that work.

    None where it has to wait for the graph: open shapes, or a model that does not run (then the graph's reader says why).
    """
    from converters.verify.runtimes import open_runtime

    try:
        runtime = open_runtime(model, threads=checking.THREADS)
        specs = [(spec.name, spec.shape, spec.dtype) for spec in runtime.inputs]
        if any(shape is None or min(shape, default=1) < 1 for _, shape, _ in specs):
            return None
        inputs = [Input(name=name, shape=shape or (), dtype=dtype) for name, shape, dtype in specs]  # type: ignore[arg-type]
        sets = sampling.for_file(inputs)
        answers = {name: runtime.run(arrays) for name, arrays in sets.items()}
        whole = all(array.size for arrays in answers.values() for array in arrays.values())
        return Reference(sets, answers) if whole else None
    except (ZooError, ValueError):
        return None


def renamed(reference: Reference, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Reference | None:
    """Answers under the file's own names → under the source names of an artifact; None where these do not fit."""
    found = []
    for sets, tensors in ((reference.inputs, inputs), (reference.outputs, outputs)):
        names = checking.match([one.source_name for one in tensors], list(next(iter(sets.values()))))
        if len(names) != len(tensors):
            return None
        found.append(
            {name: {ours: arrays[theirs] for ours, theirs in names.items()} for name, arrays in sets.items()}
        )
    return Reference(found[0], found[1])


def as_input(tensor: Tensor) -> Input:
    """An artifact's input in the source's terms; a dimension left open is 1."""
    shape = [0] * len(tensor.shape)
    for axis, source in enumerate(tensor.permutation):
        shape[source] = 1 if tensor.shape[axis] < 0 else tensor.shape[axis]
    return Input(name=tensor.source_name, shape=tuple(shape), dtype=tensor.dtype)  # type: ignore[arg-type]


def keep(reference: Reference, key: str, model: str = "") -> None:
    """Keeps answers under ZOO_HOME by the hash of the conversion they belong to, and whose they are. Raises StorageError."""
    if reference.unanswered:
        return
    folder = _folder(key)
    hold(home(), folder.name)
    with storage(folder):
        references.save(reference.inputs, folder / "inputs.npz")
        references.save(reference.outputs, folder / "outputs.npz")
    write_atomic(folder / _MODEL, model.encode())
    keep_noise(reference.noise, key)


def whose(folder: Path) -> str:
    """The name of the model whose answers are kept in `folder`; empty where nothing says it."""
    try:
        return (folder / _MODEL).read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def keep_noise(noise: dict[str, float], key: str) -> None:
    """Keeps what was measured later than the answers."""
    write_atomic(_folder(key) / "noise.json", msgspec.json.encode(noise))


def kept(key: str) -> Reference | None:
    """Answers that an earlier run kept, if they are whole."""
    folder = _folder(key)
    try:
        noise = msgspec.json.decode((folder / "noise.json").read_bytes(), type=dict[str, float])
        mark_used(folder / "noise.json")
    except (OSError, msgspec.DecodeError):
        return None
    inputs, outputs = references.load(folder / "inputs.npz"), references.load(folder / "outputs.npz")
    return Reference(inputs, outputs, noise) if inputs is not None and outputs is not None else None


def require(key: str, name: str) -> Reference:
    """`kept`, or an InputError that says how to get them."""
    found = kept(key)
    if found is None:
        raise InputError(
            f"The source model's answers for {name} are not kept on this machine: run the conversion again with --force."
        )
    return found


def _folder(key: str) -> Path:
    return home() / "references" / key[:32]
