"""`zoo eval`: the task's metric of the source model and of every artifact, on the same samples, each compared with float32."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import tee
from pathlib import Path

import msgspec

from benchmarks import accuracy
from benchmarks.accuracy import Observed
from benchmarks.metrics import families
from benchmarks.metrics.family import Family
from registry import samples as sample_sets
from registry.card import Card
from registry.errors import InputError, ZooError
from registry.progress import Progress, silent
from registry.sample import Sample
from registry.types import Artifact, Manifest, Score
from zoo import (
    artifacts,
    contenders,
    exporting,
    naming,
    scores,
    scores_file,
    source_model,
    targets,
    workspace,
)
from zoo.contenders import SOURCE, Contender, Named
from zoo.request import Access
from zoo.sources import Confirm

REFERENCE = ("float32", SOURCE)
"""What everything else is held against: the first of these that is scored."""


@dataclass(frozen=True)
class Samples:
    """Which samples: the user's `data` or the card's; `limit` of them."""

    data: Path | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Asked:
    """What the user said besides: `access` to the source model's files, its user's agreement, and whether to run again what is kept."""

    access: Access = field(default_factory=Access)
    confirm: Confirm = lambda _: False
    force: bool = False
    note: Callable[[str], None] = lambda _: None


@dataclass
class _Job:
    """One evaluation under way."""

    card: Card
    family: Family
    found: tuple[Sample, ...]
    data: str
    asked: Asked
    progress: Progress
    source: Contender | None = None
    observed: dict[str, Observed] = field(default_factory=dict)

    @property
    def agreement(self) -> bool:
        return not self.family.label

    def key(self, contender: Contender) -> str:
        own = scores.key(self.card, contender, self.data, self.agreement)
        return own if not self.agreement or self.source is None else f"{own[:16]}{self.source.sha256[:48]}"


def evaluate(
    name: str,
    chosen: Samples,
    variant: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    asked: Asked | None = None,
) -> tuple[Score, ...]:
    """The card's figures of the source model and each artifact (only those that `variant` lists), on the card's data or the user's.

    Every figure is compared with float32's on the same samples; without labels, answers are compared with the source model's. The
    scores are kept beside the manifest. Raises InputError where nothing can be scored or card and data do not allow the metric.
    """
    (qualified, card), asked = naming.qualified(name), asked or Asked()
    if not card.inputs or not card.outputs:
        raise InputError(
            f"The card of {card.name} leaves its inputs and outputs to the model file, and samples need them: "
            "write a card that extends it with `inputs` and `outputs`."
        )
    folder = out or workspace.folder_of(qualified)
    manifest = _manifest(card, folder, variant)
    card = as_converted(card, manifest)
    found = _samples(card, chosen)
    family, why = _family(card, found)
    if why:
        asked.note(why)
    job = _Job(card, family, found, sample_sets.digest(found, progress), asked, progress)
    wanted = _contenders(job, folder, manifest, variant)
    if manifest is None:
        asked.note(f"nothing is converted in {folder}: only the source model is scored")
    for group in contenders.groups(_with_reference(job, wanted, folder, manifest)):
        _observe(job, group)
    reference = next((job.observed[one] for one in REFERENCE if one in job.observed), None)
    scored = tuple(score for one in wanted for score in _scores(job, one, reference))
    if manifest is not None:
        scores_file.write(folder, manifest, scored)
    return scored


def _manifest(card: Card, folder: Path, variant: str | None) -> Manifest | None:
    """What was converted; None where nothing was and the source model alone may be meant."""
    if variant in (None, SOURCE) and not (folder / workspace.MANIFEST).is_file():
        return None
    return artifacts.converted(card.name, folder)[1]


def as_converted(card: Card, manifest: Manifest | None) -> Card:
    """The card with the input shapes that the artifacts were made for."""
    said = manifest.options.get("input_shapes", {}) if manifest else {}
    shapes = {name: tuple(shape) for name, shape in said.items()}
    return msgspec.structs.replace(card, inputs=exporting.reshaped(card.inputs, shapes)) if shapes else card


def _samples(card: Card, chosen: Samples) -> tuple[Sample, ...]:
    """The user's samples, the card's labelled ones, or those it calibrates on. Raises InputError."""
    rule, calibration = card.evaluation, card.calibration
    if chosen.data is None and (rule is None or rule.data is None) and calibration and calibration.data:
        return sample_sets.samples(calibration.data, limit=chosen.limit)
    return accuracy.find(card, chosen.data, chosen.limit)


def _family(card: Card, found: Sequence[Sample]) -> tuple[Family, str]:
    """The family of the card's metric, or where there are no labels for it, agreement with the source model (with the reason)."""
    if card.evaluation is None:
        return families.agreement(card), f"the card of {card.name} declares no metric. {_AGREEMENT}."
    family = families.family(card)
    if family.label and all(getattr(sample, family.label) is None for sample in found):
        why = f"the samples have no labels for {card.evaluation.metric}. {_AGREEMENT}."
        return families.agreement(card), why
    return family, ""


