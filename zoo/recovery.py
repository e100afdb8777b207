"""`--recover TOLERANCE`: the fewest layers to keep finer so that a quantized variant's metric stays that close to float32's."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from registry.card import Card
from registry.errors import ConversionError, InputError
from registry.progress import Progress, silent
from registry.recipe import Recovery
from registry.types import Artifact, CalibrationRecord, Check, Manifest
from zoo import (
    answering,
    artifacts,
    calibrating,
    checking,
    hashing,
    losses,
    mixing,
    sampling,
    scoring,
    tooling,
)
from zoo import run as conversion
from zoo.losses import Ends, Judge
from zoo.mixing import Way
from zoo.recovery_search import Best, Search
from zoo.recovery_wish import OWN_GRIDS, VARIANTS, Wish, check
from zoo.references import Array
from zoo.request import Calibrating, Request
from zoo.targets import BY_NAME, TARGETS
from zoo.workspace import Workspace, intact, open_workspace, read_manifest

if TYPE_CHECKING:
    from converters.engine import Built

EXPLAINED = 4
"""Samples on which layers are ordered by harm."""


@dataclass(frozen=True)
class Recovered:
    """The artifact that holds the recipe, and where it lies."""

    folder: Path
    artifact: Artifact
    recipe: Recovery
    already_done: bool


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

    def as_source(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """Arrays under the card's names (in the card's order) under the source's."""
        names = [one.source_name or one.name for one in self.built.inputs]
        return dict(zip(names, arrays.values(), strict=True)) if self.card is not None else arrays

    def as_artifact(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """The same under the artifact's names and in its axes."""
        from converters.verify.samples import for_artifact

        return for_artifact({"": self.as_source(arrays)}, self.built.inputs)[""]

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def target(self) -> str:
        return VARIANTS[self.wish.variant]

    @property
    def staged(self) -> Path:
        """Where the file is made: in the staging folder, under its final name."""
        return self.workspace.staging / f"{self.request.stem}{BY_NAME[self.target].files[0]}"

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
    check(wish.variant, wish.tolerance, wish.finer)
    folder, _ = artifacts.converted(wish.text, wish.out)
    with open_workspace(folder) as workspace:
        job = _job(wish, workspace, progress)
        judge = _judge(job)
        key = _key(job, judge)
        done = None if wish.force else _found_before(job, key)
        if done is not None and done.recovery is not None:
            return Recovered(folder, done, done.recovery, True)
        search = Search(
            wish.variant, wish.tolerance, judge, workspace.staging / "candidates", progress, wish.finer
        )
        found = search.run(_ways(job), [job.as_artifact(one) for one in judge.some(EXPLAINED)])
        recipe = search.recipe(found, folder / job.float32.path, key)
        return Recovered(folder, _published(job, found, recipe), recipe, False)


def remade(folder: Path, recipe: Recovery, calibration: Calibrating, progress: Progress = silent) -> Artifact:
    """The file of a recipe again, into a folder that has the float32 variant, without any search: the same from the same samples.

    It is not verified and not in the manifest. Raises InputError, and ConversionError where the recipe has no such way.
    """
    wish = Wish(str(folder), recipe.tolerance, recipe.of, calibrating=calibration)
    with open_workspace(folder) as workspace:
        job = _job(wish, workspace, progress)
        if recipe.of == "int8":
            for _ in _samples(job):
                pass  # `job.record` is known once they have passed
        way = next((one for one in _ways(job) if one.techniques == recipe.techniques), None)
        if way is None:
            raise ConversionError(f"{job.target}: its recipe names techniques that are not known here.")
        staged = job.staged
        inputs, outputs = way.emit(staged, recipe.float32_layers, recipe.int16_layers)
        made = _artifact(job, way, (inputs, outputs), recipe)
        shutil.move(staged, folder / staged.name)
    return made


def manifest_after(manifest: Manifest, recovered: Sequence[Recovered]) -> Manifest:
    """The manifest with what was recovered."""
    return read_manifest(recovered[-1].folder) if recovered else manifest


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
    if any(one.calibration == calibrating.OWN_SCALES for one in manifest.artifacts):
        raise InputError(f"--recover: {manifest.name} {OWN_GRIDS}")
    card = msgspec.convert(manifest.card, Card) if manifest.card else None
    card = scoring.as_converted(card, manifest) if card is not None else None
    built = mixing.opened(workspace.folder / float32.path, float32)
    return _Job(wish, workspace, manifest, card, float32, built, progress)


def _samples(job: _Job) -> Iterator[dict[str, Array]]:
    """The calibration samples under the source's names and in its axes; `job.record` tells what they were once they have passed.

    Raises InputError where there are none.
    """
    missing = calibrating.impossible(job.request)
    if missing:
        raise InputError(f"--recover: {missing}.")
    found = calibrating.samples(job.request, job.built.inputs)
    for arrays in found:
        yield job.as_source(arrays)
    job.record = found.record


def _judge(job: _Job) -> Judge:
    """By the card's metric where there are labelled samples, else by the answers to unlabelled or calibration samples."""
    wish, float32 = job.wish, (job.folder / job.float32.path, (job.float32.inputs, job.float32.outputs))
    found = losses.labelled(job.card, wish.data, wish.limit) if job.card is not None else None
    if found is not None and job.card is not None:
        return losses.ByMetric(job.card, *found, float32, job.progress)
    count = wish.limit or losses.UNLABELLED
    if wish.data is not None and job.card is not None:
        real = sampling.real(job.card, job.card.inputs, wish.data, count)
        sets = {name: job.as_source(arrays) for name, arrays in real.items()}
    else:
        sets = {str(number): arrays for number, arrays in zip(range(count), _samples(job), strict=False)}
    return losses.ByAnswers(sets, float32, job.progress)


def _key(job: _Job, judge: Judge) -> str:
    """The hash of what decides the recipe; the calibration samples are read for it."""
    if job.built.says_its_grids:
        job.record = calibrating.OWN_SCALES
    elif not calibrating.impossible(job.request):
        for _ in _samples(job):
            pass
    elif job.wish.variant == "int8":
        raise InputError(f"--recover: {calibrating.impossible(job.request)}.")
    evaluation = job.card.evaluation if job.card is not None else None
    decides = {
        "float32": job.float32.sha256,
        "tolerance": job.wish.tolerance,
        "variant": job.wish.variant,
        "finer": job.wish.finer,
        "data": judge.data,
        "metric": judge.metric,
        "evaluation": msgspec.structs.replace(evaluation, data=None) if evaluation is not None else None,
        "calibration": job.record,
        "tools": tooling.versions(job.target, False),
    }
    return hashing.digest(decides)


def _found_before(job: _Job, key: str) -> Artifact | None:
    """The artifact of an earlier run of the same, if its file is still what the manifest says."""
    old = [
        one
        for one in job.manifest.artifacts
        if one.target == job.target and one.recovery is not None and one.recovery.key == key
    ]
    return next(iter(intact(job.folder, old)), None)


def _ways(job: _Job) -> Iterator[Way]:
    if job.wish.variant == "dynamic_range":
        return mixing.dynamic_range(job.built)
    assert job.record is not None
    return mixing.integer(job.built, lambda: map(job.as_artifact, _samples(job)), job.record)


def _published(job: _Job, found: Best, recipe: Recovery) -> Artifact:
    """The file checked against the source model's answers, where these are kept, and put into its place and the manifest."""
    staged = job.staged
    shutil.copyfile(found.path, staged)
    manifest = job.manifest
    reference = answering.kept(conversion.key(manifest.inputs, manifest.card, manifest.options))
    inputs, outputs = found.ends
    checks: tuple[Check, ...] = ()
    if reference is not None:
        answers = checking.run_file(staged, inputs, reference, outputs)
        checks = checking.compare(answers, outputs, reference, checking.tolerance(job.card, job.target))
    made = msgspec.structs.replace(
        _artifact(job, found.candidate.way, found.ends, recipe),
        checks=checks,
        seconds=round(found.seconds, 3),
    )
    others = {one.target: one for one in manifest.artifacts} | {job.target: made}
    ordered = tuple(others[one.name] for one in TARGETS if one.name in others)
    job.workspace.publish([staged], msgspec.structs.replace(manifest, artifacts=ordered))
    return made


def _artifact(job: _Job, way: Way, ends: Ends, recipe: Recovery) -> Artifact:
    """What the manifest says of the staged file, which `way` wrote."""
    part = hashing.blob(job.staged)
    return Artifact(
        target=job.target,
        path=job.staged.name,
        sha256=part.sha256,
        size=part.size,
        inputs=ends[0],
        outputs=ends[1],
        parents=("float32",),
        tools=tooling.versions(job.target, False),
        stats=job.float32.stats,
        calibration=calibrating.found_by(job.record, way.method) if job.record and way.method else None,
        recovery=recipe,
    )
