"""Running artifacts on the sample inputs and comparing them with the source model's answers."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from registry.card import Card, Tolerance
from registry.errors import ConversionError
from registry.types import Check, Tensor
from zoo import references
from zoo.references import Array, Sets

if TYPE_CHECKING:
    from converters.verify.runtimes import Runtime
    from converters.verify.tensors import TensorSpec

THREADS = 2
Measure = Callable[[], dict[str, float]]
"""Measures the source model's own float32 rounding, by output: done only where a check fails without it."""


@dataclass(frozen=True)
class Reference:
    """Sample inputs, the source model's answers, and how far float32 rounding alone moves these (relative, by output)."""

    inputs: Sets
    outputs: Sets
    noise: dict[str, float] = field(default_factory=dict)


def tolerance(card: Card | None, target: str) -> Tolerance:
    """The card's tolerance for a target, or the built-in one."""
    from converters.verify.compare import default_tolerance

    named = card.tolerances.get(target) if card is not None else None
    return named if named is not None else default_tolerance(target)


def check_file(
    path: Path,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    reference: Reference,
    allowed: Tolerance,
    measure_noise: Measure,
) -> tuple[Check, ...]:
    """Runs one artifact on every set of inputs: a check for each output and set. Raises ConversionError where it does not run."""
    from converters.verify.samples import for_artifact

    runtime = load(path)
    fed = for_artifact(reference.inputs, inputs)
    answers = {name: runtime.run(arrays) for name, arrays in fed.items()}
    return _judge(answers, outputs, reference, allowed, measure_noise)


def check_tensorflow(
    paths: Mapping[str, Path],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    reference: Reference,
    card: Card | None,
    measure_noise: Measure,
    scratch: Path,
) -> dict[str, tuple[Check, ...]]:
    """Runs TensorFlow artifacts (target → path), all in one child process. Raises ConversionError where one does not run."""
    from converters.verify.samples import for_artifact
    from converters.verify.tensorflow_runs import run_tensorflow

    references.save(for_artifact(reference.inputs, inputs), scratch)
    runs = run_tensorflow(list(paths.values()), scratch)
    found = {}
    for target, path in paths.items():
        run = runs[path]
        if run.reason:
            raise ConversionError(f"{path.name} was written but cannot be run: {run.reason}")
        renamed = match([tensor.name for tensor in outputs], [spec.name for spec in run.outputs])
        answers = {
            name: {ours: arrays[theirs] for ours, theirs in renamed.items()}
            for name, arrays in run.answers.items()
        }
        found[target] = _judge(answers, outputs, reference, tolerance(card, target), measure_noise)
    return found


def load(path: Path) -> "Runtime":
    """A model file ready to run. LiteRT's and XNNPACK's greetings on stderr are kept from the user."""
    from converters.verify.runtimes import open_runtime

    with _hushed():
        return open_runtime(path, threads=THREADS)


def noise(model: Path, reference: Reference) -> dict[str, float]:
    """How far another float32 evaluation of the source model (OpenVINO's) lies from its answers: relative, by output.

    Two correct evaluations differ by the order of their sums; an ill-conditioned model makes that visible, and no artifact can be
    asked for less. Empty where OpenVINO cannot run the file.
    """
    from converters.verify.runtimes import OpenVinoRuntime

    try:
        runtime = OpenVinoRuntime(model, THREADS)
    except Exception:  # whatever its reason: then nothing is excused
        return {}
    found: dict[str, float] = {}
    for name, expected in reference.outputs.items():
        given = match(list(reference.inputs[name]), [spec.name for spec in runtime.inputs])
        actual = runtime.run({theirs: reference.inputs[name][ours] for ours, theirs in given.items()})
        for ours, theirs in match(list(expected), list(actual)).items():
            found[ours] = max(found.get(ours, 0.0), _relative(actual[theirs], expected[ours]))
    return found


def as_source(
    specs: Sequence["TensorSpec"], sources: Sequence[str], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[Tensor, ...]:
    """The inputs or outputs of a file that kept the source's axes, each with the source tensor it stands for."""
    found = match(list(sources), [spec.name for spec in specs])
    source_of = {theirs: ours for ours, theirs in found.items()}
    return tuple(
        Tensor(
            name=spec.name,
            shape=(shape := shapes.get(source_of[spec.name], spec.shape or ())),
            dtype=spec.dtype,
            permutation=tuple(range(len(shape))),
            source_name=source_of[spec.name],
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


def _judge(
    answers: Sets, outputs: Sequence[Tensor], reference: Reference, allowed: Tolerance, measure_noise: Measure
) -> tuple[Check, ...]:
    """Compares; where something failed and nobody has measured the source model's own rounding yet, does so and compares again."""
    checks = _compare(answers, outputs, reference, allowed)
    if reference.noise or all(check.passed for check in checks):
        return checks
    return _compare(answers, outputs, replace(reference, noise=measure_noise()), allowed)


def _compare(
    answers: Sets, outputs: Sequence[Tensor], reference: Reference, allowed: Tolerance
) -> tuple[Check, ...]:
    from converters.verify.compare import compare

    return tuple(
        check
        for name, arrays in answers.items()
        for check in compare(
            arrays, reference.outputs[name], allowed, outputs=outputs, inputs=name, noise=reference.noise
        )
    )


def _relative(actual: Array, expected: Array) -> float:
    if actual.shape != expected.shape or not (np.isfinite(actual).all() and np.isfinite(expected).all()):
        return 0.0
    largest = float(np.abs(expected).max(initial=0.0))
    return float(np.abs(actual - expected).max(initial=0.0)) / largest if largest else 0.0


@contextmanager
def _hushed() -> Iterator[None]:
    """Keeps what native libraries write to stderr from the terminal."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
