"""`--recover TOLERANCE`: the fewest layers to keep finer so that a quantized variant's metric stays that close to float32's."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from registry.card import Card
from registry.errors import ConversionError, InputError
from registry.progress import Progress, silent
from registry.types import Artifact, CalibrationRecord, Manifest, Recovery, Tried
from zoo import answering, artifacts, calibrating, checking, hashing, losses, mixing, sampling, scoring, tooling
from zoo import run as conversion
from zoo.losses import Ends, Judge, Judged
from zoo.mixing import Way
from zoo.request import Calibrating, Request
from zoo.targets import BY_NAME, TARGETS
from zoo.workspace import Workspace, intact, open_workspace, read_manifest

if TYPE_CHECKING:
    from converters.engine import Built

VARIANTS = {"int8": "int8_mixed", "dynamic_range": "dynamic_range_mixed"}
"""What can be recovered → what it becomes."""
BUDGET = 48
"""Candidates that are measured at most."""
EXPLAINED = 4
"""Samples on which layers are ordered by harm."""


@dataclass(frozen=True)
class Wish:
    """What is asked: the conversion (a name or folder), the variant, and how much its metric may lose against float32.

    `tolerance` is in the metric's unit: percentage points of shares, dB, else the figure's own; without labels it is the relative RMSE.
    """

    text: str
    tolerance: float
    variant: str = "int8"
    data: Path | None = None
    limit: int | None = None
    out: Path | None = None
    calibrating: Calibrating = field(default_factory=Calibrating)
    force: bool = False


@dataclass(frozen=True)
class Recovered:
    """The artifact that holds the recipe, and where it lies."""

    folder: Path
    artifact: Artifact
    recipe: Recovery
    already_done: bool
    notes: tuple[str, ...] = ()


@dataclass
class _Job:
    """One recovery under way."""

    wish: Wish
    workspace: Workspace
    manifest: Manifest
    card: Card | None
    float32: Artifact
    built: "Built"
    progress: Progress
    record: CalibrationRecord | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def target(self) -> str:
        return VARIANTS[self.wish.variant]

    @property
    def request(self) -> Request:
        shapes = {name: tuple(one) for name, one in self.manifest.options.get("input_shapes", {}).items()}
        return Request(
            self.manifest.name,
            self.folder,
            card=self.card,
            input_shapes=shapes,
            calibrating=self.wish.calibrating,
        )


def recover(wish: Wish, progress: Progress = silent) -> Recovered:
    """Searches, measures what was found beside float32 and the plain variant, and puts it into the manifest with its recipe.

    Does nothing where an earlier run found the same from the same. Raises InputError where the conversion, samples or tolerance do not
    allow it, ConversionError where no mix was found.
    """
    if wish.variant not in VARIANTS:
        raise InputError(f"--recover: {wish.variant} cannot be recovered; {' and '.join(VARIANTS)} can")
    if not wish.tolerance >= 0 or wish.tolerance == float("inf"):
        raise InputError(f"--recover {wish.tolerance:g}: a tolerance is a finite number of 0 or more")
    folder, _ = artifacts.converted(wish.text, wish.out)
    with open_workspace(folder) as workspace:
        job = _job(wish, workspace, progress)
        stream = _calibration(job)
        judge = _judge(job, stream)
        key = _key(job, judge)
        done = None if wish.force else _found_before(job, key)
        if done is not None and done.recovery is not None:
            return Recovered(folder, done, done.recovery, True)
        artifact = _search(job, judge, stream, key)
        assert artifact.recovery is not None
        return Recovered(folder, artifact, artifact.recovery, False, tuple(job.notes))


def _job(wish: Wish, workspace: Workspace, progress: Progress) -> _Job:
    manifest = read_manifest(workspace.folder)
    float32 = next((one for one in manifest.artifacts if one.target == "float32"), None)
    if float32 is None:
        raise InputError(
            f"{manifest.name} has no float32 variant in {workspace.folder}, which --recover starts from: convert it too"
        )
    if not intact(workspace.folder, [float32]):
        raise InputError(
            f"{workspace.folder / float32.path} is not the file that the manifest describes: convert again"
        )
    card = msgspec.convert(manifest.card, Card) if manifest.card else None
    card = scoring.as_converted(card, manifest) if card is not None else None
    built = mixing.opened(workspace.folder / float32.path, float32)
    return _Job(wish, workspace, manifest, card, float32, built, progress)


def _calibration(job: _Job) -> "Callable[[], Iterator[dict[str, losses.Array]]]":
    """The calibration samples, under the artifact's names and in its axes, as often as they are asked for."""
    from converters.verify.samples import for_artifact

    def stream() -> Iterator[dict[str, losses.Array]]:
        found = calibrating.samples(job.request, job.built.inputs)
        for arrays in found:
            yield for_artifact({"": arrays}, job.built.inputs)[""]
        job.record = found.record

    return stream