_AGREEMENT = "What can be told is the agreement with the source model"


def _contenders(job: _Job, folder: Path, manifest: Manifest | None, variant: str | None) -> list[Contender]:
    """The source model and the artifacts that are asked for."""
    words = [word.strip() for word in (variant or "").split(",") if word.strip()]
    rest = ",".join(word for word in words if word != SOURCE)
    explicit = SOURCE in words
    found: list[Contender] = []
    if explicit or not words or words == ["all"] or job.agreement:
        try:
            job.source = source_model.find(
                job.card, folder, manifest, job.asked.access, job.progress, job.asked.confirm
            )
        except ZooError as error:
            if explicit or job.agreement or manifest is None:
                raise
            job.asked.note(f"the source model is not scored: {error}")
        if job.source is not None and (explicit or (not job.agreement and words in ([], ["all"]))):
            found.append(job.source)
    if manifest is None and not found:
        raise InputError(f"{_AGREEMENT}, and nothing is converted in {folder}: run `zoo convert` first.")
    if manifest is None or (explicit and not rest):
        return found
    chosen = artifacts.select(manifest, targets.parse(rest or None, "--variant"))
    return [*found, *(_checked(job.card, one, folder) for one in chosen)]


def _checked(card: Card, artifact: Artifact, folder: Path) -> Contender:
    """Raises InputError where the file is no longer what the manifest says."""
    if not workspace.intact(folder, [artifact]):
        raise InputError(
            f"{folder / artifact.path} is not the file that the manifest describes: convert again."
        )
    return contenders.of_artifact(card, artifact, folder)


def _with_reference(
    job: _Job, wanted: list[Contender], folder: Path, manifest: Manifest | None
) -> list[Contender]:
    """With float32 in front, which the others are compared with, whether or not it was asked for."""
    asked = {one.target for one in wanted}
    made = {one.target: one for one in manifest.artifacts} if manifest else {}
    if REFERENCE[0] in asked or REFERENCE[0] not in made:
        return wanted
    return [_checked(job.card, made[REFERENCE[0]], folder), *wanted]


def _observe(job: _Job, group: list[Contender]) -> None:
    """Runs a group on all samples, but for what an earlier run has kept."""
    keys = {one.target: job.key(one) for one in group}
    if not job.asked.force:
        for one in group:
            known = scores.kept(keys[one.target], one.target)
            if known is not None:
                job.observed[one.target] = known
    left = [one for one in group if one.target not in job.observed]
    if not left:
        return
    observers = [accuracy.Observer(job.family, one.target) for one in left]
    what = f"scoring {', '.join(one.target for one in left)}"
    sizes: list[tuple[int, int]] = []
    given, references = _inputs(job, sizes)
    job.progress(what, 0, len(job.found))
    answers = contenders.stream(job.card, left, given)
    for done, (sample, outputs, reference) in enumerate(zip(job.found, answers, references, strict=False), 1):
        for observer, output in zip(observers, outputs, strict=True):
            observer.see(sample, sizes[done - 1], output, reference)
        job.progress(what, done, len(job.found))
    for one, observer in zip(left, observers, strict=True):
        observed = observer.observed()
        if observed.samples != len(job.found):
            raise InputError(f"{one.path} answered {observed.samples} of {len(job.found)} samples.")
        job.observed[one.target] = observed
        scores.keep(observed, keys[one.target])


def _inputs(job: _Job, sizes: list[tuple[int, int]]) -> tuple[Iterator[Named], Iterator[Named | None]]:
    """What the models are given, and the source model's answers to it where the family asks for them; `sizes` grows with the images'."""
    given = _given(job, sizes)
    if not job.agreement or job.source is None:
        return given, iter([None] * len(job.found))
    given, again = tee(given)
    return given, (answer for (answer,) in contenders.stream(job.card, [job.source], again))


def _given(job: _Job, sizes: list[tuple[int, int]]) -> Iterator[Named]:
    for sample in job.found:
        size, given = accuracy.shown(job.card, sample)
        sizes.append(size)
        yield given


def _scores(job: _Job, contender: Contender, reference: Observed | None) -> Iterator[Score]:
    observed = job.observed[contender.target]
    other = reference if reference is not None and reference.artifact != contender.target else None
    for score in accuracy.scores(job.family, observed, other):
        yield msgspec.structs.replace(
            score,
            sha256=contender.sha256,
            data=job.data,
            key=job.key(contender),
            environment=scores.environment(contender),
        )
