"""What is published of one name: its folder, its manifest, the artifacts that are whole and passed, and what was measured of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from benchmarks.results_store import Query
from benchmarks.standings import Row, Wanted
from registry.card import Card
from registry.errors import InputError, VerificationError
from registry.types import Artifact, Manifest, Measurement, Score
from zoo import artifacts, scores_file, workspace
from zoo.comparison import Comparison
from zoo.contenders import SOURCE
from zoo.publish.escaping import steady
from zoo.publish.gate import Clearance
from zoo.workspace import MANIFEST


@dataclass(frozen=True)
class Model:
    """`artifacts` are those of `manifest`: what is not published is in neither. `notes` say why something was left out."""

    name: str
    folder: Path
    manifest: Manifest
    card: Card | None
    clearance: Clearance
    scores: tuple[Score, ...] = ()
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        return self.manifest.artifacts

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(one.target for one in self.artifacts)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.comparison.standings.rows if self.comparison else ()

    @property
    def measurements(self) -> list[Measurement]:
        """All that the comparison draws on, once."""
        return list(
            {
                (one.run_id, one.sha256, one.target, one.threads): one
                for row in self.rows
                for one in row.runs
            }.values()
        )

    def score(self, artifact: str) -> Score | None:
        """The main metric's."""
        return next((one for one in self.scores if one.artifact == artifact), None)

    def row(self, artifact: Artifact) -> Row | None:
        """The configuration whose latency stands for this artifact: an undisturbed one first, then the CPU with fewest threads."""
        mine = [
            one
            for one in self.rows
            if one.latest.sha256 in (artifact.sha256, artifact.built) and one.place.variant == artifact.target
        ]
        return min(
            mine,
            key=lambda one: (not one.latest.valid, one.place.target != "cpu", one.place.threads),
            default=None,
        )

    def cleared(self, clearance: Clearance) -> "Model":
        return replace(self, clearance=clearance)


def load(name: str, base: Path | None, variants: Sequence[str]) -> Model:
    """A model that was converted, with every file read and its hash checked.

    Raises InputError where nothing was converted or no variant is left, VerificationError where a file is not what its manifest says.
    """
    folder, manifest = _find(name, base)
    _safe_name(manifest.name, folder)
    unknown = [one for one in variants if one not in {artifact.target for artifact in manifest.artifacts}]
    if unknown:
        raise InputError(
            f"{manifest.name} has no variant {unknown[0]}; there are {', '.join(one.target for one in manifest.artifacts)}"
        )
    chosen = [one for one in manifest.artifacts if not variants or one.target in variants]
    notes = [
        f"{manifest.name}: {one.target} is left out, {reason}" for one in chosen if (reason := _unfit(one))
    ]
    passed = [one for one in chosen if not _unfit(one)]
    whole = workspace.intact(folder, passed)
    changed = [one.path for one in passed if one not in whole]
    if changed:
        raise VerificationError(
            f"{folder}: {', '.join(changed)} is not the file that the manifest describes: convert again, then publish"
        )
    if not whole:
        raise InputError(
            f"{manifest.name}: nothing is left to publish ({'; '.join(notes) or 'nothing was converted'})"
        )
    made = msgspec.structs.replace(manifest, artifacts=tuple(whole), card=steady(manifest.card))
    card = msgspec.convert(made.card, Card) if made.card else None
    found = _scores(folder, made)
    comparison = _comparison(folder, made)
    clearance = Clearance("unknown", "unknown", "unknown")
    return Model(manifest.name, folder, made, card, clearance, found, comparison, tuple(notes))


def _find(name: str, base: Path | None) -> tuple[Path, Manifest]:
    if base is None:
        return artifacts.converted(name)
    inside = base / name
    return artifacts.converted(name, inside if (inside / MANIFEST).is_file() else base)


def _safe_name(name: str, folder: Path) -> None:
    """The name becomes a folder's, in a collection; that of a card in a namespace a folder in a folder."""

    def plain(part: str) -> bool:
        return bool(part) and not set(part) & set('\\:*?"<>|') and part.isprintable() and part[0] != "."

    if not all(plain(part) for part in name.split("/")):
        raise InputError(
            f"{folder / MANIFEST} names its model {name!r}, which cannot be a folder: convert again under another name"
        )


def _unfit(artifact: Artifact) -> str:
    """Why an artifact is not published; empty where it is."""
    if not artifact.checks:
        return "it was never checked against its source model"
    bad = next((one for one in artifact.checks if not one.passed), None)
    return f"its output `{bad.output}` failed the check on {bad.inputs}" if bad else ""


def _scores(folder: Path, manifest: Manifest) -> tuple[Score, ...]:
    """Those of these very bytes, and of the source model; of one metric that on the most samples."""
    now = {one.target: one.sha256 for one in manifest.artifacts}
    found: dict[tuple[str, str], Score] = {}
    for one in scores_file.read(folder):
        key = one.artifact, one.metric
        if (one.artifact == SOURCE or now.get(one.artifact) == one.sha256) and (
            key not in found or one.samples > found[key].samples
        ):
            found[key] = one
    return tuple(found.values())


def _comparison(folder: Path, manifest: Manifest) -> Comparison | None:
    """What `zoo compare` shows of the folder; None where nothing was measured."""
    from zoo import comparison

    variants = tuple(one.target for one in manifest.artifacts)
    try:
        return comparison.compare([str(folder)], None, Query((), variants, (), ()), Wanted(), None)
    except InputError:
        return None
