"""Running artifacts on the sample inputs and comparing them with the source model's answers."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from converters.quiet import hushed
from registry.card import Card, Tolerance
from registry.errors import ConversionError, ZooError
from registry.stored import Grid, to_real, to_stored
from registry.types import Check, Tensor
from zoo import references
from zoo.references import Array, Sets

if TYPE_CHECKING:
    from converters.verify.runtimes import Runtime
    from converters.verify.tensors import TensorSpec

THREADS = 2


@dataclass(frozen=True)
class Reference:
    """Sample inputs, the source model's answers, and how far float32 rounding alone moves these (relative, by output).

    Answers are real numbers; inputs too, or the integers that the source stores where its card says their type.
    """

    inputs: Sets
    outputs: Sets
    noise: dict[str, float] = field(default_factory=dict)
    unanswered: str = ""
    """Why the source model gives no answers to synthetic inputs; then there are none, and nothing is compared."""


def tolerance(card: Card | None, target: str) -> Tolerance:
    """The card's tolerance for a target, or the built-in one."""
    from converters.verify.compare import default_tolerance

    named = card.tolerances.get(target) if card is not None else None
    return named if named is not None else default_tolerance(target)


def run_file(
    path: Path,
    inputs: Sequence[Tensor],
    reference: Reference,
    outputs: Sequence[Tensor] = (),
    threads: int = THREADS,
) -> Sets:
    """What one artifact answers to every set of inputs, as real numbers where `outputs` say their grids.

    Raises ConversionError where it does not run.
    """
    if reference.unanswered:
        return {}
    runtime = load(path, threads)
    answers = {
        name: as_real(runtime.run(arrays), outputs) for name, arrays in _fed(reference, inputs).items()
    }
    del runtime
    release_memory()
    return answers


def _fed(reference: Reference, inputs: Sequence[Tensor]) -> Sets:
    """The sample inputs as an artifact stores them."""
    from converters.verify.samples import for_artifact

    sets = for_artifact(reference.inputs, inputs)
    return {name: as_stored(arrays, inputs) for name, arrays in sets.items()}


def as_stored(arrays: Mapping[str, Array], grids: Iterable[Grid]) -> dict[str, Array]:
    """Real numbers as the tensors of their names store them; those of others stay as they are."""
    known = {one.name: one for one in grids}
    return {name: to_stored(array, known[name]) if name in known else array for name, array in arrays.items()}


def as_real(arrays: Mapping[str, Array], grids: Iterable[Grid]) -> dict[str, Array]:
    """What the tensors of their names stand for; those of others stay as they are."""
    known = {one.name: one for one in grids}
    return {name: to_real(array, known[name]) if name in known else array for name, array in arrays.items()}


def run_tensorflow(
    paths: Sequence[Path],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    reference: Reference,
    scratch: Path,
) -> dict[Path, Sets]:
    """The same of TensorFlow artifacts, all in one child process; `scratch` is a file of ours to hand it the inputs."""
    from converters.verify import tensorflow_runs

    if reference.unanswered:
        return {path: {} for path in paths}
    references.save(_fed(reference, inputs), scratch)
    found: dict[Path, Sets] = {}
    for path, run in tensorflow_runs.run_tensorflow(paths, scratch).items():
        if run.reason:
            raise ConversionError(f"{path.name} was written but cannot be run: {run.reason}")
        names = match([tensor.name for tensor in outputs], [spec.name for spec in run.outputs])
        found[path] = {
            name: as_real({ours: arrays[theirs] for ours, theirs in names.items()}, outputs)
            for name, arrays in run.answers.items()
        }
    return found


def compare(
    answers: Sets, outputs: Sequence[Tensor], reference: Reference, allowed: Tolerance
) -> tuple[Check, ...]:
    """A check for each output and each set of inputs."""
    from converters.verify import compare

    return tuple(
        check
        for name, arrays in answers.items()
        for check in compare.compare(
            arrays, reference.outputs[name], allowed, outputs=outputs, inputs=name, noise=reference.noise
        )
    )


def load(path: Path, threads: int = THREADS) -> "Runtime":
    """A model file ready to run. LiteRT's and XNNPACK's greetings on stderr are kept from the user."""
    from converters.verify.runtimes import open_runtime

    with hushed():
        return open_runtime(path, threads=threads)


def load_source(path: Path) -> "Runtime":
    """The source model ready to run: an .onnx that ONNX Runtime has no kernels for runs in OpenVINO.

    Raises ConversionError as ONNX Runtime says it where neither takes it.
    """
    from converters.verify.runtimes import OpenVinoRuntime

    try:
        return load(path)
    except ConversionError:
        if path.suffix != ".onnx":
            raise
        with suppress(Exception), hushed():
            return OpenVinoRuntime(path, THREADS)
        raise


