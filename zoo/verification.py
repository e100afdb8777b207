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
from zoo.run import key
from zoo.targets import TENSORFLOW, Target


@dataclass(frozen=True)
class Verified:
    """Every comparison made: (target, check)."""

    name: str
    pairs: tuple[tuple[str, Check], ...]


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
    pairs = []
    for artifact in chosen:
        if artifact.target in TENSORFLOW:
            continue
        progress(f"verifying {artifact.target}")
        allowed = checking.tolerance(card, artifact.target)
        path = folder / artifact.path
        for check in checking.check_file(path, artifact.inputs, artifact.outputs, reference, allowed, dict):
            pairs.append((artifact.target, check))
    pairs += _tensorflow(
        folder, [one for one in chosen if one.target in TENSORFLOW], reference, card, progress
    )
    bad = next(((target, check) for target, check in pairs if not check.passed), None)
    if bad is not None:
        raise VerificationError(f"{bad[0]}: output `{bad[1].output}` on {bad[1].inputs}: {bad[1].reason}.")
    return Verified(manifest.name, tuple(pairs))


def _tensorflow(
    folder: Path, chosen: list[Artifact], reference: checking.Reference, card: Card | None, progress: Progress
) -> list[tuple[str, Check]]:
    if not chosen:
        return []
    progress("verifying the TensorFlow artifacts")
    with tempfile.TemporaryDirectory(prefix="zoo-verify-") as scratch:
        found = checking.check_tensorflow(
            {one.target: folder / one.path for one in chosen},
            chosen[0].inputs,
            chosen[0].outputs,
            reference,
            card,
            dict,
            Path(scratch) / "inputs.npz",
        )
    return [(target, check) for target, checks in found.items() for check in checks]
