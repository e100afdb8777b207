"""`zoo verify`: the artifacts on disk against the source model's answers that the conversion kept."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from registry.card import Card
from registry.errors import VerificationError
from registry.progress import Progress, silent
from registry.types import Artifact, Check
from zoo import answering, artifacts, checking, workspace
from zoo.checking import Reference
from zoo.references import Sets
from zoo.run import key
from zoo.targets import TENSORFLOW, Target


@dataclass(frozen=True)
class Verified:
    """Every comparison made, by target."""

    name: str
    checks: dict[str, tuple[Check, ...]]


def verify(
    text: str, out: Path | None = None, targets: tuple[Target, ...] | None = None, progress: Progress = silent
) -> Verified:
    """Runs the artifacts again, from their files, on the kept inputs.

    Raises VerificationError for a file that is not what the manifest says or an output that differs, InputError where nothing is
    converted or the source model's answers are not kept on this machine.
    """
    folder, manifest = artifacts.converted(text, out)
    chosen = artifacts.select(manifest, targets)
    intact = {one.target for one in workspace.intact(folder, list(chosen))}
    for artifact in chosen:
        if artifact.target not in intact:
            raise VerificationError(
                f"{folder / artifact.path} is not the file that the manifest describes: convert again."
            )
    card = msgspec.convert(manifest.card, Card) if manifest.card else None
    reference = answering.require(key(manifest.inputs, manifest.card, manifest.options), manifest.name)
    answers = _run(folder, chosen, reference, progress)
    checks = {
        one.target: checking.compare(
            answers[one.target], one.outputs, reference, checking.tolerance(card, one.target)
        )
        for one in chosen
    }
    for target, made in checks.items():
        bad = next((check for check in made if not check.passed), None)
        if bad is not None:
            raise VerificationError(f"{target}: output `{bad.output}` on {bad.inputs}: {bad.reason}.")
    return Verified(manifest.name, checks)


def _run(
    folder: Path, chosen: tuple[Artifact, ...], reference: Reference, progress: Progress
) -> dict[str, Sets]:
    """What each artifact answers, by target."""
    answers = {}
    for one in chosen:
        if one.target not in TENSORFLOW:
            progress(f"verifying {one.target}")
            answers[one.target] = checking.run_file(folder / one.path, one.inputs, reference, one.outputs)
    paths = {one.target: folder / one.path for one in chosen if one.target in TENSORFLOW}
    if paths:
        progress("verifying the TensorFlow artifacts")
        like = next(one for one in chosen if one.target in TENSORFLOW)
        with tempfile.TemporaryDirectory(prefix="zoo-verify-") as scratch:
            file = Path(scratch) / "inputs.npz"
            found = checking.run_tensorflow(list(paths.values()), like.inputs, like.outputs, reference, file)
        answers |= {target: found[path] for target, path in paths.items()}
    return answers