def noise(
    model: Path, reference: Reference, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> dict[str, float]:
    """How far another float32 evaluation of the source model (OpenVINO's) lies from its answers: relative, by output.

    Two correct evaluations differ by the order of their sums; an ill-conditioned model makes that visible, and no artifact can be
    asked for less. Where the answers are OpenVINO's own (OPENVINO_FILES), its inputs are moved by 8 units in the last place instead: a
    sum's rounding acts like such a change (backward error). Empty where OpenVINO cannot run the file. `inputs` and `outputs` say
    under the source's names which numbers it stores on a grid.
    """
    from converters.verify.runtimes import OPENVINO_FILES, OpenVinoRuntime

    try:
        runtime = OpenVinoRuntime(model, THREADS)
    except Exception:  # whatever its reason: then nothing is excused
        return {}
    found: dict[str, float] = {}
    stored, read = (
        [msgspec.structs.replace(one, name=one.source_name) for one in tensors]
        for tensors in (inputs, outputs)
    )
    for name, expected in reference.outputs.items():
        given = match(list(reference.inputs[name]), [spec.name for spec in runtime.inputs])
        sample = (
            reference.inputs[name] if model.suffix not in OPENVINO_FILES else _moved(reference.inputs[name])
        )
        try:
            fed = as_stored(sample, stored)
            actual = runtime.run({theirs: fed[ours] for ours, theirs in given.items()})
        except ZooError:  # nothing is excused either
            return {}
        for ours, theirs in match(list(expected), list(actual)).items():
            (real,) = as_real({ours: actual[theirs]}, read).values()
            found[ours] = max(found.get(ours, 0.0), _relative(real, expected[ours]))
    del runtime
    release_memory()
    return found


def share_memory() -> None:
    """Has threads take memory from one pool (glibc gives each its own, of which little comes back)."""
    if sys.platform == "linux":
        import ctypes

        m_arena_max = -8
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(m_arena_max, 1)


def release_memory() -> None:
    """Gives the system back what a runtime that was closed has left: glibc keeps it otherwise, and the next runtime adds its own."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def as_source(
    specs: Sequence["TensorSpec"],
    sources: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]],
    ends: Sequence[Tensor] = (),
) -> tuple[Tensor, ...]:
    """The inputs or outputs of a file that kept the source's axes, each with the source tensor it stands for, and with the grid that
    `ends` tell of it where its numbers are stored in that type."""
    found = match(list(sources), [spec.name for spec in specs])
    source_of = {theirs: ours for ours, theirs in found.items()}
    grids = {(one.source_name, one.dtype): (one.scale, one.zero_point) for one in ends}

    def grid(spec: "TensorSpec") -> tuple[float, int]:
        return grids.get((source_of[spec.name], spec.dtype), (spec.scale, spec.zero_point))

    return tuple(
        Tensor(
            name=spec.name,
            shape=(shape := shapes.get(source_of[spec.name], spec.shape or ())),
            dtype=spec.dtype,
            permutation=tuple(range(len(shape))),
            source_name=source_of[spec.name],
            scale=grid(spec)[0],
            zero_point=grid(spec)[1],
        )
        for spec in specs
        if spec.name in source_of
    )


def match(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    """Our names → another format's names for the same tensors: equal, equal up to characters it does not allow, or by position."""
    if set(ours) <= set(theirs):
        return {name: name for name in ours}
    plain = {_plain(name): name for name in theirs}
    if len(plain) == len(theirs) and all(_plain(name) in plain for name in ours):
        return {name: plain[_plain(name)] for name in ours}
    return dict(zip(ours, theirs, strict=False))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.removesuffix(":0").lower()).strip("_")


def _moved(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Floats moved up or down by 2^-20 of themselves; everything else as it is."""
    random = np.random.default_rng(0)
    return {
        name: (array * (1 + 2.0**-20 * random.choice((-1, 1), array.shape))).astype(array.dtype)
        if array.dtype.kind == "f"
        else array
        for name, array in arrays.items()
    }


def _relative(actual: Array, expected: Array) -> float:
    if actual.shape != expected.shape or not (np.isfinite(actual).all() and np.isfinite(expected).all()):
        return 0.0
    largest = float(np.abs(expected).max(initial=0.0))
    return float(np.abs(actual - expected).max(initial=0.0)) / largest if largest else 0.0
